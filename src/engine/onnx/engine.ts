// ONNX Runtime as an engine. The package is the caller's: `onnxruntime-node` in Node, `onnxruntime-web` in browsers.
// One graph, every place.
import type * as ort from "onnxruntime-common";
import { dimValue } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { bindLengths } from "../bindings.ts";
import type { CompileOptions, Engine, Executable, Program, Value } from "../engine.ts";
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

export interface OnnxRuntimeOptions {
  session?: ort.InferenceSession.SessionOptions;
  /** Whether results are written into arrays that are handed over (native), or only into its own memory (WebAssembly). */
  inPlace?: boolean;
}

/** Makes an engine of an ONNX Runtime package. */
export function onnxruntimeEngine(
  name: string,
  runtime: OnnxRuntime,
  { session = {}, inPlace = true }: OnnxRuntimeOptions = {},
): Engine {
  return {
    name,
    async compile(program, options = {}) {
      const { bytes, inputs, outputs, outputNames } = serializeProgram(program, options);
      const { threads } = options;
      const handle = await runtime.InferenceSession.create(bytes, {
        ...session,
        ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
      });
      return executable(runtime, handle, inputs, outputs, outputNames, inPlace);
    },
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
  const outputs = optimized ? optimize(program.outputs) : program.outputs;
  const { graph, inputs, outputNames } = lower(outputs, { baked: program.constants, oneThread: threads === 1 });
  return { bytes: encodeModel(graph), inputs, outputs, outputNames };
}

function executable(
  runtime: OnnxRuntime,
  handle: ort.InferenceSession,
  inputs: readonly Tensor<"input">[],
  outputs: Readonly<Record<string, Tensor>>,
  outputNames: Readonly<Record<string, string>>,
  inPlace: boolean,
): Executable {
  return {
    inputs,
    async run(feeds, into = {}) {
      const bindings = bindLengths(inputs, feeds);
      const given: Record<string, ort.Tensor> = {};
      for (const { attrs } of inputs) {
        const { data, shape, dtype } = feeds[attrs.name]!;
        given[attrs.name] = tensorOf(runtime, dtype, data, shape);
      }
      const wanted: Record<string, ort.Tensor | null> = {};
      for (const [name, tensor] of Object.entries(outputs)) {
        const place = into[name];
        wanted[outputNames[name]!] =
          place && inPlace
            ? tensorOf(
                runtime,
                "float",
                place,
                tensor.shape.map((dim) => dimValue(dim, bindings)),
              )
            : null;
      }
      const results = await handle.run(given, wanted);
      if (!inPlace) {
        for (const [name, place] of Object.entries(into)) place.set(results[outputNames[name]!]!.data as Float32Array);
      }
      return Object.fromEntries(Object.keys(outputs).map((name) => [name, readValue(results[outputNames[name]!]!)]));
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
