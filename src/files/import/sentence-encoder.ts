// A trained encoder that gives each sentence one vector: the maximum of its outputs over all steps, as LASER's.
import { engineOf } from "../../engine/default.ts";
import type { Engine } from "../../engine/index.ts";
import { type ModulesOptions, recurrentModules, type StateDict, setParameters } from "../../interop/index.ts";
import { compileModel, graphOf, modelOf, type Weights } from "../../networks/model.ts";
import { embedding, parameterInputs, pooling, under } from "../../nn/index.ts";
import type { InferenceGraph } from "../../tasks/task.ts";
import { input, transpose } from "../../tensor/index.ts";

export interface SentenceEncoder extends Weights {
  /** Width of a vector. */
  readonly size: number;
  /** `inputs` int [B, T], `lengths` [B] -> `vectors` [B, size]. */
  readonly graph: InferenceGraph;
  /** A vector for each sentence, given as ids of tokens. */
  vectors(sentences: readonly ArrayLike<number>[], options?: { engine?: Engine }): Promise<Float32Array[]>;
}

/**
 * The encoder of a state_dict with an embedding and recurrent layers, LASER2's among them. Its tokens stay outside: LASER2's
 * ids come from its SentencePiece model, with the id of `</s>` at the end.
 *
 * @throws UnrolledError with code "data" that names what cannot be imported
 *
 * @example
 * ```ts
 * const { state } = readWeights(await readFile("laser2.pt"));
 * const [vector] = await importSentenceEncoder(state).vectors([[812, 44, 2]]);
 * ```
 */
export function importSentenceEncoder(state: StateDict, options: ModulesOptions = {}): SentenceEncoder {
  const modules = recurrentModules(state, options);
  const given = modules.embedding!; // always there where tokens are read
  const [rows, width] = given.shape as [number, number];
  const table = embedding({ embeddingSize: width }).build(rows);
  const encoder = modules.encoder.build(width);
  const top = pooling("max", encoder);
  const weights = modelOf({ embedding: table, encoder }, 0);
  setParameters(weights, {
    "embedding.weight": given,
    ...Object.fromEntries(Object.entries(modules.recurrent).map(([name, value]) => [`encoder.${name}`, value])),
  });
  const all = parameterInputs(weights.specs);
  const ids = transpose(input("inputs", ["B", "T"], { dtype: "int" }));
  const lengths = input("lengths", ["B"], { dtype: "int" });
  const embedded = table.apply(under(all, "embedding"), ids).outputs;
  const { outputs } = encoder.apply(under(all, "encoder"), embedded, { lengths });
  const graph = graphOf({ vectors: top.apply({}, outputs, lengths).pooled });
  const size = top.outputSize;
  return {
    ...weights,
    size,
    graph,
    async vectors(sentences, { engine } = {}) {
      const session = await compileModel(weights, graph, { engine: engineOf("vectors", engine) });
      const T = Math.max(1, ...sentences.map(({ length }) => length));
      const B = sentences.length;
      const data = new Int32Array(B * T);
      for (const [b, sentence] of sentences.entries()) data.set(Array.from(sentence), b * T);
      try {
        const found = await session.run({
          inputs: { dtype: "int", shape: [B, T], data },
          lengths: { dtype: "int", shape: [B], data: Int32Array.from(sentences, ({ length }) => length) },
        });
        const flat = found.vectors!.data as Float32Array;
        return sentences.map((_, b) => flat.slice(b * size, (b + 1) * size));
      } finally {
        await session.release();
      }
    },
  };
}
