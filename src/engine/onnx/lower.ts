// From tensors to an ONNX graph. Each operation has its rule in `rules.ts`; a scan becomes ONNX's Scan in `lower-scan.ts`.
import { fail } from "../../base/index.ts";
import { liveOrder } from "../../tensor/graph.ts";
import type { DType } from "../../tensor/shape.ts";
import { isOp, type OpName, type Tensor } from "../../tensor/tensor.ts";
import { absorption, useCounts } from "./absorb.ts";
import { type LoweringContext, loweringContext } from "./lower-context.ts";
import { lowerScan } from "./lower-scan.ts";
import type { OnnxGraph } from "./model.ts";
import { type LoweringRule, loweringRules } from "./rules.ts";

export interface Lowered {
  graph: OnnxGraph;
  inputs: Tensor<"input">[];
  /** The ONNX name of each result: its own, unless an input (a state, say) has it already. */
  outputNames: Readonly<Record<string, string>>;
}

/** Values of an input that is constant. */
interface Baked {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly data: Float32Array | Float64Array | Int32Array | Uint8Array;
}

type Outputs = Readonly<Record<string, Tensor>>;

export interface LowerOptions {
  /** Inputs that become constants of the graph. */
  baked?: Readonly<Record<string, Baked>>;
  /** The graph will run on one thread: operations that are only correct on one thread may be used. */
  oneThread?: boolean;
  /** The program before any pass. An axis that no input has any longer is read from an input of it. */
  before?: Outputs;
  /** Inputs that are results of nodes to be added: no axis is read from them. */
  later?: ReadonlySet<string>;
}

/** Lowers named results to an ONNX graph whose inputs and outputs carry the tensors' names. */
export function lower(
  outputs: Outputs,
  { baked = {}, oneThread = false, before = {}, later }: LowerOptions = {},
): Lowered {
  const roots = Object.values(outputs);
  const order = liveOrder(roots);
  const isFed = ({ attrs }: Tensor<"input">) => !Object.hasOwn(baked, attrs.name);
  const inputs = inputsOf(order).filter(isFed);
  const held = inputsOf(order).filter((tensor) => !isFed(tensor));
  const spare = inputsOf(liveOrder(Object.values(before))).filter(isFed);

  const context = loweringContext(oneThread, (axis) => {
    const has = ({ attrs, shape }: Tensor<"input">) => shape.includes(axis) && !later?.has(attrs.name);
    let input = inputs.find(has);
    if (!input) {
      input = spare.find(has);
      if (!input)
        return fail({ where: "lower", code: "shape", problem: `no input of the graph has the axis "${axis}"` });
      inputs.push(input);
    }
    return { input: input.attrs.name, place: input.shape.indexOf(axis) };
  });
  lowerTensors(order, useCounts(roots), context);

  const taken = new Set(inputs.map(({ attrs }) => attrs.name));
  const outputNames = Object.fromEntries(
    Object.keys(outputs).map((name) => [name, taken.has(name) ? `${name}.next` : name]),
  );
  for (const [name, tensor] of Object.entries(outputs))
    context.add({ type: "Identity", inputs: [context.name(tensor)], outputs: [outputNames[name]!] });
  const graph: OnnxGraph = {
    name: "unrolled",
    nodes: context.nodes,
    constants: [
      ...context.constants.values(),
      ...held.map(({ attrs: { name } }) => {
        const { shape, dtype, data } = baked[name]!;
        const floats = data instanceof Float32Array ? data : dtype === "float" ? Float32Array.from(data) : undefined;
        return { name, shape, dtype, values: floats ?? Array.from(data) };
      }),
    ],
    inputs: inputs.map(({ attrs, dtype, shape }) => ({ name: attrs.name, dtype, shape })),
    outputs: Object.entries(outputs).map(([name, { dtype, shape }]) => ({ name: outputNames[name]!, dtype, shape })),
  };
  return { graph, inputs, outputNames };
}

const inputsOf = (order: readonly Tensor[]): Tensor<"input">[] =>
  order.filter((tensor): tensor is Tensor<"input"> => isOp(tensor, "input"));

/** Lowers the tensors of one scope, operands first; products that a sum takes in are left to it. */
function lowerTensors(tensors: readonly Tensor[], counts: ReadonlyMap<Tensor, number>, context: LoweringContext): void {
  const products = absorption(tensors, counts);
  for (const [sum, product] of products) context.absorb(sum, product);
  const taken = new Set<Tensor>(products.values());
  for (const tensor of tensors) {
    if (taken.has(tensor)) continue;
    if (isOp(tensor, "scan")) {
      const read = tensors.filter(({ inputs }) => inputs[0] === tensor);
      lowerScan(context, tensor, read, (inside) => lowerTensors(inside, counts, context));
    } else if (!isOp(tensor, "scanFinal") && !isOp(tensor, "scanStacked")) {
      // Those two are named by their scan.
      const rule = loweringRules[tensor.op] as LoweringRule<OpName>;
      context.setName(tensor, rule(tensor, context));
    }
  }
}
