// The reference engine: the definition of correct results. It runs the graph as it is, in float64, without passes; the
// other engines are tested against it.
import { liveOrder } from "../../tensor/graph.ts";
import { isOp, type Tensor } from "../../tensor/tensor.ts";
import { bindLengths } from "../bindings.ts";
import type { Engine, Value, Values } from "../engine.ts";
import { type Evaluator, hostSession } from "../session.ts";
import { evaluate } from "./evaluate.ts";

/**
 * Float inputs may be Float32Array; they are widened. Float results are Float64Array.
 *
 * @example
 * ```ts
 * const exact = await evaluate(model, data, { engine: referenceEngine() }); // float64, slow
 * ```
 */
export function referenceEngine(): Engine {
  return {
    name: "reference",
    compile: (program) => hostSession(program, async (outputs) => evaluator(outputs, program.constants ?? {})),
  };
}

function evaluator(outputs: Readonly<Record<string, Tensor>>, constants: Values): Evaluator {
  const order = liveOrder(Object.values(outputs));
  const all = order.filter((tensor): tensor is Tensor<"input"> => isOp(tensor, "input"));
  return {
    inputs: all.filter(({ attrs }) => !Object.hasOwn(constants, attrs.name)),
    async run(given, want) {
      const feeds = { ...given, ...constants };
      const lengths = bindLengths(all, feeds);
      const leaves = new Map(all.map((tensor): [Tensor, Value] => [tensor, widen(feeds[tensor.attrs.name]!)]));
      const scope = evaluate(order, leaves, lengths);
      return Object.fromEntries(want.map((name) => [name, scope.get(outputs[name]!)!]));
    },
    async release() {},
  };
}

function widen(value: Value): Value {
  return value.dtype === "float" ? { ...value, data: Float64Array.from(value.data) } : value;
}
