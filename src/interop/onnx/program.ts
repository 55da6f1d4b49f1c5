// A program as an ONNX graph whose loops are standard operators where a cell has one. The graph is cut at those loops: what
// they read becomes a result, what they give becomes an input; the rest is optimized and lowered as always, and the operators
// are put in between.
import { rewriter } from "../../compile/rewrite.ts";
import type { Value } from "../../engine/index.ts";
import { lower } from "../../engine/onnx/lower.ts";
import type { OnnxConstant, OnnxGraph, OnnxNode } from "../../engine/onnx/model.ts";
import { optimize } from "../../engine/onnx/passes.ts";
import { isOp, makeTensor, type Tensor } from "../../tensor/tensor.ts";
import { inOrder } from "./node-order.ts";
import { type OperatorRecord, operatorWeights } from "./operator-weights.ts";
import { type StandardLoop, standardLoops } from "./standard-loops.ts";

/** `standard`: ONNX's LSTM, GRU and RNN where the cell is one, else Scan. `scan`: Scan for every cell. */
export type OnnxOps = "standard" | "scan";

export interface OnnxProgram {
  readonly graph: OnnxGraph;
  readonly operators: readonly OperatorRecord[];
}

type Constants = Readonly<Record<string, Value>>;

/** The graph of these results, with constants inside. */
export function onnxProgram(
  outputs: Readonly<Record<string, Tensor>>,
  constants: Constants,
  { ops = "standard" }: { ops?: OnnxOps } = {},
): OnnxProgram {
  const loops = ops === "scan" ? [] : standardLoops(Object.values(outputs));
  const cut = cutAt(loops, outputs);
  const { graph } = lower(optimize(cut.outputs, { baked: true }), {
    baked: constants,
    before: cut.outputs,
    later: cut.results,
  });
  const own = (name: string) => !(name in outputs) && name in cut.outputs;
  const parts = cut.operators.map((operator) => operatorNodes(operator, constants));
  const squeezed: OnnxConstant[] = [0, 1].map((axis) => ({
    name: `axis${axis}`,
    dtype: "int64",
    shape: [1],
    values: [axis],
  }));
  return {
    graph: {
      ...graph,
      nodes: inOrder([...graph.nodes, ...parts.flatMap(({ nodes }) => nodes)]),
      constants: [
        ...graph.constants,
        ...parts.flatMap((part) => part.constants),
        ...(parts.length > 0 ? squeezed : []),
      ],
      inputs: graph.inputs.filter(({ name }) => !cut.results.has(name)),
      outputs: graph.outputs.filter(({ name }) => !own(name)),
    },
    operators: cut.operators.map(({ name, cell, parameters }) => ({ name, cell: cell.config, parameters })),
  };
}

/** A loop by name, and which of its results are read. */
interface NamedLoop extends StandardLoop {
  readonly name: string;
}

const isZero = (tensor: Tensor): boolean =>
  (isOp(tensor, "constant") && tensor.attrs.value === 0) || (isOp(tensor, "broadcastTo") && isZero(tensor.inputs[0]!));

/** The states that a loop is given: none where all begin at zero, which is the operators' default. */
const givenStates = ({ initial }: StandardLoop): [string, Tensor][] => {
  const all = Object.entries(initial);
  return all.every(([, tensor]) => isZero(tensor)) ? [] : all;
};

function cutAt(loops: readonly StandardLoop[], outputs: Readonly<Record<string, Tensor>>) {
  const results = new Set<string>();
  const operators = loops.map((loop, i): NamedLoop => ({ ...loop, name: `recurrent${i}` }));
  const byLoop = new Map(operators.map((operator) => [operator.loop as Tensor, operator]));
  const result = (name: string, like: Tensor) => {
    results.add(name);
    return makeTensor("input", [], { name, kind: "data" }, like.shape, like.dtype);
  };
  const made = new Map<string, Tensor>();
  const once = (name: string, like: Tensor) => {
    if (!made.has(name)) made.set(name, result(name, like));
    return made.get(name)!;
  };
  const { visit } = rewriter({
    before(tensor) {
      const operator = byLoop.get(tensor.inputs[0]!);
      if (!operator) return undefined;
      if (isOp(tensor, "scanStacked")) return once(`${operator.name}.y`, tensor);
      if (!isOp(tensor, "scanFinal")) return undefined;
      return once(`${operator.name}.next.${Object.keys(operator.initial)[tensor.attrs.index]}`, tensor);
    },
  });
  const operands = operators.flatMap((operator) => [
    [`${operator.name}.x`, operator.x] as const,
    ...givenStates(operator).map(([state, tensor]) => [`${operator.name}.${state}`, tensor] as const),
    ...(operator.lengths ? [[`${operator.name}.lengths`, operator.lengths] as const] : []),
  ]);
  const all = [...Object.entries(outputs), ...operands];
  return {
    operators,
    results: results as ReadonlySet<string>,
    outputs: Object.fromEntries(all.map(([name, tensor]) => [name, visit(tensor)])),
  };
}

/** One operator, with its states and results brought into the shapes of the graph around it. */
function operatorNodes(operator: NamedLoop, constants: Constants): { nodes: OnnxNode[]; constants: OnnxConstant[] } {
  const { name, cell, initial, lengths, reverse, parameters } = operator;
  const { type, attributes, activation } = cell.onnx!;
  const weights = operatorWeights(cell, parameters, constants);
  const states = Object.keys(initial);
  const given = new Set(givenStates(operator).map(([state]) => state));
  const nodes: OnnxNode[] = [];
  const before = states.map((state) => {
    if (!given.has(state)) return "";
    nodes.push({ type: "Unsqueeze", inputs: [`${name}.${state}`, "axis0"], outputs: [`${name}.first.${state}`] });
    return `${name}.first.${state}`;
  });
  const inputs = [
    ...["x", "W", "R", "B"].map((part) => `${name}.${part}`),
    lengths ? `${name}.lengths` : "",
    ...before,
    ...(weights.P ? [`${name}.P`] : []),
  ];
  while (inputs.at(-1) === "") inputs.pop();
  nodes.push({
    type,
    inputs,
    outputs: [`${name}.all`, ...states.map((state) => `${name}.last.${state}`)],
    attributes: {
      hidden_size: weights.R.shape[2]!,
      direction: reverse ? "reverse" : "forward",
      ...attributes,
      ...(activation ? { activations: [activation] } : {}),
    },
  });
  // [T, 1, B, H] -> [T, B, H], and [1, B, H] -> [B, H].
  nodes.push({ type: "Squeeze", inputs: [`${name}.all`, "axis1"], outputs: [`${name}.y`] });
  for (const state of states)
    nodes.push({ type: "Squeeze", inputs: [`${name}.last.${state}`, "axis0"], outputs: [`${name}.next.${state}`] });
  return {
    nodes,
    constants: Object.entries(weights).map(([part, { shape, data }]) => ({
      name: `${name}.${part}`,
      dtype: "float",
      shape,
      values: Float32Array.from(data),
    })),
  };
}
