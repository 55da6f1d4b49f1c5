// The tagger, many-to-many with Tx = Ty: a tag for each token, from the whole sentence around it.
//
//   x<t> = [E word<t>, characters of word<t>]      characters: last states of a small LSTM from either end of the word
//   h<t> = encoder(x)<t>                           bidirectional by default
//   tags = decoder(W h<t> + b)                     crf(): all tags of a sentence together (Lample et al., 2016)
import { spreadRows } from "../../data/index.ts";
import {
  bidirectional,
  crf,
  type DropoutOptions,
  dense,
  dropout as dropoutLayer,
  independent,
  type Layer,
  type LayerFromConfigOptions,
  layerFromConfig,
  lstm,
  normal,
  placesWithin,
  type TagDecoder,
  tagDecoderFromConfig,
  under,
  type WordTable,
} from "../../nn/index.ts";
import { argMax, cast, concat, equal, input, mul, sum, transpose } from "../../tensor/index.ts";
import { modelOf } from "../model.ts";
import { type TokenEmbeddingOptions, tokenEmbedding } from "../token-embedding.ts";
import { type Encoding, evaluationOf, trainingBatches } from "./data.ts";
import type { CharacterOptions, Tagger, TaggerConfig } from "./model.ts";
import { characterNetwork, neighborPairs, wordShapes } from "./parts.ts";
import { reportTags } from "./predict.ts";
import { allowedIn, type TaggerVocabulary, taggerVocabularyFromJSON } from "./vocabulary.ts";

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
   * Width of the row of numbers of a word's shape (small letters, a capital first, digits, ...); 0, for none, by default:
   * the characters tell it too, but less directly where there is little to train on.
   */
  shapes?: number;
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
  const { vocabulary, shapes = 0, dropout = 0.3, seed = 1337 } = options;
  const { encoder = bidirectional(lstm({ hiddenSize: 128, dropout: 0.3 })) } = options;
  // Parts of speech gain nothing from a chain: their neighbors' words say it already.
  const { decoder = vocabulary.scheme === "none" ? independent() : crf() } = options;
  const table = tokenEmbedding("tagger", vocabulary.words.tokens, options, { size: 100, init: normal(0.1) });
  const words = table.block;
  const embeddingSize = words.outputSize;
  const { vectors: partVectors, ...characterOptions } = options.characters || {};
  const characters: CharacterOptions | false =
    options.characters === false
      ? false
      : {
          ...characterDefaults,
          ...(partVectors ? { embeddingSize: partVectors.dim } : {}),
          ...characterOptions,
        };
  const K = vocabulary.tags.length;
  const beside = [
    ...(!characters
      ? []
      : vocabulary.characters
        ? [neighborPairs(vocabulary, characters.embeddingSize, partVectors)]
        : [characterNetwork(vocabulary, characters)]),
    ...(shapes > 0 ? [wordShapes(shapes)] : []),
  ];
  const width = beside.reduce((sum, part) => sum + part.width, embeddingSize);
  const reader = encoder.build(width);
  const output = dense({ outputSize: K }).build(reader.outputSize);
  const drop = dropoutLayer(typeof dropout === "number" ? { p: dropout } : dropout).build(width);
  const tags = decoder.build(K, allowedIn(vocabulary));
  const blocks = Object.assign({ words }, ...beside.map((part) => part.blocks));
  const weights = modelOf({ ...blocks, encoder: reader, output, decoder: tags }, seed);
  const encoding: Encoding = { vocabulary, characterLimit: characters ? characters.limit : 0, shapes: shapes > 0 };

  const emissions: Tagger["emissions"] = (all, masks) => {
    const lengths = input("lengths", ["B"], { dtype: "int" });
    const ids = transpose(input("words", ["B", "T"], { dtype: "int" })); // [T, B]
    const embedded = words.apply(under(all, "words"), ids).outputs; // [T, B, E]
    const x = concat([embedded, ...beside.map((part) => part.apply(all))]);
    const dropped = drop.apply({}, x, { masks }).outputs;
    const read = reader.apply(under(all, "encoder"), dropped, { lengths, masks }).outputs; // [T, B, H]
    return { emissions: output.apply(under(all, "output"), read).outputs, lengths };
  };

  const self: Tagger = {
    task: "tagger",
    config: {
      encoder: encoder.config,
      decoder: decoder.config,
      embeddingSize,
      ...(table.config ? { embedding: table.config } : {}),
      characters,
      ...(shapes > 0 ? { shapes } : {}),
      dropout,
    },
    vocabulary,
    decoder: tags,
    encoding,
    ...weights,
    emissions,
    trace(_, all, masks) {
      const { emissions: scores, lengths } = emissions(all, masks);
      const targets = transpose(input("tags", ["B", "T"], { dtype: "int" })); // [T, B]
      const loss = tags.loss(under(all, "decoder"), scores, targets, lengths);
      if (decoder.config.type === "crf") return { loss }; // its best path takes Viterbi: reportTags
      const hits = mul(cast(equal(argMax(scores), targets), "float"), placesWithin("T", lengths));
      return { loss, totals: { accuracy: sum(hits) } };
    },
    batches: (data, batchOptions) => trainingBatches(encoding, data, batchOptions),
    evaluationBatches: (data, batchOptions) => evaluationOf(encoding, data, batchOptions),
    async judge(data, { means, share, ...run }) {
      if (vocabulary.scheme === "none" && means.accuracy !== undefined)
        return { name: "accuracy", score: means.accuracy };
      const { spans, accuracy } = await reportTags(self, spreadRows(data, share), run);
      return spans ? { name: "F1", score: spans.overall.f1 } : { name: "accuracy", score: accuracy };
    },
  };
  return self;
}

/** The tagger that a saved configuration describes, with parameters still to be filled in. */
export function taggerFromConfig(config: TaggerConfig, vocabulary: unknown, options: LayerFromConfigOptions): Tagger {
  const { encoder, decoder, embedding: words, ...rest } = config;
  return tagger({
    ...rest,
    ...(words ? { embedding: layerFromConfig(words, { ...options, path: "embedding" }) } : {}),
    vocabulary: taggerVocabularyFromJSON(vocabulary),
    encoder: layerFromConfig(encoder, { ...options, path: "encoder" }),
    decoder: tagDecoderFromConfig(decoder),
  });
}
