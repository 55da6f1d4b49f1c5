// The translator: many-to-many, Tx != Ty. An encoder reads the source x<1> .. x<Tx>; a decoder, which begins from what
// the encoder knows at its end, writes the target y<1> .. y<Ty>, each y<t> being the next input. With attention it
// looks back at every step. Source and target are any two texts: sentences, commands and actions, articles and summaries.
import { checkNumber, fail } from "../../base/index.ts";
import { neighborsKind, withNeighbors } from "../../data/batches/neighbor-tokens.ts";
import { evaluationOf, type Tokenizers, trainingBatches } from "../../data/batches/pairs.ts";
import { spreadRows, type Tokenizer } from "../../data/index.ts";
import { lengthRule } from "../../decode/index.ts";
import { bridge } from "../../networks/bridge.ts";
import { type TranslatorNetwork, translatorNetwork } from "../../networks/encoder-decoder.ts";
import { refuseLookAhead } from "../../networks/look-ahead.ts";
import { modelOf } from "../../networks/model.ts";
import { checkTied, type TokenEmbedding, tokenEmbedding } from "../../networks/token-embedding.ts";
import {
  checkTokenPrediction,
  predictionWeight,
  type TokenPrediction,
  tokenPrediction,
} from "../../networks/token-prediction.ts";
import {
  crossEntropyLoss,
  dense,
  dropout as dropoutLayer,
  type LayerConfig,
  type Masks,
  type Parameters,
  sequenceCrossEntropy,
  type TrainingLoss,
  trainingLoss,
  uniform,
} from "../../nn/index.ts";
import { argMax, cast, equal, input, less, mul, range, reshape, sum, transpose } from "../../tensor/index.ts";
import type { Step } from "../../train/index.ts";
import type { Translator, TranslatorConfig, TranslatorOptions } from "./model.ts";
import { reportTranslations } from "./report.ts";

/**
 * Makes a translator with parameters drawn from `seed`.
 *
 * @example
 * ```ts
 * const model = translator({
 *   tokenizer,
 *   encoder: bidirectional(gru({ hiddenSize: 256 })),
 *   decoder: gru({ hiddenSize: 384 }),
 *   attention: multiplicative({ scaled: true }),
 * });
 * ```
 */
export function translator(options: TranslatorOptions): Translator {
  const { encoder, decoder, attention, inputFeeding = false, seed = 1337 } = options;
  const { tieWeights = true, shareEmbeddings = false, dropout = 0, smoothing = 0, maxTokens = 512 } = options;
  const { subwordDropout = 0 } = options;
  const { lengthPenalty, lengthReward } = lengthRule(options);
  const tokenizers = tokenizersOf(options.tokenizer);
  const sizes = { source: tokenizers.source.vocabulary.size, target: tokenizers.target.vocabulary.size };
  if (options.loss && smoothing > 0)
    fail({
      where: "translator(loss)",
      expected: "a loss or smoothing",
      received: "both",
      hint: "crossEntropyLoss({ smoothing })",
    });
  const loss = trainingLoss(options.loss ?? crossEntropyLoss({ smoothing }));
  checkNumber("translator(maxTokens)", maxTokens, { min: 1, integer: true });
  checkNumber("translator(lengthPenalty)", lengthPenalty, { min: 0 });
  checkNumber("translator(lengthReward)", lengthReward, { min: 0, below: Infinity });
  checkNumber("translator(subwordDropout)", subwordDropout, { min: 0, below: 1 });
  const { source, target } = tokenizers;
  if (subwordDropout > 0 && (source.kind !== "bpe" || target.kind !== "bpe"))
    fail({
      where: "translator(subwordDropout)",
      expected: "bpe tokenizers",
      received: source.kind === target.kind ? source.kind : `${source.kind} and ${target.kind}`,
    });
  if (shareEmbeddings && tokenizers.source !== tokenizers.target)
    fail({ where: "translator(shareEmbeddings)", expected: "one tokenizer for both sides", received: "two" });
  if (inputFeeding && attention === "none")
    fail({ where: "translator(inputFeeding)", expected: "an attention", received: '"none"' });

  const tables = tablesOf(options, tokenizers);
  const embeddingSize = tables.target.block.outputSize;
  if (tieWeights) checkTied("translator", tables.target.block);
  // A table that the output shares begins small, or the first logits would be large. As inputs its rows must not be small,
  // or all places of the memory look alike and attention has nothing to choose by (the factor of Vaswani et al., 2017).
  const scaleOf = ({ config }: TokenEmbedding) => (tieWeights && !config ? Math.sqrt(embeddingSize) : 1);
  const blocks = {
    ...(tables.source ? { sourceEmbedding: tables.source.block } : {}),
    targetEmbedding: tables.target.block,
    encoder: encoder.build(embeddingSize),
    decoder: decoder.build(embeddingSize * (inputFeeding ? 2 : 1)),
  };
  refuseLookAhead("translator(decoder)", blocks.decoder);
  const predicting = checkTokenPrediction("translator", options.tokenPrediction);
  const prediction =
    predicting &&
    tokenPrediction("translator", {
      encoder,
      block: blocks.encoder,
      embedding: blocks.sourceEmbedding ?? blocks.targetEmbedding,
      table: blocks.sourceEmbedding ? "sourceEmbedding.weight" : "targetEmbedding.weight",
      time: "S",
    });
  const memorySize = blocks.encoder.outputSize;
  const querySize = blocks.decoder.outputSize;
  const tree = {
    ...blocks,
    bridge: bridge(blocks.encoder.state, blocks.decoder.state),
    ...(attention === "none" ? {} : { attention: attention.build(querySize, memorySize) }),
    readout: readoutParameters(embeddingSize, querySize, attention === "none" ? undefined : memorySize),
    output: dense({ outputSize: sizes.target, tied: tieWeights }).build(embeddingSize),
    ...prediction?.tree,
  };
  const weights = modelOf(tree, seed);
  const network = translatorNetwork({
    ...tree,
    sourceEmbedding: blocks.sourceEmbedding ?? blocks.targetEmbedding,
    scale: { source: scaleOf(tables.source ?? tables.target), target: scaleOf(tables.target) },
    dropout: dropoutLayer(typeof dropout === "number" ? { p: dropout } : dropout).build(embeddingSize),
    inputFeeding,
    tieWeights,
    shareEmbeddings,
    embeddingSize,
  });

  const self: Translator = {
    task: "translator",
    config: {
      encoder: encoder.config,
      decoder: decoder.config,
      attention: attention === "none" ? "none" : attention.config,
      inputFeeding,
      embeddingSize,
      ...configOf(tables),
      tieWeights,
      shareEmbeddings,
      dropout,
      smoothing,
      ...(options.loss ? { loss: loss.config } : {}),
      ...(subwordDropout > 0 ? { subwordDropout } : {}),
      ...(predicting ? { tokenPrediction: predicting } : {}),
      maxTokens,
    },
    tokenizers,
    lengthPenalty,
    lengthReward,
    network,
    ...weights,
    trace: (kind, all, masks) => trace(network, all, masks, loss, kind === neighborsKind ? prediction : undefined),
    batches(data, batchOptions) {
      const found = trainingBatches(tokenizers, data, maxTokens, batchOptions, subwordDropout);
      if (!prediction) return found;
      return withNeighbors(found, {
        counts: source.vocabulary.counts,
        both: prediction.both,
        weightAt: predictionWeight(predicting!),
        seed: batchOptions.seed,
        ids: "source",
        lengths: "sourceLengths",
        counted: "tokens",
      });
    },
    evaluationBatches: (data, batchOptions) => evaluationOf(tokenizers, data, maxTokens, batchOptions),
    // By what is reported, translated greedily, on some of the pairs.
    async judge(data, { nats: _, share, means: __, ...run }) {
      const { bleu } = await reportTranslations(
        this,
        [...spreadRows(data, Math.min(share ?? 1, judged / Math.max(1, data.length)))],
        { ...run, beamSize: 1 },
      );
      return { name: "BLEU", score: bleu.score };
    },
  };
  return self;
}

/** Pairs that are translated at an evaluation: enough to tell checkpoints apart, few enough to take seconds. */
const judged = 200;

/** The table of each side; none for the source where one serves both. */
function tablesOf(
  options: TranslatorOptions,
  tokenizers: Tokenizers,
): { source?: TokenEmbedding; target: TokenEmbedding } {
  const { embedding: given = {}, tieWeights = true, shareEmbeddings = false } = options;
  const layers = "build" in given ? { source: given, target: given } : given;
  // One side that is given says how wide the other is.
  const size = options.embeddingSize ?? widthOf(layers.target?.config) ?? widthOf(layers.source?.config) ?? 256;
  const init = tieWeights ? uniform(1 / Math.sqrt(size)) : undefined;
  const table = (side: "source" | "target") => {
    const { tokens } = tokenizers[side].vocabulary;
    return tokenEmbedding("translator", tokens, { embedding: layers[side], embeddingSize: size }, { size, init });
  };
  return { ...(shareEmbeddings ? {} : { source: table("source") }), target: table("target") };
}

/** Of the sides that have more than a plain embedding. */
function configOf({
  source,
  target,
}: {
  source?: TokenEmbedding;
  target: TokenEmbedding;
}): Pick<TranslatorConfig, "embedding"> {
  const sides = {
    ...(source?.config ? { source: source.config } : {}),
    ...(target.config ? { target: target.config } : {}),
  };
  return Object.keys(sides).length > 0 ? { embedding: sides } : {};
}

function widthOf(config: LayerConfig | undefined): number | undefined {
  if (config?.type === "freeze") return widthOf(config.layer as LayerConfig);
  if (config?.type === "learned-rows") return widthOf(config.layer as LayerConfig)! + (config.size as number);
  return config?.dim as number | undefined;
}

/** readout<t> = tanh(W_c context<t> + W_q query<t> + b), as wide as an embedding. */
function readoutParameters(size: number, querySize: number, memorySize: number | undefined) {
  const init = uniform(1 / Math.sqrt(querySize + (memorySize ?? 0)));
  const context = memorySize === undefined ? [] : [{ name: "context.weight", shape: [size, memorySize], init }];
  return {
    parameters: [
      ...context,
      { name: "query.weight", shape: [size, querySize], init },
      { name: "bias", shape: [size], init },
    ],
  };
}

/** Teacher forcing: the decoder reads the true target, one place behind. Places past a row's end never count. */
function trace(
  network: TranslatorNetwork,
  all: Parameters,
  masks: Masks | undefined,
  loss: TrainingLoss,
  prediction?: TokenPrediction,
): Step {
  const source = transpose(input("source", ["B", "S"], { dtype: "int" })); // [S, B]
  const inputs = transpose(input("inputs", ["B", "T"], { dtype: "int" })); // [T, B]
  const targets = input("targets", ["B", "T"], { dtype: "int" });
  const lengths = input("lengths", ["B"], { dtype: "int" });
  const encoded = network.encode(all, source, { lengths: input("sourceLengths", ["B"], { dtype: "int" }), masks });
  const { logits } = network.decode(all, inputs, encoded, { masks }); // [B, T, V]
  const weights = cast(less(reshape(range("T"), [1, "T"]), reshape(lengths, ["B", 1])), "float");
  const own = masks ? loss.apply(logits, targets, { weights }) : sequenceCrossEntropy(logits, targets, { weights });
  return {
    loss: prediction ? prediction.join(own, all, encoded.states) : own,
    totals: { accuracy: sum(mul(cast(equal(argMax(logits), targets), "float"), weights)) },
  };
}

function tokenizersOf(given: Tokenizer | Tokenizers): Tokenizers {
  const { source, target } = "kind" in given ? { source: given, target: given } : given;
  const need = (side: string, tokenizer: Tokenizer, names: readonly ("bos" | "eos")[]) => {
    const lacking = names.filter((name) => tokenizer.special[name] === undefined);
    if (lacking.length > 0)
      fail({
        where: `translator(tokenizer, ${side})`,
        expected: `a tokenizer with ${names.join(" and ")} among its specials`,
        received: Object.keys(tokenizer.special).join(", ") || "no specials",
        hint: 'bpeTokenizer.fit(text), or charTokenizer.fit(text, { specials: ["bos", "eos", "unk"] })',
      });
  };
  need("source", source, ["eos"]);
  need("target", target, ["bos", "eos"]);
  return { source, target };
}
