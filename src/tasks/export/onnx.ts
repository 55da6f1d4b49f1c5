// A model as ONNX files: any runtime that reads ONNX can run it.
import { serializeProgram } from "../../engine/onnx/engine.ts";
import { weightsOf } from "../model.ts";
import type { Model } from "../tasks.ts";
import type { Translator } from "../translation/index.ts";
import { exportGraphs } from "./graphs.ts";

/** The files of a model: one, or two for a translator. */
export type OnnxFiles<M extends Model = Model> = [M] extends [Translator]
  ? { readonly encoder: Uint8Array; readonly decoder: Uint8Array }
  : Translator extends M
    ? Readonly<Record<string, Uint8Array>>
    : { readonly model: Uint8Array };

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
export function exportOnnx<M extends Model>(model: M): OnnxFiles<M> {
  const constants = weightsOf(model);
  const files = Object.entries(exportGraphs(model)).map(([name, { outputs }]) => [
    name,
    serializeProgram({ outputs, constants }).bytes,
  ]);
  return Object.fromEntries(files) as OnnxFiles<M>;
}
