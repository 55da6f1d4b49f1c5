// What an encoder makes of a sequence: its hidden states, and one vector for the whole.

import type { Values } from "../engine/index.ts";
import { graphOf, rowsOf, type Weights } from "../networks/model.ts";
import type { Parameters } from "../nn/index.ts";
import { compileBulk } from "./bulk.ts";
import { batchPredictor } from "./predictor.ts";
import type { CompileWith, Encoded, Predictor } from "./task.ts";

/** What of a model encodes. */
export interface EncoderParts<Input, Row extends { readonly length: number }> {
  /** `states` [B, T, H]; `vector` [B, W], the mean of a row's states by default. */
  readonly outputs: Parameters;
  read(input: Input): Row;
  feeds(rows: readonly Row[]): Values;
  /** States before the first that is asked for. */
  readonly skip?: number;
}

/** Compiles the encoder of a model. */
export async function encoderPredictor<Input, Row extends { readonly length: number }>(
  model: Weights,
  { outputs, read, feeds, skip = 0 }: EncoderParts<Input, Row>,
  compileWith?: CompileWith,
): Promise<Predictor<Input, Encoded>> {
  const session = await compileBulk(model, graphOf(outputs), compileWith);
  const H = outputs.states!.shape.at(-1) as number;
  return batchPredictor({
    read: (input: Input) => read(input),
    lengthOf: ({ length }) => length,
    async answer(rows) {
      const results = rowsOf(await session.run(feeds(rows)), rows.length);
      return rows.map(({ length }, b): Encoded => {
        const flat = results[b]!.states!.slice(skip * H, length * H);
        const states = Array.from({ length: Math.max(0, length - skip) }, (_, t) => flat.subarray(t * H, (t + 1) * H));
        return { states, vector: results[b]!.vector?.slice() ?? meanOf(states, H) };
      });
    },
    release: () => session.release(),
  });
}

function meanOf(states: readonly Float32Array[], H: number): Float32Array {
  const mean = new Float32Array(H);
  for (const state of states) for (let h = 0; h < H; h++) mean[h]! += state[h]! / states.length;
  return mean;
}
