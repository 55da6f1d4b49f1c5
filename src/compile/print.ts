// Graphs as text, to be read by people: one line for each tensor, a block for each loop.
//
//   x float [T, B, 3]
//   loop1 = for each t of T: h from zeros, x0 from x
//     t1 = matmul(h, weight_hh')                [B, 4]
//     t2 = tanh(t1 + x0)                        (in the real output, one operation a line)
//     h <- t2
//     keep t2
//   return outputs = loop1.all(t2)              [T, B, 4]
import { insideBody, liveOrder } from "../tensor/graph.ts";
import { table } from "../tensor/ops/table.ts";
import { scanOperands } from "../tensor/scan.ts";
import { type Shape, showShape } from "../tensor/shape.ts";
import { isOp, type OpName, type Tensor } from "../tensor/tensor.ts";
import { findLoops, type Loop } from "./passes/scans.ts";

/** The column of the shapes. */
const column = 52;

/**
 * The text of a graph from its inputs to its named results. Weights read transposed are written `W'`, as in the lecture;
 * `loop1.all(t2)` holds the values of t2 at all steps, `loop1.last(h)` the state after the last one.
 */
export function printGraph(outputs: Readonly<Record<string, Tensor>>): string {
  const roots = Object.values(outputs);
  const printer = graphPrinter(findLoops(roots));
  const order = liveOrder(roots);
  const inputs = order.filter((tensor) => isOp(tensor, "input"));
  const lines = [
    ...inputs.map((tensor) => aligned(`input ${printer.name(tensor)}`, tensor)),
    ...printer.block(order, ""),
    ...Object.entries(outputs).map(([name, tensor]) => aligned(`return ${name} = ${printer.name(tensor)}`, tensor)),
  ];
  return `${lines.join("\n")}\n`;
}

/** The number of operations outside loops, and of those that each loop repeats at every step. */
export function graphSize(outputs: Readonly<Record<string, Tensor>>): {
  outside: number;
  loops: { operations: number; products: number }[];
} {
  const roots = Object.values(outputs);
  const loops = [...findLoops(roots).values()].map(({ inside }) => {
    const counted = inside.filter(isWork);
    return { operations: counted.length, products: counted.filter(({ op }) => op === "matmul").length };
  });
  return { outside: liveOrder(roots).filter(isWork).length, loops };
}

const isWork = ({ op }: Tensor): boolean => table[op].kind !== "leaf" && table[op].kind !== "loop";

function graphPrinter(loops: ReadonlyMap<Tensor, Loop>) {
  const names = new Map<Tensor, string>();
  const taken = new Set<string>();
  let count = 0;

  /** The name itself, or with the first free number appended. */
  function unique(wish: string): string {
    let name = wish;
    for (let i = 2; taken.has(name); i++) name = `${wish}_${i}`;
    taken.add(name);
    return name;
  }

  function name(tensor: Tensor): string {
    const known = names.get(tensor);
    if (known) return known;
    const made = newName(tensor);
    names.set(tensor, made);
    return made;
  }

  function newName(tensor: Tensor): string {
    if (isOp(tensor, "input")) return unique(tensor.attrs.name.replace(/^hoisted\d+$/, "hoisted"));
    if (isOp(tensor, "constant")) return constantText(tensor);
    if (isOp(tensor, "scan")) return unique("loop1").replace(/^loop1_/, "loop");
    if (isOp(tensor, "scanStacked")) return `${name(tensor.inputs[0]!)}.all(${name(tensor.attrs.tensor)})`;
    if (isOp(tensor, "scanFinal")) {
      const loop = tensor.inputs[0] as Tensor<"scan">;
      return `${name(loop)}.last(${name(loop.attrs.body.states[tensor.attrs.index]!)})`;
    }
    return unique(`t${++count}`);
  }

  function block(order: readonly Tensor[], indent: string): string[] {
    return order.flatMap((tensor) => {
      if (isOp(tensor, "scan")) return loopText(tensor, indent);
      return isWork(tensor) ? [aligned(`${indent}${name(tensor)} = ${operation(tensor, name)}`, tensor)] : [];
    });
  }

  function loopText(loop: Tensor<"scan">, indent: string): string[] {
    const { body, reverse } = loop.attrs;
    const { initial, xs } = scanOperands(loop);
    const { stacked } = loops.get(loop)!;
    const from = (placeholder: Tensor, outer: Tensor) => `${name(placeholder)} from ${name(outer)}`;
    const time = xs[0]!.shape[0]!;
    const states = body.states.map((state, i) => from(state, initial[i]!));
    const scanned = body.xs.map((x, i) => `${name(x)} of ${name(xs[i]!)}`);
    const inner = `${indent}  `;
    const { inside } = insideBody(body, [...body.next, ...stacked]);
    return [
      `${indent}${name(loop)} = for t = ${reverse ? `${time}..1` : `1..${time}`}`,
      ...wrapped([`${inner}state `, ...states], inner),
      ...wrapped([`${inner}reads `, ...scanned], inner),
      ...block(inside, inner),
      ...body.next.map((next, i) => `${inner}${name(body.states[i]!)} <- ${name(next)}`),
      ...wrapped([`${inner}keeps `, ...stacked.map(name)], inner),
    ];
  }

  return { name, block };
}

/** A list after its first word, on lines of at most 100 characters; nothing for an empty list. */
function wrapped([head, ...items]: string[], indent: string): string[] {
  const lines: string[] = [];
  let line = head!;
  for (const [i, item] of items.entries()) {
    const text = i + 1 < items.length ? `${item}, ` : item;
    if (line.length + text.length > 100) {
      lines.push(line.trimEnd());
      line = `${indent}      `;
    }
    line += text;
  }
  return items.length === 0 ? [] : [...lines, line];
}

/** `matmul(h, weight_hh')`: transposed operands get the lecture's prime, attributes follow. */
function operation(tensor: Tensor, name: (tensor: Tensor) => string): string {
  const operands = tensor.inputs.map(name);
  if (isOp(tensor, "matmul")) {
    const { transA, transB } = tensor.attrs;
    return `matmul(${operands[0]}${transA ? "'" : ""}, ${operands[1]}${transB ? "'" : ""})`;
  }
  const sign = infix[tensor.op];
  if (sign) return operands.join(` ${sign} `);
  const attributes = Object.entries(tensor.attrs).flatMap(([key, value]) => {
    if (value === false) return [];
    return [`${key}: ${Array.isArray(value) ? showShape(value as Shape) : String(value)}`];
  });
  return `${tensor.op}(${[...operands, ...attributes].join(", ")})`;
}

const infix: { readonly [K in OpName]?: string } = { add: "+", sub: "-", mul: "*", div: "/", less: "<", equal: "==" };

function constantText({ attrs, shape }: Tensor<"constant">): string {
  const { value } = attrs;
  if (typeof value === "number") return String(Number(value.toPrecision(6)));
  return value.length <= 4 ? `[${value.join(", ")}]` : `constant ${showShape(shape)}`;
}

/** The line, with the shape in its own column. */
function aligned(line: string, { shape, dtype }: Tensor): string {
  const kind = dtype === "float" ? "" : `${dtype} `;
  return `${line.padEnd(column - 1)} ${kind}${shape.length === 0 ? "number" : showShape(shape)}`;
}
