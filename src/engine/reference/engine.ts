// The reference engine: the definition of right. It runs the graph as it is, in float64, with no pass and no regard
// for speed; the other engines are measured against it.
import { liveOrder } from "../../tensor/graph.ts";
import { isOp, type Tensor } from "../../tensor/tensor.ts";
import { bindLengths } from "../bindings.ts";
import type { Engine, Executable, Program, Value } from "../engine.ts";
import { evaluate } from "./evaluate.ts";

/** Float inputs may be Float32Array; they are widened. Float results are Float64Array, rounded only where written `into` floats. */
export function referenceEngine(): Engine {
  return { name: "reference", compile: async (program) => executable(program) };
}

function executable({ outputs, constants = {} }: Program): Executable {
  const order = liveOrder(Object.values(outputs));
  const all = inputsOf(order);
  return {
    inputs: all.filter(({ attrs }) => !Object.hasOwn(constants, attrs.name)),
    async run(given, into = {}) {
      const feeds = { ...given, ...constants };
      const lengths = bindLengths(all, feeds);
      const leaves = new Map(all.map((tensor): [Tensor, Value] => [tensor, widen(feeds[tensor.attrs.name]!)]));
      const scope = evaluate(order, leaves, lengths);
      const results: Record<string, Value> = {};
      for (const [name, tensor] of Object.entries(outputs)) {
        const value = scope.get(tensor)!;
        into[name]?.set(value.data);
        results[name] = into[name] ? { ...value, data: into[name] } : value;
      }
      return results;
    },
    async release() {},
  };
}

/** The inputs of a graph. Placeholders of scans are not among them: bodies are closed. */
function inputsOf(order: readonly Tensor[]): Tensor<"input">[] {
  return order.filter((tensor) => isOp(tensor, "input")) as Tensor<"input">[];
}

function widen(value: Value): Value {
  return value.dtype === "float" ? { ...value, data: Float64Array.from(value.data) } : value;
}
