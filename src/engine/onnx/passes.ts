// What ONNX Runtime gets: the neutral passes, then those that suit this runtime alone.
import { finalPasses, type Pass, runPasses } from "../../compile/passes/index.ts";
import { simplify } from "../../compile/passes/simplify.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { layout } from "./layout.ts";

/** After the neutral passes: ONNX Runtime packs the right operand of a product at each call. */
export const onnxPasses: Readonly<Record<string, Pass>> = { ...finalPasses, layout, simplifyLast: simplify };

/** What runs before lowering. */
export const optimize = (outputs: Readonly<Record<string, Tensor>>): Readonly<Record<string, Tensor>> =>
  runPasses(outputs, onnxPasses);
