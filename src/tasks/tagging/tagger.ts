// The tagger, many-to-many with Tx = Ty: a tag for each token, from the whole sentence around it.
//
//   x<t> = [E word<t>, characters of word<t>]      characters: last states of a small LSTM from either end of the word
//   h<t> = encoder(x)<t>                           bidirectional by default
//   tags = decoder(W h<t> + b)                     crf(): all tags of a sentence together (Lample et al., 2016)
import type { RowsOrList } from "../../data/index.ts";
import {
  type Block,
  bidirectional,
  collect,
  crf,
  type DropoutOptions,
  dense,
  dropout as dropoutLayer,
  embedding,
  initialize,
  type Layer,
  type LayerConfig,
  type LayerFromConfigOptions,
  layerFromConfig,
  lstm,
  type Masks,
  normal,
  type Parameters,
  parameterLayouts,
  placesWithin,
  type TagDecoder,
  type TagDecoderBlock,
  tagDecoderFromConfig,
  under,
} from "../../nn/index.ts";
import {
  argMax,
  cast,
  concat,
  equal,
  input,
  mul,
  reshape,
  slice,
  sum,
  type Tensor,
  transpose,
} from "../../tensor/index.ts";
import type { Trainable } from "../../train/index.ts";
import { type TokenEmbeddingOptions, tokenEmbedding } from "../token-embedding.ts";
import { type Encoding, evaluationOf, trainingBatches } from "./data.ts";
import { allowedIn, type Tagged, type TaggerVocabulary, taggerVocabularyFromJSON } from "./vocabulary.ts";

export interface TaggerOptions extends TokenEmbeddingOptions {
  vocabulary: TaggerVocabulary;
  /** What reads the sentence. `bidirectional(lstm({ hiddenSize: 128, dropout: 0.3 }))` by default. */
  encoder?: Layer;
  /** `crf()` (default) or `independent()`. */
  decoder?: TagDecoder;
  /** Width of a word's row of numbers; that of `embedding` or `vectors` where they are given, else 100. */
  embeddingSize?: number;
  /** The character network; `false` for none. Where tokens are characters: pairs of neighbours, of `embeddingSize`. */
  characters?: Partial<CharacterOptions> | false;
  /** Share of the inputs that is dropped while training; the encoder has its own. 0.3 by default. */
  dropout?: number | DropoutOptions;
  /** Of the first values of the parameters. */
  seed?: number;
}

export interface CharacterOptions {
  /** Width of a character's row of numbers; 25 by default. */
  embeddingSize: number;
  /** Units in each direction; 25 by default. */
  hiddenSize: number;
  /** Most characters of a word that are read, from both ends; 20 by default. */
  limit: number;
}

/** What is saved of a tagger beside its parameters and its vocabulary. */
export interface TaggerConfig {
  readonly encoder: LayerConfig;
  readonly decoder: TagDecoder["config"];
  readonly embeddingSize: number;
  readonly embedding?: LayerConfig;
  readonly characters: CharacterOptions | false;
  readonly dropout: number | DropoutOptions;
}

export interface Tagger extends Trainable<RowsOrList<Tagged>> {
  readonly task: "tagger";
  readonly config: TaggerConfig;
  readonly vocabulary: TaggerVocabulary;
  readonly decoder: TagDecoderBlock;
  readonly encoding: Encoding;
  /** Symbolic: the inputs of `sentenceFeeds` -> emissions [T, B, K]. */
  emissions(parameters: Parameters, masks?: Masks): { emissions: Tensor; lengths: Tensor };
}

const characterDefaults: CharacterOptions = { embeddingSize: 25, hiddenSize: 25, limit: 20 };

/** Makes a tagger with parameters drawn from `seed`. */
export function tagger(options: TaggerOptions): Tagger {
  const { vocabulary, decoder = crf(), dropout = 0.3, seed = 1337 } = options;
  const { encoder = bidirectional(lstm({ hiddenSize: 128, dropout: 0.3 })) } = options;
  const table = tokenEmbedding("tagger", vocabulary.words.tokens, options, { size: 100, init: normal(0.1) });
  const words = table.block;
  const embeddingSize = words.outputSize;
  const characters = options.characters === false ? false : { ...characterDefaults, ...options.characters };
  const K = vocabulary.tags.length;
  const parts = characters ? partsNetwork(vocabulary, characters) : undefined;
  const width = embeddingSize + (parts?.width ?? 0);
  const reader = encoder.build(width);
  const output = dense({ outputSize: K }).build(reader.outputSize);
  const drop = dropoutLayer(typeof dropout === "number" ? { p: dropout } : dropout).build(width);
  const tags = decoder.build(K, allowedIn(vocabulary));
  const specs = collect({ words, ...parts?.blocks, encoder: reader, output, decoder: tags });
  const { trainable, frozen } = parameterLayouts(specs);
  const encoding: Encoding = { vocabulary, characterLimit: characters ? characters.limit : 0 };

  const emissions: Tagger["emissions"] = (all, masks) => {
    const lengths = input("lengths", ["B"], { dtype: "int" });
    const ids = transpose(input("words", ["B", "T"], { dtype: "int" })); // [T, B]
    const embedded = words.apply(under(all, "words"), ids).outputs; // [T, B, E]
    const x = parts ? concat([embedded, parts.apply(all)]) : embedded;
    const dropped = drop.apply({}, x, { masks }).outputs;
    const read = reader.apply(under(all, "encoder"), dropped, { lengths, masks }).outputs; // [T, B, H]
    return { emissions: output.apply(under(all, "output"), read).outputs, lengths };
  };

  return {
    task: "tagger",
    config: {
      encoder: encoder.config,
      decoder: decoder.config,
      embeddingSize,
      ...(table.config ? { embedding: table.config } : {}),
      characters,
      dropout,
    },
    vocabulary,
    decoder: tags,
    encoding,
    specs,
    layout: trainable,
    frozenLayout: frozen,
    parameters: initialize(specs, trainable, seed),
    frozen: initialize(specs, frozen, seed),
    emissions,
    trace(_, all, masks) {
      const { emissions: scores, lengths } = emissions(all, masks);
      const targets = transpose(input("tags", ["B", "T"], { dtype: "int" })); // [T, B]
      const loss = tags.loss(under(all, "decoder"), scores, targets, lengths);
      if (decoder.config.type === "crf") return { loss }; // its best path takes Viterbi: scoreTagger
      const hits = mul(cast(equal(argMax(scores), targets), "float"), placesWithin("T", lengths));
      return { loss, totals: { accuracy: sum(hits) } };
    },
    batches: (data, batchOptions) => trainingBatches(encoding, data, batchOptions),
    evaluationBatches: (data, batchOptions) => evaluationOf(encoding, data, batchOptions),
  };
}

/** The tagger that a saved configuration describes, with parameters still to be filled in. */
export function taggerFromConfig(config: TaggerConfig, vocabulary: unknown, options: LayerFromConfigOptions): Tagger {
  const { encoder, decoder, embedding: words, ...rest } = config;
  return tagger({
    ...rest,
    ...(words ? { embedding: layerFromConfig(words, options) } : {}),
    vocabulary: taggerVocabularyFromJSON(vocabulary),
    encoder: layerFromConfig(encoder, options),
    decoder: tagDecoderFromConfig(decoder),
  });
}

/** What stands beside the word's own numbers: [T, B, width]. */
interface Parts {
  width: number;
  blocks: Readonly<Record<string, Block>>;
  apply(all: Parameters): Tensor;
}

function partsNetwork(vocabulary: TaggerVocabulary, { embeddingSize, hiddenSize }: CharacterOptions): Parts {
  const table = embedding({ dim: embeddingSize, init: normal(0.1) }).build(vocabulary.parts.size);
  if (vocabulary.characters) {
    const apply = (all: Parameters) => {
      const ids = transpose(input("pairs", ["B", "T", 2], { dtype: "int" }), [1, 0, 2]); // [T, B, 2]
      const both = table.apply(under(all, "pairs"), ids).outputs; // [T, B, 2, E]
      return concat([0, 1].map((i) => reshape(slice(both, 2, i, i + 1), ["T", "B", embeddingSize])));
    };
    return { width: 2 * embeddingSize, blocks: { pairs: table }, apply };
  }
  const network = bidirectional(lstm({ hiddenSize })).build(embeddingSize);
  return {
    width: 2 * hiddenSize,
    blocks: { characters: table, characterNetwork: network },
    apply(all) {
      // Each word is a sequence of its own: C is time, and all places of the batch lie side by side.
      const ids = transpose(input("characters", ["B", "T", "C"], { dtype: "int" }), [2, 1, 0]); // [C, T, B]
      const counts = transpose(input("characterCounts", ["B", "T"], { dtype: "int" })); // [T, B]
      const embedded = table.apply(under(all, "characters"), reshape(ids, ["C", "B*T"])).outputs;
      const { final } = network.apply(under(all, "characterNetwork"), embedded, { lengths: reshape(counts, ["B*T"]) });
      const ends = concat([final.h_l0!, final.h_l0_reverse!]); // [T B, 2 H]
      return reshape(ends, ["T", "B", 2 * hiddenSize]);
    },
  };
}
