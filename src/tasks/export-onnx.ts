// A language model as one standard ONNX file: any runtime that reads ONNX can go on with a text from it.
import { serializeProgram } from "../engine/onnx/engine.ts";
import { namedValues } from "../engine/shards.ts";
import { parameterInputs } from "../nn/index.ts";
import { input, transpose } from "../tensor/index.ts";
import type { LanguageModel } from "./language-model.ts";

/**
 * The bytes of an ONNX file (opset 17, IR 8, ONNX's own operators only) with the parameters inside.
 * Inputs: `ids` int32 [B, T] and, for each state of the model, `state.<name>` [B, H].
 * Outputs: `logits` [B, T, V] and `next.<name>` [B, H].
 */
export function exportOnnx(model: LanguageModel): Uint8Array {
  const ids = transpose(input("ids", ["B", "T"], { dtype: "int" })); // [T, B]
  const state = Object.fromEntries(
    Object.entries(model.state).map(([name, shape]) => [name, input(`state.${name}`, ["B", ...shape])]),
  );
  const { logits, final } = model.apply(parameterInputs(model.specs), ids, { state });
  const next = Object.fromEntries(Object.entries(final).map(([name, tensor]) => [`next.${name}`, tensor]));
  const constants = {
    ...namedValues(model.parameters, model.layout),
    ...namedValues(model.frozen, model.frozenLayout),
  };
  return serializeProgram({ outputs: { logits: transpose(logits, [1, 0, 2]), ...next }, constants }).bytes;
}
