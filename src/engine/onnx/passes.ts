// What ONNX Runtime gets: the neutral passes, then those that suit this runtime alone.
import { finalPasses, type Pass, runPasses } from "../../compile/passes/index.ts";
import { simplify } from "../../compile/passes/simplify.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { neutral } from "../passes.ts";
import { handOutLess } from "./hand-out.ts";
import { layout } from "./layout.ts";

/**
 * After the neutral passes: ONNX Runtime packs the right operand of a product at each call, so features become rows, and each
 * output of a loop is turned back at every step, so loops hand out few first.
 */
const ownPasses: Readonly<Record<string, Pass>> = { handOutLess, layout, simplifyLast: simplify };

/** After differentiation, where the forward passes ran before it. */
export const onnxPasses: Readonly<Record<string, Pass>> = { ...finalPasses, ...ownPasses };

/** Everything that runs before lowering. `baked`: the parameters are constants. */
export const optimize = (
  outputs: Readonly<Record<string, Tensor>>,
  options?: { baked?: boolean },
): Readonly<Record<string, Tensor>> => runPasses(neutral(outputs, options), ownPasses);
