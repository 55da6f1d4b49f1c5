// What every engine needs to know about a program: which inputs are data, masks and state, and, where a batch is cut into
// shards, which part of the graph runs in each shard and which part runs once, on the sums.
import { fail } from "../base/index.ts";
import { rewriter } from "../compile/rewrite.ts";
import { liveOrder, topological } from "../tensor/graph.ts";
import { input } from "../tensor/ops.ts";
import { isOp, type Tensor } from "../tensor/tensor.ts";
import type { Program } from "./engine.ts";

export type Outputs = Readonly<Record<string, Tensor>>;
type Input = Tensor<"input">;

export interface ProgramParts {
  /** Fed at each run. */
  readonly data: readonly Input[];
  readonly masks: readonly Input[];
  /** All state by name; `undefined` where no input reads it. */
  readonly state: ReadonlyMap<string, Input | undefined>;
  /** States that a run replaces, with the name of the result that replaces each. */
  readonly next: ReadonlyMap<string, string>;
  /** What each shard computes (everything, without shards). Names of sums are names of outputs. */
  readonly perShard: Outputs;
  /** The results of `perShard` that are added. The others are joined along the axis "B". */
  readonly sums: ReadonlySet<string>;
  /** What runs once, after the sums. It reads results of `perShard` as inputs of the names in `crossing`. */
  readonly after: Outputs;
  /** From names of inputs of `after` to names of results of `perShard`. */
  readonly crossing: ReadonlyMap<string, string>;
  /** Number of shards; 1 without. */
  readonly count: number;
}

/** The name of the result that replaces a state. */
const nextName = (state: string): string => `next:${state}`;

/** @throws UnrolledError where names clash or do not exist, or a result can be neither added nor joined */
export function analyze({ outputs, constants = {}, state = {}, shards }: Program): ProgramParts {
  const next = new Map<string, string>();
  const nexts: Record<string, Tensor> = {};
  for (const [name, { next: tensor }] of Object.entries(state)) {
    if (Object.hasOwn(constants, name))
      fail({ where: `compile(${name})`, expected: "a constant or a state", received: "both" });
    if (!tensor) continue;
    next.set(name, nextName(name));
    nexts[nextName(name)] = tensor;
  }
  const all: Record<string, Tensor> = { ...outputs, ...nexts };
  const leaves = liveOrder(Object.values(all)).filter((tensor): tensor is Input => isOp(tensor, "input"));
  const byName = new Map<string, Input>();
  for (const leaf of leaves) {
    const twin = byName.get(leaf.attrs.name);
    if (twin && twin !== leaf)
      fail({ where: `compile(${leaf.attrs.name})`, problem: "two inputs of the program have this name" });
    byName.set(leaf.attrs.name, leaf);
  }
  for (const [name, { next: tensor }] of Object.entries(state)) {
    const read = byName.get(name);
    if (read && tensor && (String(read.shape) !== String(tensor.shape) || read.dtype !== tensor.dtype))
      fail({
        where: `compile(state ${name})`,
        expected: `next to be ${read.dtype} [${read.shape}]`,
        received: `${tensor.dtype} [${tensor.shape}]`,
        code: "shape",
      });
  }
  const free = leaves.filter(({ attrs: { name } }) => !Object.hasOwn(constants, name) && !Object.hasOwn(state, name));
  const parts = {
    data: free.filter(({ attrs }) => attrs.kind !== "mask"),
    masks: free.filter(({ attrs }) => attrs.kind === "mask"),
    state: new Map(Object.keys(state).map((name) => [name, byName.get(name)])),
    next,
  };
  if (!shards) return { ...parts, perShard: all, sums: new Set(), after: {}, crossing: new Map(), count: 1 };
  return { ...parts, ...split(all, shards), count: shards.count };
}

type Split = Pick<ProgramParts, "perShard" | "sums" | "after" | "crossing">;

/** Cuts the graph where the sums are read. */
function split(all: Outputs, { count, sum }: NonNullable<Program["shards"]>): Split {
  if (!Number.isInteger(count) || count < 1 || (count & (count - 1)) !== 0)
    fail({ where: "compile(shards)", expected: "a power of two", received: String(count) });
  for (const name of sum)
    if (!all[name])
      fail({
        where: "compile(shards.sum)",
        expected: `one of the outputs ${Object.keys(all).join(", ")}`,
        received: name,
      });
  const sums = new Map<Tensor, string>();
  for (const name of sum) if (!sums.has(all[name]!)) sums.set(all[name]!, name);
  const order = topological(Object.values(all));
  /** Read a sum, directly or not. */
  const late = new Set<Tensor>();
  /** Differ from shard to shard: computed from rows of the batch or from masks. */
  const local = new Set<Tensor>();
  for (const tensor of order) {
    if (tensor.inputs.some((operand) => sums.has(operand) || late.has(operand))) late.add(tensor);
    const own = isOp(tensor, "input") && (tensor.shape.includes("B") || tensor.attrs.kind === "mask");
    if (own || tensor.inputs.some((operand) => local.has(operand))) local.add(tensor);
  }
  const perShard: Record<string, Tensor> = Object.fromEntries(sum.map((name) => [name, all[name]!]));
  const after: Record<string, Tensor> = {};
  const crossing = new Map<string, string>();
  const { visit } = rewriter((tensor) => {
    const summed = sums.get(tensor);
    if (!summed && (late.has(tensor) || !local.has(tensor) || tensor.op === "input")) return undefined;
    const result = summed ?? `row:${tensor.id}`;
    if (!summed) perShard[result] = tensor;
    const name = `from:${result}`;
    crossing.set(name, result);
    return input(name, tensor.shape, { dtype: tensor.dtype });
  });
  for (const [name, tensor] of Object.entries(all)) {
    if (sum.includes(name)) continue;
    if (local.has(tensor) && !late.has(tensor) && !sums.has(tensor) && tensor.op !== "input") perShard[name] = tensor;
    else after[name] = visit(tensor);
  }
  for (const [name, tensor] of Object.entries(perShard))
    if (!sum.includes(name) && !tensor.shape.includes("B"))
      fail({
        where: `compile(${name})`,
        expected: 'a result with the axis "B", or one that shards.sum names',
        received: `[${tensor.shape.join(", ")}]`,
        code: "shape",
      });
  return { perShard, sums: new Set(sum), after, crossing };
}
