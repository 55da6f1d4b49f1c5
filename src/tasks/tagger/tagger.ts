// The tagger, many-to-many with Tx = Ty: a tag for each token, from the whole sentence around it.
//
//   x<t> = [E word<t>, characters of word<t>]      characters: last states of a small LSTM from either end of the word
//   h<t> = encoder(x)<t>                           bidirectional by default
//   tags = decoder(W h<t> + b)                     crf(): all tags of a sentence together (Lample et al., 2016)

import { fail } from "../../base/index.ts";
import { type Encoding, evaluationOf, trainingBatches } from "../../data/batches/tagged.ts";
import { spreadRows } from "../../data/index.ts";
import type { FeatureScale } from "../../data/readings.ts";
import { allowedIn, shapeCount, type TaggerVocabulary } from "../../data/tags/tagger-vocabulary.ts";
import { refuseLookAhead } from "../../networks/look-ahead.ts";
import { modelOf } from "../../networks/model.ts";
import { type TokenEmbeddingOptions, tokenEmbedding } from "../../networks/token-embedding.ts";
import {
  characterNetwork,
  contextStates,
  embeddedWords,
  lexiconWords,
  neighborPairs,
  type Parts,
  stepNumbers,
  wordShapes,
} from "../../networks/token-parts.ts";
import {
  bidirectional,
  crf,
  type DropoutOptions,
  dense,
  dropout as dropoutLayer,
  independent,
  type Layer,
  lstm,
  normal,
  placesWithin,
  type TagDecoder,
  under,
  type WordTable,
} from "../../nn/index.ts";
import { argMax, cast, concat, equal, input, mul, sum, transpose } from "../../tensor/index.ts";
import { given } from "../recipe.ts";
import type { TaggerContext } from "./context.ts";
import type { CharacterOptions, Tagger } from "./model.ts";
import { chooseOutsideBias, reportTags } from "./predict.ts";

export interface TaggerOptions extends TokenEmbeddingOptions {
  vocabulary: TaggerVocabulary;
  /** What reads the sentence. `bidirectional(lstm({ hiddenSize: 128, dropout: 0.3 }))` by default. */
  encoder?: Layer;
  /** `crf()` or `independent()`; `crf()` by default where tags are of spans. */
  decoder?: TagDecoder;
  /** Width of a word's row of numbers; that of `embedding` or `vectors` where they are given, else 100. */
  embeddingSize?: number;
  /**
   * The character network; `false` for none. Where tokens are characters: pairs of neighbors, of `embeddingSize`, or
   * beginning with `vectors` of the pairs, whose words are the two tokens with a tab between.
   */
  characters?: (Partial<CharacterOptions> & { vectors?: WordTable }) | false;
  /**
   * Where tokens are characters: how the words of `vocabulary.lexicon` become numbers, `freeze(embedding({ from: vectors }))`,
   * say. Each character reads the words that begin, go on and end there.
   */
  lexicon?: Layer;
  /** The layers of a language model of characters, whose hidden states are read: `contextOf(model)`. */
  context?: Pick<TaggerContext, "embedding" | "encoder">;
  /**
   * Width of the row of numbers of a word's shape (small letters, a capital first, digits, ...); 0, for none, by default:
   * the characters tell it too, but less directly where there is little to train on.
   */
  shapes?: number;
  /** Mean and deviation of each number of a step (`stepScales`), for steps of numbers in place of words. */
  features?: readonly FeatureScale[];
  /** Share of the inputs that is dropped while training; the encoder has its own. 0.3 by default. */
  dropout?: number | DropoutOptions;
  /** Of the first values of the parameters. */
  seed?: number;
}

const characterDefaults: CharacterOptions = { embeddingSize: 25, hiddenSize: 25, limit: 20 };

/**
 * Makes a tagger with parameters drawn from `seed`.
 *
 * @example
 * ```ts
 * const model = tagger({ vocabulary: taggerVocabulary(sentences) });
 * for await (const { step, loss } of train(model, sentences, { epochs: 10 })) console.log(step, loss);
 * ```
 */
export function tagger(options: TaggerOptions): Tagger {
  const { vocabulary, features, shapes = 0, dropout = 0.3, seed = 1337 } = options;
  const { encoder = bidirectional(lstm({ hiddenSize: 128, dropout: 0.3 })) } = options;
  // Parts of speech gain nothing from a chain: their neighbors' words say it already.
  const { decoder = vocabulary.scheme === "none" ? independent() : crf() } = options;
  const { vectors: partVectors, ...characterOptions } = options.characters || {};
  const characters: CharacterOptions | false =
    options.characters === false || features
      ? false
      : { ...characterDefaults, ...(partVectors ? { embeddingSize: partVectors.dim } : {}), ...characterOptions };
  const K = vocabulary.tags.length;
  const outside = vocabulary.tags.indexOf("O");
  const table = features
    ? undefined
    : tokenEmbedding("tagger", vocabulary.words.tokens, options, { size: 100, init: normal(0.1) });
  const lexicon = lexiconOf(options.lexicon, vocabulary);
  if (features && options.context)
    fail({ where: "tagger(context)", expected: "tokens that are words or characters", received: "steps of numbers" });
  const context = contextBlocks(options.context, vocabulary);
  const first = features ? stepNumbers(features.length) : embeddedWords(table!.block);
  const parts: readonly Parts[] = [
    first,
    ...(!characters
      ? []
      : vocabulary.characters
        ? [neighborPairs(vocabulary.parts.tokens, characters.embeddingSize, partVectors)]
        : [characterNetwork(vocabulary.parts.size, characters)]),
    ...(lexicon ? [lexiconWords(lexicon.block)] : []),
    ...(context ? [contextStates(context.characters, context.encoder)] : []),
    ...(shapes > 0 && !features ? [wordShapes(shapeCount, shapes)] : []),
  ];
  const width = parts.reduce((sum, part) => sum + part.width, 0);
  const reader = encoder.build(width);
  const output = dense({ outputSize: K }).build(reader.outputSize);
  const drop = dropoutLayer(typeof dropout === "number" ? { p: dropout } : dropout).build(width);
  const tags = decoder.build(K, allowedIn(vocabulary));
  const blocks = Object.assign({}, ...parts.map((part) => part.blocks));
  const weights = modelOf({ ...blocks, encoder: reader, output, decoder: tags }, seed);
  const encoding: Encoding = {
    vocabulary,
    characterLimit: characters ? characters.limit : 0,
    shapes: shapes > 0,
    ...(features ? { features } : {}),
  };

  const apply: Tagger["apply"] = (all, masks) => {
    const lengths = input("lengths", ["B"], { dtype: "int" });
    const x = concat(parts.map((part) => part.apply(all, masks))); // [T, B, D]
    const dropped = drop.apply({}, x, { masks }).outputs;
    const states = reader.apply(under(all, "encoder"), dropped, { lengths, masks }).outputs; // [T, B, H]
    return { emissions: output.apply(under(all, "output"), states).outputs, states, lengths };
  };

  const self: Tagger = {
    task: "tagger",
    config: given({
      encoder: encoder.config,
      decoder: decoder.config,
      embeddingSize: first.width,
      embedding: table?.config,
      characters,
      lexicon: lexicon?.config,
      context: context?.config,
      shapes: shapes || undefined,
      features,
      dropout,
    }),
    vocabulary,
    decoder: tags,
    encoding,
    ...weights,
    apply,
    trace(_, all, masks) {
      const { emissions, lengths } = apply(all, masks);
      const targets = transpose(input("tags", ["B", "T"], { dtype: "int" })); // [T, B]
      const loss = tags.loss(under(all, "decoder"), emissions, targets, lengths);
      if (decoder.config.type === "crf") return { loss }; // its best path takes Viterbi: reportTags
      const hits = mul(cast(equal(argMax(emissions), targets), "float"), placesWithin("T", lengths));
      return { loss, totals: { accuracy: sum(hits) } };
    },
    // A CRF's loss has no places; the emission of the reference's tag does.
    followed: {
      loss(all) {
        const { emissions, lengths } = apply(all);
        const targets = transpose(input("tags", ["B", "T"], { dtype: "int" }));
        return independent().build(K).loss({}, emissions, targets, lengths).total;
      },
    },
    batches: (data, batchOptions) => trainingBatches(encoding, data, batchOptions),
    evaluationBatches: (data, batchOptions) => evaluationOf(encoding, data, batchOptions),
    async judge(data, { means, share, ...run }) {
      const rows = spreadRows(data, share);
      if (vocabulary.scheme === "none") {
        const accuracy = means.accuracy ?? (await reportTags(this, rows, run)).accuracy;
        return { name: "accuracy", score: accuracy };
      }
      const slot = this.layout.slots.find(({ name }) => name === "output.bias"); // undefined where it is frozen
      const { bias, f1, accuracy } = await chooseOutsideBias(this, [...rows], slot ? outsideBiases : [0], run);
      const below = accuracy < shareOf("O", rows) ? { belowGuessing: true as const } : {};
      return {
        name: "F1",
        score: f1,
        ...below,
        parameters: slot ? lowered(this.parameters, slot.offset + outside, bias) : this.parameters,
      };
    },
  };
  return self;
}

/** The table of the lexicon's words. @throws UnrolledError where vocabulary and model do not both have one */
function lexiconOf(layer: Layer | undefined, { lexicon }: TaggerVocabulary) {
  if (!layer && !lexicon) return undefined;
  if (!layer || !lexicon)
    return fail({
      where: "tagger(lexicon)",
      expected: layer ? "a vocabulary with a lexicon" : "an embedding of the vocabulary's lexicon",
      received: layer ? "one without" : "none",
      hint: "taggerVocabulary(sentences, { characters: true, lexicon: vectors.words }), and lexicon: embedding({ from: vectors })",
    });
  const { block } = tokenEmbedding("tagger(lexicon)", lexicon.tokens, { embedding: layer }, { size: 0 });
  return { block, config: layer.config };
}

/** The built layers of a language model. @throws UnrolledError where vocabulary and model do not both have one */
function contextBlocks(layers: TaggerOptions["context"], { context }: TaggerVocabulary) {
  if (!layers && !context) return undefined;
  if (!layers || !context)
    return fail({
      where: "tagger(context)",
      expected: layers ? "a vocabulary with the context's characters" : "the layers of the vocabulary's language model",
      received: layers ? "one without" : "none",
      hint: "const context = contextOf(model), then taggerVocabulary(sentences, { context: context.tokens }) and tagger({ vocabulary, context })",
    });
  const { block: characters } = tokenEmbedding(
    "tagger(context)",
    context.tokens,
    { embedding: layers.embedding },
    { size: 0 },
  );
  const encoder = layers.encoder.build(characters.outputSize);
  const padding =
    "sentences in a batch are padded, and such a layer would read the padding; contextOf(model) gives layers that fit";
  refuseLookAhead("tagger(context)", encoder, padding);
  return { characters, encoder, config: { embedding: layers.embedding.config, encoder: layers.encoder.config } };
}

/** What an evaluation tries to take from the scores of `O`, in nats; the least first. */
const outsideBiases = [0, 0.5, -0.5, 1, -1, 1.5, 2, 2.5, 3];

/** With one value lowered; the same array where there is nothing to lower. */
function lowered(values: Float32Array, at: number, by: number): Float32Array {
  if (by === 0) return values;
  const copy = values.slice();
  copy[at]! -= by;
  return copy;
}

function shareOf(tag: string, rows: Iterable<{ readonly tags: readonly string[] }>): number {
  const tags = Array.from(rows, (row) => row.tags).flat();
  return tags.filter((one) => one === tag).length / Math.max(1, tags.length);
}
