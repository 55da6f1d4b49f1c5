// ONNX Runtime as an engine. The package is the caller's: `onnxruntime-node` in Node, `onnxruntime-web` in browsers.
// One graph, every place.
import type * as ort from "onnxruntime-common";
import type { Tensor } from "../../tensor/tensor.ts";
import { bindLengths } from "../bindings.ts";
import type { CompileOptions, Engine, Program, Value } from "../engine.ts";
import { type Evaluator, hostSession } from "../session.ts";
import { lower } from "./lower.ts";
import { encodeModel } from "./model.ts";
import { optimize } from "./passes.ts";

/** What of an ONNX Runtime package an engine needs. */
export interface OnnxRuntime {
  InferenceSession: {
    create(model: Uint8Array, options?: ort.InferenceSession.SessionOptions): Promise<ort.InferenceSession>;
  };
  Tensor: typeof ort.Tensor;
}

const onnxTypes = { float: "float32", int: "int32", bool: "bool" } as const;
const ownTypes = { float32: "float", int32: "int", bool: "bool" } as const;

/** Makes an engine of an ONNX Runtime package. */
export function onnxruntimeEngine(
  name: string,
  runtime: OnnxRuntime,
  { session = {} }: { session?: ort.InferenceSession.SessionOptions } = {},
): Engine {
  return {
    name,
    compile: (program, options = {}) =>
      hostSession(program, (outputs) =>
        onnxEvaluator(runtime, { outputs, constants: program.constants }, session, options),
      ),
  };
}

/** A program as an ONNX file, with what is needed to run it. */
export interface SerializedProgram {
  readonly bytes: Uint8Array;
  readonly inputs: readonly Tensor<"input">[];
  /** The results, after the passes. */
  readonly outputs: Readonly<Record<string, Tensor>>;
  /** The ONNX name of each result. */
  readonly outputNames: Readonly<Record<string, string>>;
}

export function serializeProgram(
  program: Program,
  { threads, optimize: optimized = true }: CompileOptions = {},
): SerializedProgram {
  const outputs = optimized ? optimize(program.outputs, { baked: program.constants !== undefined }) : program.outputs;
  const { graph, inputs, outputNames } = lower(outputs, {
    baked: program.constants,
    oneThread: threads === 1,
    before: program.outputs,
  });
  return { bytes: encodeModel(graph), inputs, outputs, outputNames };
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
      const given = Object.fromEntries(
        inputs.map(({ attrs: { name } }) => {
          const { data, shape, dtype } = feeds[name]!;
          return [name, tensorOf(runtime, dtype, data, shape)];
        }),
      );
      const results = await handle.run(
        given,
        want.map((name) => outputNames[name]!),
      );
      return Object.fromEntries(want.map((name) => [name, readValue(results[outputNames[name]!]!)]));
    },
    release: () => handle.release(),
  };
}

function tensorOf(
  runtime: OnnxRuntime,
  dtype: Value["dtype"],
  data: Value["data"],
  shape: readonly number[],
): ort.Tensor {
  const floats = data instanceof Float64Array ? Float32Array.from(data) : data;
  return new runtime.Tensor(onnxTypes[dtype], floats as Float32Array, shape as number[]);
}

function readValue(tensor: ort.Tensor): Value {
  const dtype = ownTypes[tensor.type as keyof typeof ownTypes];
  return { shape: tensor.dims, dtype, data: tensor.data as Float32Array };
}
