// A program as an ONNX file.
import type { Tensor } from "../../tensor/tensor.ts";
import type { CompileOptions, Program } from "../engine.ts";
import { lower } from "./lower.ts";
import { encodeModel } from "./model.ts";
import { optimize } from "./passes.ts";

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
