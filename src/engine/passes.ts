// The neutral pass schedule, run once inside `compile` by every engine that optimizes. What suits one runtime alone
// (layout, thresholds) is that engine's.
import { finalPasses, forwardPasses, type Pass, runPasses, stepPasses } from "../compile/passes/index.ts";
import { topological } from "../tensor/graph.ts";
import { scanOperands } from "../tensor/scan.ts";
import { isOp, type Tensor } from "../tensor/tensor.ts";

/** The passes for a graph, in their order. Graphs that read one time step with constant parameters have their own. */
export function neutralPasses(
  outputs: Readonly<Record<string, Tensor>>,
  { baked = false }: { baked?: boolean } = {},
): Readonly<Record<string, Pass>> {
  const first = baked && readsOneStep(outputs) ? stepPasses : forwardPasses;
  return { ...first, ...prefixed("final.", finalPasses) };
}

/** Runs the neutral schedule. It leaves values unchanged, also where the graph was optimized before differentiation. */
export const neutral = (
  outputs: Readonly<Record<string, Tensor>>,
  options?: { baked?: boolean },
): Readonly<Record<string, Tensor>> => runPasses(outputs, neutralPasses(outputs, options));

/** Whether every loop runs over one time step, and there is one. */
function readsOneStep(outputs: Readonly<Record<string, Tensor>>): boolean {
  const loops = topological(Object.values(outputs)).filter((tensor) => isOp(tensor, "scan")) as Tensor<"scan">[];
  return loops.length > 0 && loops.every((loop) => scanOperands(loop).xs[0]?.shape[0] === 1);
}

const prefixed = (prefix: string, passes: Readonly<Record<string, Pass>>): Record<string, Pass> =>
  Object.fromEntries(Object.entries(passes).map(([name, pass]) => [`${prefix}${name}`, pass]));
