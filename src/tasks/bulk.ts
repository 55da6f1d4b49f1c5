// Many inputs at once: a batch is cut into shards, which threads compute side by side, as in training and evaluation.
import { engineOf } from "../engine/default.ts";
import type { Session, Values } from "../engine/index.ts";
import {
  type CompileWith,
  compileModel,
  fingerprint,
  type InferenceGraph,
  type Weights,
  weightsOf,
} from "../networks/model.ts";
import { recurrentWeightsIn, shardsFor } from "../train/index.ts";

/** Rows of a run that is worth cutting. */
const many = 32;
/** Runs of so many rows, after which more are to be expected. */
const patience = 2;

type Runs = Pick<Session, "run" | "release">;

/**
 * A session for one input or many. One batch after another of many rows gets a second session with shards, which holds the
 * weights once more for each thread; what they answer is the same.
 */
export async function compileBulk(model: Weights, graph: InferenceGraph, compileWith: CompileWith = {}): Promise<Runs> {
  const engine = engineOf("predict", compileWith.engine);
  const { threads = engine.cores } = compileWith;
  const plain = await compileModel(model, graph, compileWith);
  const cuttable = [...Object.values(graph.outputs), ...graph.inputs].every(({ shape }) => shape.includes("B"));
  if (engine.cores === undefined || threads === undefined || threads < 2 || !cuttable) return plain;
  const weights = fingerprint(model);
  let seen = 0;
  let sharded: Promise<Session> | undefined;
  let last: Promise<unknown> = Promise.resolve(); // a session with shards runs one batch at a time
  return {
    async run(feeds) {
      const rows = rowsIn(feeds as Values, graph);
      if (rows < many) return plain.run(feeds);
      if (++seen > patience && !sharded && fingerprint(model) === weights) {
        const count = shardsFor({ rows, threads, recurrent: recurrentWeightsIn(Object.values(graph.outputs)) });
        const { outputs } = graph;
        if (count > 1)
          sharded = engine.compile(
            { outputs, constants: weightsOf(model), shards: { count, sum: [] } },
            { ...(compileWith.threads === undefined ? {} : { threads }) },
          );
        else seen = Number.NEGATIVE_INFINITY;
      }
      if (!sharded) return plain.run(feeds);
      const session = await sharded;
      const result = last.then(() => session.run(feeds));
      last = result.catch(() => {});
      return result;
    },
    async release() {
      await last;
      await Promise.all([plain.release(), sharded?.then((session) => session.release())]);
    },
  };
}

function rowsIn(feeds: Values, { inputs }: InferenceGraph): number {
  const [first] = inputs;
  return first ? (feeds[first.attrs.name]?.shape[first.shape.indexOf("B")] ?? 0) : 0;
}
