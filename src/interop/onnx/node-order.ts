// ONNX lists nodes so that each comes after those that it reads.
import type { OnnxGraph, OnnxNode } from "../../engine/onnx/model.ts";

/** The nodes that something reads or that give a result, in an order in which each can be computed. */
export function inOrder(nodes: readonly OnnxNode[]): OnnxNode[] {
  const maker = new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  const order: OnnxNode[] = [];
  const done = new Set<OnnxNode>();
  const visit = (node: OnnxNode) => {
    if (done.has(node)) return;
    done.add(node);
    for (const name of readBy(node)) {
      const before = maker.get(name);
      if (before) visit(before);
    }
    order.push(node);
  };
  for (const node of nodes) visit(node);
  return order;
}

/** Names that a node reads, those that its bodies capture included. */
function readBy({ inputs, attributes = {} }: OnnxNode): string[] {
  const bodies = Object.values(attributes).filter(
    (value): value is OnnxGraph => typeof value === "object" && "nodes" in value,
  );
  const captured = bodies.flatMap((body) => [...body.nodes.flatMap(readBy), ...body.outputs.map(({ name }) => name)]);
  return [...inputs, ...captured];
}
