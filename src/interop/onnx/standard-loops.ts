// Finds the loops of a graph that a standard operator computes. A loop qualifies where its body is, operation by operation,
// what one of the cells with an operator traces: whether the cell is the built-in one, wrapped, or written by hand.
import { builtInCell, type Cell, cellNames } from "../../nn/index.ts";
import { topological } from "../../tensor/graph.ts";
import { type State, scan, scanOperands } from "../../tensor/scan.ts";
import { type DType, type Shape, sameShape } from "../../tensor/shape.ts";
import { isOp, makeTensor, type Tensor } from "../../tensor/tensor.ts";

/** A loop as one cell that runs along the time axis. */
export interface StandardLoop {
  readonly loop: Tensor<"scan">;
  readonly cell: Cell;
  /** [T, B, D]. */
  readonly x: Tensor;
  /** The state before the first step by name, in the order of the loop's states. */
  readonly initial: Readonly<Record<string, Tensor>>;
  /** int [B], where rows are ragged. */
  readonly lengths?: Tensor;
  readonly reverse: boolean;
  /** Names of the graph's parameters by the cell's. */
  readonly parameters: Readonly<Record<string, string>>;
}

const candidates: readonly Cell[] = cellNames.map(builtInCell).filter(({ onnx }) => onnx !== undefined);

/** The loops at the outermost level that have a standard operator, in the order of the graph. */
export function standardLoops(outputs: readonly Tensor[]): StandardLoop[] {
  const order = topological(outputs);
  const loops = order.filter((tensor): tensor is Tensor<"scan"> => isOp(tensor, "scan"));
  return loops.flatMap((loop) => {
    const stacked = order.filter(
      (tensor): tensor is Tensor<"scanStacked"> => isOp(tensor, "scanStacked") && tensor.inputs[0] === loop,
    );
    const kept = stacked.map(({ attrs }) => attrs.tensor);
    for (const cell of candidates) {
      const found = match(loop, kept, cell);
      if (found) return [found];
    }
    return [];
  });
}

function match(loop: Tensor<"scan">, kept: readonly Tensor[], cell: Cell): StandardLoop | undefined {
  const { initial, xs } = scanOperands(loop);
  const { body, reverse } = loop.attrs;
  const [x, mask] = xs;
  const hiddenSize = initial[0]?.shape[1];
  const inputSize = x?.shape[2];
  if (x?.shape.length !== 3 || xs.length > 2 || typeof hiddenSize !== "number" || typeof inputSize !== "number")
    return undefined;
  const sizes = { hiddenSize, inputSize };
  const shapes = Object.values(cell.state(sizes));
  const states = Object.keys(cell.state(sizes));
  const fits = initial.every(({ shape }, i) => shapes[i] && sameShape(shape.slice(1), shapes[i]));
  if (!fits || shapes.length !== initial.length) return undefined;

  // The loop that the cell traces over the same shapes, with unknowns for its parameters, inputs and states.
  const unknown = new Set<Tensor>();
  const stand = (name: string, shape: Shape, dtype: DType = "float"): Tensor => {
    const made = makeTensor("input", [], { name, kind: "data" }, shape, dtype);
    unknown.add(made);
    return made;
  };
  const parameters: Record<string, Tensor> = Object.fromEntries(
    Object.entries(cell.parameters(sizes)).map(([name, declared]) => [
      name,
      stand(name, "shape" in declared ? declared.shape : declared),
    ]),
  );
  const first: State = Object.fromEntries(states.map((name, i) => [name, stand(name, initial[i]!.shape)]));
  const lengths = mask && stand("lengths", [x.shape[1]!], "int");
  const pattern = scan<State>(
    ([xt], before) => {
      const { output, state } = cell.step(parameters, xt!, before);
      return { outputs: [output], state };
    },
    { initial: first, xs: [stand("x", x.shape)], lengths, reverse },
  );
  const output = pattern.outputs[0]! as Tensor<"scanStacked">;
  const patternLoop = output.inputs[0] as Tensor<"scan">;
  const bound = new Map<Tensor, Tensor>();
  const same = (pairs: readonly (readonly [Tensor, Tensor])[]) => pairs.every(([a, b]) => unify(a, b, unknown, bound));
  const zip = (a: readonly Tensor[], b: readonly Tensor[]) => a.map((tensor, i) => [tensor, b[i]!] as const);

  const { body: own } = patternLoop.attrs;
  for (const placeholder of [...own.states, ...own.xs]) unknown.add(placeholder);
  if (!same(zip([...own.states, ...own.xs], [...body.states, ...body.xs]))) return undefined;
  if (!same(zip(own.next, body.next))) return undefined;
  if (!kept.every((tensor) => unify(output.attrs.tensor, tensor, unknown, bound))) return undefined;
  if (!same(zip(scanOperands(patternLoop).xs, xs))) return undefined;
  const names = Object.entries(parameters).map(([name, tensor]) => [name, bound.get(tensor)] as const);
  if (!names.every(([, tensor]) => tensor && isOp(tensor, "input") && tensor.attrs.kind === "parameter"))
    return undefined;
  return {
    loop,
    cell,
    x,
    initial: Object.fromEntries(states.map((name, i) => [name, initial[i]!])),
    ...(lengths ? { lengths: bound.get(lengths)! } : {}),
    reverse,
    parameters: Object.fromEntries(names.map(([name, tensor]) => [name, (tensor as Tensor<"input">).attrs.name])),
  };
}

/** Whether a tensor is what the pattern is, given what its unknowns stand for so far. */
function unify(pattern: Tensor, tensor: Tensor, unknown: ReadonlySet<Tensor>, bound: Map<Tensor, Tensor>): boolean {
  const known = bound.get(pattern);
  if (known) return known === tensor;
  if (!sameShape(pattern.shape, tensor.shape) || pattern.dtype !== tensor.dtype) return false;
  if (!unknown.has(pattern)) {
    if (pattern.op !== tensor.op || pattern.inputs.length !== tensor.inputs.length) return false;
    if (JSON.stringify(pattern.attrs) !== JSON.stringify(tensor.attrs)) return false;
    if (!pattern.inputs.every((input, i) => unify(input, tensor.inputs[i]!, unknown, bound))) return false;
  }
  bound.set(pattern, tensor);
  return true;
}
