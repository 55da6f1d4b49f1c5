// A language model as one standard ONNX file: any runtime that reads ONNX can go on with a text from it.
import { serializeProgram } from "../engine/onnx/engine.ts";
import { languageModelGraph } from "./generate.ts";
import type { LanguageModel } from "./language-model.ts";
import { weightsOf } from "./model.ts";

/**
 * The bytes of an ONNX file (opset 17, IR 8, ONNX's own operators only) with the parameters inside.
 * Inputs: `ids` int32 [B, T] and, for each state of the model, `state.<name>` [B, H].
 * Outputs: `logits` [B, T, V] and `next.<name>` [B, H].
 *
 * @example
 * ```ts
 * await writeFile("model.onnx", exportOnnx(model));
 * ```
 */
export function exportOnnx(model: LanguageModel): Uint8Array {
  return serializeProgram({ outputs: languageModelGraph(model).outputs, constants: weightsOf(model) }).bytes;
}
