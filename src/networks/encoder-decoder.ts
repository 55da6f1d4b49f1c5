// The translator's two halves, symbolic. `decode` serves training (all steps of the true target at once) and
// translating (one step at a time): it is the same function, so both compute the same numbers.
import { type AttentionBlock, attend, type Block, type Masks, type Parameters, parameter, under } from "../nn/index.ts";
import {
  add,
  cast,
  concat,
  less,
  linear,
  mul,
  range,
  reshape,
  type State,
  scan,
  type Tensor,
  tanh,
  transpose,
  zeros,
} from "../tensor/index.ts";
import type { Bridge } from "./bridge.ts";

export interface TranslatorParts {
  sourceEmbedding: Block;
  targetEmbedding: Block;
  encoder: Block;
  bridge: Bridge;
  decoder: Block;
  attention?: AttentionBlock;
  output: Block;
  /** Factors on the rows of the tables where they are read as inputs. */
  scale: { source: number; target: number };
  dropout: Block;
  inputFeeding: boolean;
  tieWeights: boolean;
  shareEmbeddings: boolean;
  embeddingSize: number;
}

/** What the decoder may look back at; nothing without attention. */
export interface Memory {
  /** The encoder's outputs, [B, S, M]. */
  memory: Tensor;
  /** What of the scores does not depend on the query, [B, S, K]. */
  keys: Tensor;
  /** 1 where there is a source token, 0 at padding, [B, S]. */
  mask: Tensor;
}

export interface Encoded {
  /** The decoder's first state, [B, ...] each. */
  state: State;
  memory?: Memory;
}

export interface TranslatorNetwork {
  /** Shapes of the decoder's states by name, without the batch axis. */
  readonly state: Readonly<Record<string, readonly number[]>>;
  /** M, and K: widths of memory and keys; undefined without attention. */
  readonly memory?: { memorySize: number; keySize: number };
  /** Source ids [S, B] -> what the decoder needs, and the encoder's outputs, [S, B, M]. */
  encode(
    parameters: Parameters,
    source: Tensor,
    options: { lengths: Tensor; masks?: Masks },
  ): Encoded & { states: Tensor };
  /** Target ids [T, B] -> logits of the next ones [B, T, V], attention weights [B, T, S], and the states after them. */
  decode(
    parameters: Parameters,
    ids: Tensor,
    encoded: Encoded,
    options?: { masks?: Masks },
  ): { logits: Tensor; weights?: Tensor; final: State };
}

export function translatorNetwork(parts: TranslatorParts): TranslatorNetwork {
  const { encoder, decoder, attention, embeddingSize: E } = parts;
  const memorySize = encoder.outputSize;
  const scaled = (rows: Tensor, factor: number) => (factor === 1 ? rows : mul(rows, factor));

  /** One readout of queries [B, T, H], and the weights of what they look at. */
  function read(all: Parameters, queries: Tensor, memory: Memory | undefined) {
    const own = under(all, "readout");
    const asked = linear(queries, parameter(own, "query.weight"), parameter(own, "bias"));
    if (!attention || !memory) return { readout: tanh(asked) };
    const { weights, contexts } = attend(attention, under(all, "attention"), queries, memory);
    return { readout: tanh(add(linear(contexts, parameter(own, "context.weight")), asked)), weights }; // [B, T, E]
  }

  return {
    state: { ...decoder.state, ...(parts.inputFeeding ? { fed: [E] } : {}) },
    ...(attention ? { memory: { memorySize, keySize: attention.keySize } } : {}),

    encode(all, source, { lengths, masks }) {
      const [S, B] = source.shape as [string, string];
      const table = under(all, parts.shareEmbeddings ? "targetEmbedding" : "sourceEmbedding");
      const x = parts.dropout.apply(
        {},
        scaled(parts.sourceEmbedding.apply(table, source, { masks }).outputs, parts.scale.source),
        { masks },
      ).outputs;
      const { outputs, final } = encoder.apply(under(all, "encoder"), x, { lengths, masks }); // [S, B, M]
      const first = parts.bridge.apply(under(all, "bridge"), final);
      const state = parts.inputFeeding ? { ...first, fed: zeros([B, E]) } : first;
      if (!attention) return { states: outputs, state };
      const memory = transpose(outputs, [1, 0, 2]); // [B, S, M]
      const mask = cast(less(reshape(range(S), [1, S]), reshape(lengths, [B, 1])), "float");
      return {
        states: outputs,
        state,
        memory: { memory, keys: attention.keys(under(all, "attention"), memory), mask },
      };
    },

    decode(all, ids, { state, memory }, { masks } = {}) {
      const embedded = parts.targetEmbedding.apply(under(all, "targetEmbedding"), ids, { masks }).outputs;
      const x = parts.dropout.apply({}, scaled(embedded, parts.scale.target), { masks }).outputs; // [T, B, E]
      const own = under(all, "decoder");
      const looked = parts.inputFeeding ? feeding() : atOnce();
      const dropped = parts.dropout.apply({}, looked.readout, { masks }).outputs;
      const tied: Parameters = parts.tieWeights ? { weight: parameter(all, "targetEmbedding.weight") } : {};
      const logits = parts.output.apply({ ...under(all, "output"), ...tied }, dropped).outputs; // [B, T, V]
      return { logits, final: looked.final, ...(looked.weights ? { weights: looked.weights } : {}) };

      /** The recurrence does not see the contexts, so they are computed after it, for all steps. */
      function atOnce() {
        const { outputs, final } = decoder.apply(own, x, { state, masks }); // [T, B, H]
        return { ...read(all, transpose(outputs, [1, 0, 2]), memory), final };
      }

      /** x<t> is joined by the readout of the step before. A dropout mask inside is drawn once for all steps. */
      function feeding() {
        const B = ids.shape[1]!;
        const { outputs, final } = scan<State>(
          ([xt], { fed, ...before }) => {
            const joined = reshape(concat([xt!, fed!]), [1, B, 2 * E]);
            const step = decoder.apply(own, joined, { state: before, masks }); // [1, B, H]
            const { readout, weights } = read(all, transpose(step.outputs, [1, 0, 2]), memory);
            const next = reshape(readout, [B, E]);
            return {
              outputs: [next, reshape(weights!, [B, memory!.mask.shape[1]!])],
              state: { ...step.final, fed: next },
            };
          },
          { initial: state, xs: [x] },
        );
        const [readout, weights] = outputs.map((each) => transpose(each, [1, 0, 2]));
        return { readout: readout!, weights, final };
      }
    },
  };
}
