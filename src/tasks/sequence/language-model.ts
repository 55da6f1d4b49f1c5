// The language model: reads x<1> .. x<t> and gives the probability of x<t+1>. Its own output is the next input when it
// writes (y<t> is fed as x<t+1>).
import { checkNumber, fail } from "../../base/index.ts";
import { evaluationOf, type LanguageModelData, trainingBatches } from "../../data/batches/text.ts";
import type { Tokenizer } from "../../data/index.ts";
import type { Saved } from "../../networks/config.ts";
import { refuseLookAhead } from "../../networks/look-ahead.ts";
import { modelOf } from "../../networks/model.ts";
import { checkTied, type TokenEmbeddingOptions, tokenEmbedding } from "../../networks/token-embedding.ts";
import {
  type Applied,
  type Block,
  crossEntropyLoss,
  type DropoutOptions,
  dense,
  dropout as dropoutLayer,
  type Initializer,
  type Layer,
  type LossFunction,
  type Masks,
  type Parameters,
  parameter,
  sequenceCrossEntropy,
  type TrainingLoss,
  trainingLoss,
  under,
  uniform,
} from "../../nn/index.ts";
import {
  add,
  cast,
  equal,
  gather,
  input,
  less,
  linear,
  range,
  reshape,
  type Tensor,
  transpose,
} from "../../tensor/index.ts";
import type { Trainable } from "../../train/index.ts";
import { given } from "../recipe.ts";

export interface LanguageModelOptions extends TokenEmbeddingOptions {
  tokenizer: Tokenizer;
  /** What reads the sequence: `lstm({ hiddenSize: 256 })`, say. It may not look ahead (`bidirectional`). */
  encoder: Layer;
  /** Width of a token's row of numbers; that of `embedding` where it is given, else 128: plenty for characters, and small for words. */
  embeddingSize?: number;
  /** The output shares the embedding's table (Press & Wolf, 2017): fewer parameters for a large vocabulary. */
  tieWeights?: boolean;
  /** Share of the embedded inputs that is dropped while training; the encoder has its own. 0 by default. */
  dropout?: number | DropoutOptions;
  /**
   * Words that the softmax runs over while training on a stream, drawn anew for each batch; all by default. For
   * vocabularies of tens of thousands of words: 1,000 or 2,000 then train many times as fast. The loss of training is
   * of these alone, and so lower than a true one; evaluations are over all words.
   */
  candidates?: number;
  /**
   * The token that begins a document: wherever it is read, the state is reset first, so that nothing is carried from one
   * document of a stream to the next, in training, evaluation and generation. By default the state is always carried.
   */
  documentStart?: string;
  /** What training makes small; `crossEntropyLoss()` by default. */
  loss?: TrainingLoss | LossFunction;
  /** Seed for parameter initialization. */
  seed?: number;
}

/** What is saved of a language model beside its parameters and its tokenizer. */
export type LanguageModelConfig = Saved<
  Required<Pick<LanguageModelOptions, "encoder" | "embeddingSize" | "tieWeights" | "dropout">> &
    Pick<LanguageModelOptions, "embedding" | "candidates" | "documentStart" | "loss">
>;

export interface LanguageModel extends Trainable<LanguageModelData> {
  readonly task: "language-model";
  readonly config: LanguageModelConfig;
  readonly tokenizer: Tokenizer;
  /** Shapes of the recurrent states by name, without the batch axis. */
  readonly state: Readonly<Record<string, readonly number[]>>;
  /** Symbolic: ids [B, T] and initial states -> logits [B, T, V] and the states after them. */
  apply(
    parameters: Parameters,
    ids: Tensor,
    options?: { state?: Parameters; masks?: Masks; lengths?: Tensor },
  ): { logits: Tensor; final: Parameters /** The encoder's outputs, [T, B, H]. */; states: Tensor };
}

/**
 * Makes a language model with parameters drawn from `seed`.
 *
 * @example
 * ```ts
 * const model = languageModel({ tokenizer, encoder: lstm({ hiddenSize: 256, dropout: 0.2 }) });
 * ```
 */
export function languageModel(options: LanguageModelOptions): LanguageModel {
  const { tokenizer, encoder, tieWeights = false, dropout = 0, candidates, documentStart, seed = 1337 } = options;
  const size = tokenizer.vocabulary.size;
  const loss = trainingLoss(options.loss ?? crossEntropyLoss());
  if (candidates !== undefined) checkNumber("languageModel(candidates)", candidates, { min: 1, integer: true });
  // A shared table makes the first logits, which must be small.
  const init = tieWeights ? uniform(1 / Math.sqrt(options.embeddingSize ?? 128)) : undefined;
  const table = tokenEmbedding("languageModel", tokenizer.vocabulary.tokens, options, { size: 128, init });
  const embeddingSize = table.block.outputSize;
  if (tieWeights) checkTied("languageModel", table.block);
  const blocks = {
    embedding: table.block,
    encoder: encoder.build(embeddingSize),
  };
  const { outputSize } = blocks.encoder;
  refuseLookAhead("languageModel(encoder)", blocks.encoder);
  if (tieWeights && outputSize !== embeddingSize)
    fail({
      where: "languageModel(tieWeights)",
      code: "shape",
      expected: `an encoder of width ${embeddingSize}, as the embedding has`,
      received: String(outputSize),
    });
  const startId = documentStart === undefined ? undefined : tokenizer.vocabulary.tokens.indexOf(documentStart);
  if (startId === -1)
    fail({
      where: "languageModel(documentStart)",
      expected: "a token of the vocabulary",
      received: JSON.stringify(documentStart),
    });
  // Candidates meet a rare word once in a long while: its logit begins where its frequency puts it.
  const biasInit = candidates === undefined ? undefined : frequencies(tokenizer.vocabulary.counts);
  const output = dense({ outputSize: size, tied: tieWeights, biasInit }).build(outputSize);
  const drop = dropoutLayer(typeof dropout === "number" ? { p: dropout } : dropout).build(embeddingSize);
  const tree: Record<string, Block> = { ...blocks, output };
  const weights = modelOf(tree, seed);

  const outputParameters = (all: Parameters): Parameters => ({
    ...under(all, "output"),
    ...(tieWeights ? { weight: parameter(all, "embedding.weight") } : {}),
  });
  const read: Read = (all, ids, { state, masks, lengths } = {}) => {
    const embedded = blocks.embedding.apply(under(all, "embedding"), ids, { masks }).outputs; // [T, B, E]
    const x = drop.apply({}, embedded, { masks }).outputs;
    const resetAt = startId === undefined ? undefined : equal(ids, startId);
    return blocks.encoder.apply(under(all, "encoder"), x, { state, masks, lengths, resetAt }); // [T, B, H]
  };
  const score = (all: Parameters, outputs: Tensor, among?: Among) => {
    const own = outputParameters(all);
    if (!among) return output.apply(own, outputs).outputs; // [T, B, V]
    const weight = gather(parameter(own, "weight"), among.ids); // [C, H]
    const bias = gather(reshape(parameter(own, "bias"), [size, 1]), among.ids);
    return linear(outputs, weight, add(reshape(bias, ["C"]), among.offsets)); // [T, B, C]
  };
  const apply: LanguageModel["apply"] = (all, ids, options) => {
    const { outputs, final } = read(all, transpose(ids), options); // [T, B, H]
    return { logits: transpose(score(all, outputs), [1, 0, 2]), final, states: outputs };
  };

  return {
    task: "language-model",
    config: {
      encoder: encoder.config,
      embeddingSize,
      ...(table.config ? { embedding: table.config } : {}),
      tieWeights,
      dropout,
      ...given({ candidates, documentStart, loss: options.loss && loss.config }),
    },
    tokenizer,
    ...weights,
    state: blocks.encoder.state,
    apply,
    trace: (kind, all, masks) => trace({ state: blocks.encoder.state, read, score, loss }, kind, all, masks),
    batches: (data, batchOptions) => trainingBatches(tokenizer, data, batchOptions, candidates),
    evaluationBatches: (data, batchOptions) => evaluationOf(tokenizer, data, batchOptions),
  };
}

/** Logarithms of the shares that tokens have of the text, each counted once more than it occurred. */
function frequencies(counts: readonly number[]): Initializer {
  return () => {
    const total = counts.reduce((all, one) => all + one + 1, 0);
    return Float32Array.from(counts, (count) => Math.log((count + 1) / total));
  };
}

type Read = (
  parameters: Parameters,
  ids: Tensor,
  options?: { state?: Parameters; masks?: Masks; lengths?: Tensor },
) => Applied;

/** Words that a softmax runs over: int ids [C], and what is added to their logits, [C]. */
interface Among {
  ids: Tensor;
  offsets: Tensor;
}

interface Network {
  state: LanguageModel["state"];
  read: Read;
  /** Logits of what was read: over all words, or over some. */
  score(parameters: Parameters, outputs: Tensor, among?: Among): Tensor;
  loss: TrainingLoss;
}

/**
 * Kinds of batches: `stream` carries the state, and so does `candidates`, whose softmax runs over some words; `lanes` too,
 * and freezes it past each row's length; `lines` begins each row at zero and counts places within the lengths.
 */
function trace({ state: shapes, read, score, loss }: Network, kind: string, all: Parameters, masks: Masks | undefined) {
  const ids = transpose(input("inputs", ["B", "T"], { dtype: "int" })); // [T, B]
  const targets = transpose(input("targets", ["B", "T"], { dtype: "int" }));
  const ragged = kind === "lanes" || kind === "lines" ? input("lengths", ["B"], { dtype: "int" }) : undefined;
  const among =
    kind === "candidates"
      ? { ids: input("candidates", ["C"], { dtype: "int" }), offsets: input("candidateOffsets", ["C"]) }
      : undefined;
  const carries = kind !== "lines";
  const state = carries
    ? Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, input(`state.${name}`, ["B", ...shape])]))
    : undefined;
  // A line's states past its end are read by nobody; a lane's are.
  const { outputs, final, penalty } = read(all, ids, { state, masks, lengths: kind === "lanes" ? ragged : undefined });
  const logits = score(all, outputs, among);
  const weights = ragged && cast(less(reshape(range("T"), ["T", 1]), reshape(ragged, [1, "B"])), "float"); // [T, B]
  return {
    loss: masks
      ? loss.apply(logits, targets, { weights, penalty })
      : sequenceCrossEntropy(logits, targets, { weights, penalty }),
    ...(carries
      ? {
          state: Object.fromEntries(
            Object.entries(shapes).map(([name, shape]) => [name, { shape, next: final[name]! }]),
          ),
        }
      : {}),
  };
}
