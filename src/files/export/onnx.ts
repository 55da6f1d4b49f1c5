// A model as ONNX files: any runtime that reads ONNX can run it.
import { encodeModel } from "../../engine/onnx/model.ts";
import { type OnnxOps, onnxProgram } from "../../interop/onnx/program.ts";
import { weightsOf } from "../../networks/model.ts";
import type { Model } from "../../tasks/tasks.ts";
import type { Translator } from "../../tasks/translator/index.ts";
import { exportGraphs } from "./graphs.ts";
import { metadataOf } from "./metadata.ts";

/** The files of a model: one, or two for a translator. */
export type OnnxFiles<M extends Model = Model> = [M] extends [Translator]
  ? { readonly encoder: Uint8Array; readonly decoder: Uint8Array }
  : Translator extends M
    ? Readonly<Record<string, Uint8Array>>
    : { readonly model: Uint8Array };

export interface OnnxOptions {
  /**
   * `standard` (default): ONNX's LSTM, GRU and RNN where the cell is one, and Scan for the others. `scan`: Scan for every
   * cell.
   */
  ops?: OnnxOps;
}

/**
 * A model of any task as ONNX files (opset 17, IR 8, ONNX's own operators only) with its parameters inside: `model`, or
 * `encoder` and `decoder` for a translator. Batch and time are dynamic. Recurrent states are the inputs `state.<name>` and the
 * outputs `next.<name>`; docs/onnx.md lists the inputs and outputs of every task.
 *
 * @example
 * ```ts
 * const { model: bytes } = exportOnnx(model);
 * await writeFile("model.onnx", bytes);
 * ```
 */
export function exportOnnx<M extends Model>(model: M, { ops }: OnnxOptions = {}): OnnxFiles<M> {
  const constants = weightsOf(model);
  const programs = Object.entries(exportGraphs(model)).map(([name, graph]) => {
    const program = onnxProgram(graph.outputs, constants, { ops });
    return { name, metadata: metadataOf(model, name, graph, program.operators), ...program };
  });
  // Weights that no graph reads are kept, so that the files are the whole model.
  const read = new Set(
    programs.flatMap(({ graph, operators }) => [
      ...graph.constants.map(({ name }) => name),
      ...operators.flatMap(({ parameters }) => Object.values(parameters)),
    ]),
  );
  for (const [name, { shape, data }] of Object.entries(constants))
    if (!read.has(name))
      programs[0]!.graph.constants.push({ name, dtype: "float", shape, values: Float32Array.from(data) });
  const files = programs.map(({ name, graph, metadata }) => [name, encodeModel(graph, metadata)]);
  return Object.fromEntries(files) as OnnxFiles<M>;
}
