// Shards side by side: the calling thread runs the first one, worker threads the others, each in its own
// single-threaded session. Parameters and gradients cross through shared memory, small values through messages.
import { Worker } from "node:worker_threads";
import { fail } from "../base/index.ts";
import type { Engine, Program, Value } from "../engine/engine.ts";
import { serializeProgram } from "../engine/onnx/engine.ts";
import {
  addInto,
  gradientViews,
  namedValues,
  type ShardedExecutable,
  type ShardOptions,
  writeInto,
} from "../engine/shards.ts";
import { nativeRuntimePath } from "./onnx-runtime.ts";

interface WorkerStart {
  runtime: string;
  bytes: Uint8Array;
  inputs: string[];
  /** ONNX name of each result. */
  outputs: Readonly<Record<string, string>>;
  session: Record<string, unknown>;
  slots: { name: string; gradient: string; shape: readonly number[]; offset: number; size: number }[];
  length: number;
  parameters: SharedArrayBuffer;
  gradients: SharedArrayBuffer;
  fixed: Record<string, Value>;
}
type Reply = { ready: true } | { results: Record<string, Value> } | { error: string };

/** A worker with one shard. */
interface Shard {
  gradients: Float32Array;
  start(feeds: Record<string, Value>): Promise<Record<string, Value>>;
  close(): Promise<unknown>;
}

export async function parallelShards(
  engine: Engine,
  session: Record<string, unknown>,
  program: Program,
  options: ShardOptions,
): Promise<ShardedExecutable> {
  const { layout, parameters, gradients, gradientName, fixed, shards } = options;
  const { bytes, inputs, outputNames } = serializeProgram(program, { threads: 1, optimize: options.optimize });
  const own = await engine.compile(program, { threads: 1, optimize: options.optimize });
  const shared = new Float32Array(new SharedArrayBuffer(4 * layout.length));
  const slots = layout.slots.map(({ name, shape, offset, size }) => ({
    name,
    gradient: gradientName(name),
    shape,
    offset,
    size,
  }));
  const workers = await Promise.all(
    Array.from({ length: shards - 1 }, () => {
      const sum = new SharedArrayBuffer(4 * layout.length);
      const runtime = nativeRuntimePath();
      return startShard({
        runtime,
        bytes,
        inputs: inputs.map(({ attrs }) => attrs.name),
        outputs: outputNames,
        session,
        slots,
        length: layout.length,
        parameters: shared.buffer,
        gradients: sum,
        fixed,
      });
    }),
  );
  const base = { ...fixed, ...namedValues(parameters, layout) };
  const { into } = gradientViews(gradients, layout, gradientName);
  return {
    inputs: own.inputs,
    async run(feeds) {
      if (feeds.length > 1) shared.set(parameters);
      const others = feeds.slice(1).map((each, i) => workers[i]!.start(each));
      const [first, ...rest] = await Promise.all([own.run({ ...base, ...feeds[0] }), ...others]);
      writeInto(first!, into);
      for (let i = 0; i < rest.length; i++) addInto(gradients, workers[i]!.gradients);
      return [first!, ...rest];
    },
    async release() {
      await own.release();
      await Promise.all(workers.map((worker) => worker.close()));
    },
  };
}

async function startShard(start: WorkerStart & { parameters: SharedArrayBuffer }): Promise<Shard> {
  const source = `(${shardWorker})(require("node:worker_threads"), require)`;
  const worker = new Worker(source, { eval: true, workerData: start });
  let settle: { resolve: (reply: Reply) => void; reject: (error: Error) => void } | undefined;
  const reply = () =>
    new Promise<Reply>((resolve, reject) => {
      settle = { resolve, reject };
    });
  worker.on("message", (message: Reply) => settle?.resolve(message));
  worker.on("error", (error) => settle?.reject(error));
  worker.on("exit", () => settle?.reject(new Error("the worker of a shard stopped")));
  const answered = async (): Promise<Record<string, Value>> => {
    const message = await reply();
    if ("error" in message) return fail({ where: "shard", code: "internal", problem: message.error });
    return "results" in message ? message.results : {};
  };
  await answered();
  worker.unref(); // a finished program does not wait for it
  return {
    gradients: new Float32Array(start.gradients),
    async start(feeds) {
      worker.ref();
      const result = answered();
      worker.postMessage(feeds);
      try {
        return await result;
      } finally {
        worker.unref();
      }
    },
    close: () => worker.terminate(),
  };
}

/** The worker's program. It becomes source text, so it reads nothing from this file. */
function shardWorker(threads: typeof import("node:worker_threads"), load: NodeJS.Require): void {
  const start = threads.workerData as WorkerStart;
  const port = threads.parentPort!;
  const ort = load(start.runtime) as typeof import("onnxruntime-node");
  const types = { float: "float32", int: "int32", bool: "bool" } as const;
  const names = { float32: "float", int32: "int", bool: "bool" } as const;
  const tensor = ({ dtype, data, shape }: Value) => new ort.Tensor(types[dtype], data as Float32Array, shape);
  const parameters = new Float32Array(start.length);
  const gradients = new Float32Array(start.length);
  const sharedParameters = new Float32Array(start.parameters);
  const sharedGradients = new Float32Array(start.gradients);
  const given: Record<string, InstanceType<typeof ort.Tensor>> = {};
  const wanted: Record<string, InstanceType<typeof ort.Tensor> | null> = {};
  for (const onnx of Object.values(start.outputs)) wanted[onnx] = null;
  for (const { name, gradient, shape, offset, size } of start.slots) {
    given[name] = new ort.Tensor("float32", parameters.subarray(offset, offset + size), shape);
    wanted[start.outputs[gradient]!] = new ort.Tensor("float32", gradients.subarray(offset, offset + size), shape);
  }
  for (const [name, value] of Object.entries(start.fixed)) given[name] = tensor(value);
  const gradientNames = new Set(start.slots.map(({ gradient }) => gradient));
  const results = Object.entries(start.outputs).filter(([name]) => !gradientNames.has(name));
  const failed = (error: unknown) =>
    port.postMessage({ error: error instanceof Error ? error.message : String(error) });
  ort.InferenceSession.create(start.bytes, start.session).then((session) => {
    port.on("message", (feeds: Record<string, Value>) => {
      parameters.set(sharedParameters);
      const inputs: typeof given = {};
      for (const name of start.inputs) inputs[name] = feeds[name] ? tensor(feeds[name]) : given[name]!;
      session.run(inputs, wanted).then((outputs) => {
        sharedGradients.set(gradients);
        const values: Record<string, Value> = {};
        for (const [name, onnx] of results) {
          const { type, dims, data } = outputs[onnx]!;
          values[name] = { dtype: names[type as "float32"], shape: dims, data: data as Float32Array };
        }
        port.postMessage({ results: values });
      }, failed);
    });
    port.postMessage({ ready: true });
  }, failed);
}
