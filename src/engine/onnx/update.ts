// The part of a program that runs once, after the sums of the shards: norm, clipping, guard, optimizer, carried state.
// Scalars are evaluated in float64 on the host; arrays in flat memory are updated by one element-wise loop per group of
// states. What does not have this form (a matrix product in an optimizer, say) is left to ONNX Runtime.
import { fail } from "../../base/index.ts";
import { topological } from "../../tensor/graph.ts";
import { isOp, type OpName, type Tensor } from "../../tensor/tensor.ts";
import type { Value } from "../engine.ts";
import type { ProgramParts } from "../program.ts";
import { type Instruction, isLoopOp, type LoopCode, type Operand } from "./kernel/loops.ts";
import { padded, type Region } from "./kernel/memory.ts";

/** What a run supplies: values of the inputs that do not lie in flat memory. */
export type Lookup = (name: string) => Value;

/** An element-wise loop over flat memory: its expression, and the arrays that it reads and writes, all of one size. */
export interface UpdateLoop {
  readonly code: LoopCode;
  readonly regions: readonly Region[];
}

/** Plain data, except for `numbers`: slices of it can be done by several threads. */
export interface Update {
  /** Regions of which the scalars need the sum of squares. */
  readonly squares: readonly Region[];
  readonly loops: readonly UpdateLoop[];
  /**
   * From the sums of squares: the small results and the small new state by name, and for each loop its numbers, or
   * `undefined` where its states keep their values. All scalars are known before a loop overwrites what they read.
   */
  numbers(
    lookup: Lookup,
    squares: readonly number[],
  ): { found: Record<string, Value>; loops: (number[] | undefined)[] };
}

type Scalars = (tensor: Tensor) => number;

/**
 * Plans the update, or returns `undefined` where the graph has another form.
 *
 * @param place the region of an input in flat memory, if it lies there
 */
export function planUpdate(
  { after, next }: Pick<ProgramParts, "after" | "next">,
  place: (input: string) => Region | undefined,
): Update | undefined {
  const states = new Map([...next].map(([state, result]) => [result, state]));
  const steps: Step[] = [];
  const groups = new Groups(place);
  for (const [result, tensor] of Object.entries(after)) {
    const state = states.get(result);
    if (state === undefined) {
      if (!isScalar(tensor) || !scalarForm(tensor, place)) return undefined;
      steps.push({ result, tensor });
      continue;
    }
    const guarded = unguarded(tensor, state);
    if (guarded.condition && !scalarForm(guarded.condition, place)) return undefined;
    const region = place(state);
    if (!region) {
      if (isOp(guarded.value, "input")) steps.push({ result, state, ...guarded, value: guarded.value });
      else if (isScalar(tensor) && scalarForm(tensor, place)) steps.push({ result, tensor });
      else return undefined;
    } else if (!groups.add(region, guarded)) return undefined;
  }
  const loops = groups.loops();
  const roots = [
    ...steps.flatMap((step) => ("tensor" in step ? [step.tensor] : (step.condition ?? []))),
    ...loops.flatMap(({ condition, numbers }) => [...(condition ? [condition] : []), ...numbers]),
  ];
  const { regions, of } = allSquares(roots, place);
  return {
    squares: regions,
    loops: loops.map(({ code, regions }) => ({ code, regions })),
    numbers(lookup, squares) {
      const scalar = scalarEvaluator(lookup, (tensor) => of.get(tensor)?.reduce((sum, i) => sum + squares[i]!, 0));
      const found: Record<string, Value> = {};
      for (const step of steps)
        found[step.result] =
          "tensor" in step
            ? { shape: [], dtype: step.tensor.dtype, data: Float64Array.of(scalar(step.tensor)) }
            : lookup(!step.condition || scalar(step.condition) ? step.value.attrs.name : step.state);
      return {
        found,
        loops: loops.map(({ condition, numbers }) =>
          condition && !scalar(condition) ? undefined : numbers.map(scalar),
        ),
      };
    },
  };
}

type Step =
  | { result: string; tensor: Tensor }
  | { result: string; state: string; condition?: Tensor; value: Tensor<"input"> };

const isScalar = ({ shape }: Tensor): boolean => shape.length === 0;

/** select(condition, value, the state itself) -> condition and value. */
function unguarded(tensor: Tensor, state: string): { condition?: Tensor; value: Tensor } {
  if (!isOp(tensor, "select")) return { value: tensor };
  const [condition, value, kept] = tensor.inputs as [Tensor, Tensor, Tensor];
  const same = isOp(kept, "input") && kept.attrs.name === state && isScalar(condition);
  return same ? { condition, value } : { value: tensor };
}

/** Collects states whose new values share operands into one loop each. */
class Groups {
  private groups: { states: { region: Region; value: Tensor }[]; condition?: Tensor; leaves: Set<number> }[] = [];
  private readonly place: (input: string) => Region | undefined;

  constructor(place: (input: string) => Region | undefined) {
    this.place = place;
  }

  add(region: Region, { condition, value }: { condition?: Tensor; value: Tensor }): boolean {
    const leaves = new Set([region.offset]);
    // Scalars have their own evaluator: what they are computed from is no part of the loop.
    for (const tensor of topological([value], (each) => (isScalar(each) ? [] : each.inputs))) {
      if (isScalar(tensor)) {
        if (!scalarForm(tensor, this.place)) return false;
        continue;
      }
      const at = isOp(tensor, "input") ? this.place(tensor.attrs.name) : undefined;
      if (at ? at.size !== region.size : !isLoopOp(tensor.op) || !tensor.inputs.every((t) => fits(t, region)))
        return false;
      if (at) leaves.add(at.offset);
    }
    const meeting = this.groups.filter((other) => meet(other.leaves, leaves));
    if (meeting.some((other) => other.condition !== condition)) return false; // one loop might read what another wrote
    const states = [...meeting.flatMap((other) => other.states), { region, value }];
    for (const other of meeting) for (const leaf of other.leaves) leaves.add(leaf);
    this.groups = [...this.groups.filter((other) => !meeting.includes(other)), { states, condition, leaves }];
    return true;
  }

  loops(): (UpdateLoop & { condition?: Tensor; numbers: readonly Tensor[] })[] {
    return this.groups.map(({ states, condition }) => ({ ...loopOf(states, this.place), condition }));
  }
}

const meet = (a: ReadonlySet<number>, b: ReadonlySet<number>): boolean => [...b].some((item) => a.has(item));

const fits = ({ shape }: Tensor, { size }: Region): boolean =>
  shape.length === 0 || shape.reduce<number>((product, dim) => product * Number(dim), 1) === size;

/** The loop of a group of states: operands numbered in the order in which they are met. */
function loopOf(
  states: readonly { region: Region; value: Tensor }[],
  place: (input: string) => Region | undefined,
): { code: LoopCode; regions: Region[]; numbers: Tensor[] } {
  const regions: Region[] = [];
  const numbers: Tensor[] = [];
  const instructions: Instruction[] = [];
  const operands = new Map<Tensor, Operand>();
  const array = (region: Region): number => {
    const known = regions.findIndex(({ offset }) => offset === region.offset);
    return known >= 0 ? known : regions.push(region) - 1;
  };
  const operandOf = (tensor: Tensor): Operand => {
    const known = operands.get(tensor);
    if (known) return known;
    let operand: Operand;
    if (isScalar(tensor)) operand = { number: numbers.push(tensor) - 1 };
    else if (isOp(tensor, "input")) operand = { array: array(place(tensor.attrs.name)!) };
    else {
      const inputs = tensor.inputs.map(operandOf);
      operand = { result: instructions.push({ op: tensor.op as Instruction["op"], operands: inputs }) - 1 };
    }
    operands.set(tensor, operand);
    return operand;
  };
  const stores = states.map(({ region, value }) => ({ value: operandOf(value), array: array(region) }));
  return { code: { arrays: regions.length, numbers: numbers.length, instructions, stores }, regions, numbers };
}

const scalarOps: Partial<Record<OpName, (a: number, b: number, c: number) => number>> = {
  neg: (a) => -a,
  exp: (a) => Math.exp(a),
  log: Math.log,
  sqrt: Math.sqrt,
  abs: Math.abs,
  sign: Math.sign,
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  maximum: (a, b) => Math.max(a, b),
  minimum: (a, b) => Math.min(a, b),
  less: (a, b) => Number(a < b),
  equal: (a, b) => Number(a === b),
  select: (a, b, c) => (a ? b : c),
};

/** The array whose squares a tensor sums, all of them. */
function squared(tensor: Tensor, place: (input: string) => Region | undefined): Region | undefined {
  if (!isOp(tensor, "sum")) return undefined;
  const [product] = tensor.inputs as [Tensor];
  const [x] = product.inputs;
  if (!isOp(product, "mul") || !x || x !== product.inputs[1] || !isOp(x, "input")) return undefined;
  return place(x.attrs.name);
}

/** Whether a scalar can be evaluated on the host. */
function scalarForm(tensor: Tensor, place: (input: string) => Region | undefined): boolean {
  if (isOp(tensor, "constant") || squared(tensor, place)) return true;
  if (isOp(tensor, "input")) return isScalar(tensor) && !place(tensor.attrs.name);
  return isScalar(tensor) && tensor.op in scalarOps && tensor.inputs.every((operand) => scalarForm(operand, place));
}

/** @param squared the value of a sum of squares */
function scalarEvaluator(lookup: Lookup, squared: (tensor: Tensor) => number | undefined): Scalars {
  const known = new Map<Tensor, number>();
  function compute(tensor: Tensor): number {
    if (isOp(tensor, "constant")) return Number(tensor.attrs.value);
    if (isOp(tensor, "input")) return lookup(tensor.attrs.name).data[0]!;
    const rule =
      scalarOps[tensor.op] ?? fail({ where: "update", code: "internal", problem: `no scalar rule for ${tensor.op}` });
    const [a = 0, b = 0, c = 0] = tensor.inputs.map(scalar);
    return rule(a, b, c);
  }
  function scalar(tensor: Tensor): number {
    const value = known.get(tensor) ?? squared(tensor) ?? compute(tensor);
    known.set(tensor, value);
    return value;
  }
  return scalar;
}

/** The sums of squares that scalars read, each with the numbers of its regions. */
function allSquares(roots: readonly Tensor[], place: (input: string) => Region | undefined) {
  const regions: Region[] = [];
  const of = new Map<Tensor, number[]>();
  topological(roots, (tensor) => {
    const found = squares(tensor, place);
    if (!found) return tensor.inputs;
    of.set(
      tensor,
      merged(found).map((region) => regions.push(region) - 1),
    );
    return [];
  });
  return { regions, of };
}

/** The arrays of a sum of squares over several arrays, in their order. */
function squares(tensor: Tensor, place: (input: string) => Region | undefined): Region[] | undefined {
  const one = squared(tensor, place);
  if (one) return [one];
  if (!isOp(tensor, "add")) return undefined;
  const [a, b] = tensor.inputs.map((operand) => squares(operand, place));
  return a && b && [...a, ...b];
}

/** Neighbors as one region: the gaps between them hold zeros. */
function merged(regions: readonly Region[]): Region[] {
  const out: Region[] = [];
  for (const region of regions) {
    const last = out.at(-1);
    if (last && region.offset === last.offset + padded(last.size))
      out[out.length - 1] = { offset: last.offset, size: region.offset + region.size - last.offset };
    else out.push(region);
  }
  return out;
}
