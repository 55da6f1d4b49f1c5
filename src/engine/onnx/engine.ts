// ONNX Runtime as an engine. The caller supplies the package: `onnxruntime-node` in Node, `onnxruntime-web` in browsers.
import type * as ort from "onnxruntime-common";
import { bindLengths } from "../bindings.ts";
import type { CompileOptions, Engine, Program } from "../engine.ts";
import type { Ranks } from "../ranks.ts";
import { type Evaluator, hostSession } from "../session.ts";
import { flatSession } from "./flat-session.ts";
import { type OnnxRuntime, readValue, tensorOf } from "./runtime.ts";
import { serializeProgram } from "./serialize.ts";
import { splitThreads } from "./split.ts";
import type { StartWorker } from "./worker.ts";

export type { OnnxRuntime } from "./runtime.ts";
export { type SerializedProgram, serializeProgram } from "./serialize.ts";

export interface OnnxEngineOptions {
  session?: ort.InferenceSession.SessionOptions;
  /** Whether results are written into arrays that are handed over (native), or only into its own memory (WebAssembly). */
  inPlace?: boolean;
  /** Threads that the host can give; 1 by default. */
  cores?: number;
  /** Starts a worker for shards. Without it, shards run one after another. */
  startWorker?: StartWorker;
  /** Processes that share the shards of a program; each of them runs every session. */
  ranks?: Ranks;
}

/** What decides about the last bits of a run. */
interface Choices {
  readonly oneThread: boolean;
}

/** Makes an engine of an ONNX Runtime package. */
export function onnxruntimeEngine(
  name: string,
  runtime: OnnxRuntime,
  { session = {}, inPlace = true, cores = 1, startWorker, ranks }: OnnxEngineOptions = {},
): Engine {
  return {
    name,
    cores,
    compile(program, options = {}) {
      const evaluator = (part: Program, threads?: number) =>
        onnxEvaluator(runtime, part, session, { ...options, threads: threads ?? options.threads });
      if (!program.shards)
        return hostSession(program, (outputs) => evaluator({ outputs, constants: program.constants }));
      const available = options.threads ?? session.intraOpNumThreads ?? cores;
      const split = splitThreads(program, {
        threads: available,
        workers: startWorker ? options.workers : 1,
        ranks: ranks?.size,
      });
      // Rows are added to a table in one of two ways, which round differently: a run keeps the way that it began with.
      const { oneThread = split.threads === 1 } = (options.choices ?? {}) as Partial<Choices>;
      const threads = oneThread ? 1 : split.threads;
      const lowered = { ...options, threads: oneThread ? 1 : Math.max(2, threads) };
      return flatSession(runtime, program, {
        session: { ...session, intraOpNumThreads: threads },
        inPlace,
        workers: split.workers,
        startWorker,
        ranks,
        serialize: (part) => serializeProgram(part, lowered),
        evaluator: (part) => evaluator(part, 1),
      }).then((made) => ({ ...made, choices: (): Choices => ({ oneThread }) }));
    },
  };
}

/** A graph in a session of ONNX Runtime. */
export async function onnxEvaluator(
  runtime: OnnxRuntime,
  program: Program,
  session: ort.InferenceSession.SessionOptions,
  options: CompileOptions,
): Promise<Evaluator> {
  const threads = options.threads ?? session.intraOpNumThreads;
  const { bytes, inputs, outputNames } = serializeProgram(program, { ...options, threads });
  const handle = await runtime.InferenceSession.create(bytes, {
    ...session,
    ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
  });
  return {
    inputs,
    async run(feeds, want) {
      bindLengths(inputs, feeds);
      const given = Object.fromEntries(inputs.map(({ attrs: { name } }) => [name, tensorOf(runtime, feeds[name]!)]));
      const results = await handle.run(
        given,
        want.map((name) => outputNames[name]!),
      );
      return Object.fromEntries(want.map((name) => [name, readValue(results[outputNames[name]!]!)]));
    },
    release: () => handle.release(),
  };
}
