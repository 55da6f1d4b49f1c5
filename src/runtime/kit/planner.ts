// From encoded operations to a list of calls over fixed places in memory. Once the lengths of the named axes are known,
// every shape and every place is a number, so that a run only calls kernels.
import type { Dim, EncodedLoop, Instruction } from "./encoding.ts";
import { loop } from "./loop.ts";
import type { Memory } from "./memory.ts";
import type { Planner } from "./operation.ts";
import { operations } from "./operations.ts";
import { sizeOf, type View, viewAt } from "./views.ts";

export type Lengths = Readonly<Record<string, number>>;

export function dimValue(dim: Dim, lengths: Lengths): number {
  if (typeof dim === "number") return dim;
  return dim.split("*").reduce((all, part) => all * (lengths[part] ?? Number(part)), 1);
}

/** @param reserve where values are put */
export function plan(
  memory: Memory,
  instructions: readonly Instruction[],
  values: Map<number, View>,
  lengths: Lengths,
  reserve: (count: number) => number,
): () => void {
  let calls: (() => void)[] = [];
  const planner: Planner = {
    memory,
    values,
    fresh: (shape) => viewAt(reserve(sizeOf(shape)), shape),
    call: (step) => void calls.push(step),
    shapeOf: (shape) => shape.map((dim) => dimValue(dim, lengths)),
    value: (id) => values.get(id)!,
    inner(body) {
      const outer = calls;
      calls = [];
      for (const instruction of body) add(instruction);
      const own = calls;
      calls = outer;
      return own;
    },
  };
  function add(instruction: Instruction): void {
    if ("body" in instruction) {
      loop(planner, instruction as EncodedLoop);
      return;
    }
    const [id, op, inputs, shape, attributes = {}] = instruction;
    const views = inputs.map((input) => values.get(input)!);
    values.set(id, operations[op]!(planner, views, planner.shapeOf(shape), attributes));
  }
  for (const instruction of instructions) add(instruction);
  return () => {
    for (const step of calls) step();
  };
}
