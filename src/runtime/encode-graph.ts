// From an inference graph to the plain data that an exported module runs: optimized, numbered, in an order in which each
// value can be computed.
import { fail } from "../base/index.ts";
import { fuse } from "../compile/passes/fuse.ts";
import { gatherBaked } from "../compile/passes/gather-first.ts";
import { hoist } from "../compile/passes/hoist.ts";
import { type Pass, runPasses } from "../compile/passes/index.ts";
import { simplify } from "../compile/passes/simplify.ts";
import { sink } from "../compile/passes/sink.ts";
import type { InferenceGraph } from "../tasks/task.ts";
import { insideBody, liveOrder } from "../tensor/graph.ts";
import { scanOperands } from "../tensor/scan.ts";
import { isOp, type Tensor } from "../tensor/tensor.ts";
import type { Attributes, EncodedGraph, EncodedLoop, Instruction } from "./kit/encoding.ts";
import { operations } from "./kit/operations.ts";

/**
 * A table of at most `rows` rows is multiplied once, when a model is loaded, in place of a product for each row that is
 * read. That pays where a model reads step by step; a model that reads a text should answer the first one soon.
 */
const passes = (rows: number): Readonly<Record<string, Pass>> => ({
  simplify,
  fuse,
  hoist,
  gatherBaked: gatherBaked(rows),
  simplifyAgain: simplify,
  sink,
  hoistAgain: hoist,
  simplifyLast: simplify,
});

/** @throws UnrolledError where the graph holds an operation that no inference graph has */
export function encodeGraph(graph: InferenceGraph): EncodedGraph {
  const outputs = runPasses(graph.outputs, passes(Object.keys(graph.states).length > 0 ? 1024 : 128));
  const numbers = new Map<Tensor, number>();
  const id = (tensor: Tensor): number => {
    const known = numbers.get(tensor) ?? numbers.size;
    numbers.set(tensor, known);
    return known;
  };
  const order = liveOrder(Object.values(outputs));
  const constant = constants(order);
  const all = order.filter((tensor): tensor is Tensor<"input"> => isOp(tensor, "input"));
  const inputs = all.filter(({ attrs }) => attrs.kind !== "parameter");
  const weights = all.filter(({ attrs }) => attrs.kind === "parameter");
  return {
    inputs: inputs.map((tensor) => [tensor.attrs.name, id(tensor), tensor.shape]),
    weights: weights.map((tensor) => [tensor.attrs.name, id(tensor)]),
    once: instructions(
      order.filter((tensor) => constant.has(tensor)),
      id,
    ),
    each: instructions(
      order.filter((tensor) => !constant.has(tensor)),
      id,
    ),
    outputs: Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, id(tensor)])),
    states: graph.states,
  };
}

/** What depends on weights alone. */
function constants(order: readonly Tensor[]): Set<Tensor> {
  const found = new Set<Tensor>();
  for (const tensor of order) {
    const weight = isOp(tensor, "input") && tensor.attrs.kind === "parameter";
    const computed =
      !isOp(tensor, "input") &&
      !isOp(tensor, "scan") &&
      tensor.shape.every((dim) => typeof dim === "number") &&
      tensor.inputs.every((operand) => found.has(operand));
    if (weight || computed) found.add(tensor);
  }
  return found;
}

function instructions(order: readonly Tensor[], id: (tensor: Tensor) => number): Instruction[] {
  return order.flatMap((tensor): Instruction[] => {
    if (isOp(tensor, "input") || isOp(tensor, "scanFinal") || isOp(tensor, "scanStacked")) return [];
    if (isOp(tensor, "scan")) return [loopOf(tensor, order, id)];
    if (!Object.hasOwn(operations, tensor.op))
      return fail({
        where: "export",
        expected: "a graph for inference",
        received: `the operation ${tensor.op}, which only training has`,
      });
    const attributes = attributesOf(tensor);
    const node = [id(tensor), tensor.op, tensor.inputs.map(id), tensor.shape] as const;
    return [Object.keys(attributes).length > 0 ? ([...node, attributes] as const) : node];
  });
}

function loopOf(scan: Tensor<"scan">, order: readonly Tensor[], id: (tensor: Tensor) => number): EncodedLoop {
  const { body, reverse } = scan.attrs;
  const { initial, xs } = scanOperands(scan);
  const reads = order.filter((tensor) => tensor.inputs[0] === scan);
  const stacked = reads.filter((tensor): tensor is Tensor<"scanStacked"> => isOp(tensor, "scanStacked"));
  const finals = reads.filter((tensor): tensor is Tensor<"scanFinal"> => isOp(tensor, "scanFinal"));
  const { inside } = insideBody(body, [...body.next, ...stacked.map(({ attrs }) => attrs.tensor)]);
  return {
    reverse,
    states: body.states.map((tensor) => [id(tensor), tensor.shape]),
    xs: body.xs.map((tensor) => [id(tensor), tensor.shape]),
    initial: initial.map(id),
    over: xs.map(id),
    next: body.next.map(id),
    body: instructions(inside, id),
    finals: finals.map((tensor) => [tensor.attrs.index, id(tensor)]),
    stacked: stacked.map((tensor) => [id(tensor.attrs.tensor), id(tensor)]),
  };
}

/** The attributes that the shape of the result does not tell. */
function attributesOf(tensor: Tensor): Attributes {
  if (isOp(tensor, "constant")) return { value: tensor.attrs.value };
  if (isOp(tensor, "matmul"))
    return {
      ...(tensor.attrs.transA ? { transA: true } : {}),
      ...(tensor.attrs.transB ? { transB: true } : {}),
    };
  if (isOp(tensor, "transpose")) return { perm: tensor.attrs.perm };
  if (isOp(tensor, "slice")) return { axis: tensor.attrs.axis, start: tensor.attrs.start };
  if (isOp(tensor, "concat")) return { axis: tensor.attrs.axis };
  if (isOp(tensor, "sum") || isOp(tensor, "max")) return { axes: tensor.attrs.axes };
  if (isOp(tensor, "cast")) return { to: tensor.attrs.to };
  return {};
}
