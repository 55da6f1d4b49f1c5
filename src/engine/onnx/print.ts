// An ONNX graph as text: what the engine is handed.
import type { OnnxGraph, OnnxNode } from "./model.ts";

/** One line a node, the body of a Scan indented below it. */
export function printOnnx(graph: OnnxGraph, indent = ""): string {
  return graph.nodes.map((node) => printNode(node, indent)).join("");
}

function printNode({ type, inputs, outputs, attributes = {} }: OnnxNode, indent: string): string {
  let body = "";
  const texts = Object.entries(attributes).flatMap(([key, value]) => {
    if (typeof value === "object" && "nodes" in value) {
      const ins = value.inputs.map(({ name }) => name).join(", ");
      const outs = value.outputs.map(({ name }) => name).join(", ");
      body = `${indent}  (${ins})\n${printOnnx(value, `${indent}  `)}${indent}  -> ${outs}\n`;
      return [];
    }
    const shown = typeof value === "object" && "float" in value ? value.float : value;
    return [`${key}=${Array.isArray(shown) ? `[${shown.join(", ")}]` : String(shown)}`];
  });
  const list = texts.length > 0 ? ` {${texts.join(", ")}}` : "";
  return `${indent}${outputs.join(", ")} = ${type}(${inputs.join(", ")})${list}\n${body}`;
}
