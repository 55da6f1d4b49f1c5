// From tensors to an ONNX graph. Each operation has its rule in `rules.ts`; a scan becomes ONNX's Scan in `lower-scan.ts`.
import { fail } from "../../base/index.ts";
import { insideBody, liveOrder } from "../../tensor/graph.ts";
import { type Dim, type DType, type Shape, sameShape } from "../../tensor/shape.ts";
import { isOp, type OpName, type Tensor } from "../../tensor/tensor.ts";
import { lowerScan, type ScanRequests } from "./lower-scan.ts";
import type { Attribute, OnnxConstant, OnnxGraph, OnnxNode } from "./model.ts";
import { isPlain, type LoweringRule, loweringRules } from "./rules.ts";

/** What a lowering rule may use. */
export interface Lowering {
  /** The ONNX name of a tensor's value. */
  name(tensor: Tensor): string;
  /** Adds a node with one result in the current scope and returns the result's name. */
  emit(
    type: string,
    inputs: readonly string[],
    attributes?: Readonly<Record<string, Attribute>>,
    domain?: string,
  ): string;
  /** A constant; equal ones are shared. */
  constant(dtype: DType | "int64", shape: readonly number[], values: readonly number[]): string;
  /** int64 [rank]: a shape, its named axes found at run time. */
  shape(shape: Shape): string;
  /** int64 [1]: the length of one axis. */
  dim(dim: Dim): string;
  readonly oneThread: boolean;
  /** The product whose Gemm takes the rest of this sum, if there is one. */
  absorbed(sum: Tensor): Tensor<"matmul"> | undefined;
  /** A result that several rules want, computed once in the scope of the first. */
  once(key: string, make: () => string): string;
  /** Lowers tensors into a graph of their own: the body of a loop. */
  body(order: readonly Tensor[], placeholders: readonly Tensor[], finish: () => void): OnnxNode[];
  /** Adds a finished node. */
  add(node: OnnxNode): void;
  fresh(): string;
  setName(tensor: Tensor, name: string): void;
}

export interface Lowered {
  graph: OnnxGraph;
  inputs: Tensor<"input">[];
  /** The ONNX name of each result: its own, unless an input (a state, say) has it already. */
  outputNames: Readonly<Record<string, string>>;
}

/** Numbers that stand for an input. */
interface Baked {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly data: Float32Array | Float64Array | Int32Array | Uint8Array;
}

export interface LowerOptions {
  baked?: Readonly<Record<string, Baked>>;
  /** The graph will run on one thread: operations that several threads make wrong may be used. */
  oneThread?: boolean;
}

/**
 * Lowers named results to an ONNX graph whose inputs and outputs carry the tensors' names. Inputs that `baked` names
 * become constants of the graph.
 */
export function lower(
  outputs: Readonly<Record<string, Tensor>>,
  { baked = {}, oneThread = false }: LowerOptions = {},
): Lowered {
  const order = liveOrder(Object.values(outputs));
  const names = new Map<Tensor, string>();
  const constants = new Map<string, OnnxConstant>();
  const scopes: { nodes: OnnxNode[]; once: Map<string, string> }[] = [{ nodes: [], once: new Map() }];
  const requests = scanRequests(order);
  const counts = useCounts(order, Object.values(outputs), requests);
  const leaves = order.filter((tensor): tensor is Tensor<"input"> => isOp(tensor, "input"));
  const inputs = leaves.filter(({ attrs }) => !Object.hasOwn(baked, attrs.name));
  const held = leaves.filter(({ attrs }) => Object.hasOwn(baked, attrs.name));
  const dims = new Map<string, string>();
  const absorbed = new Map<Tensor, Tensor<"matmul">>();
  let counter = 0;
  const fresh = () => `%${counter++}`;

  const context: Lowering = {
    oneThread,
    name: (tensor) =>
      names.get(tensor) ??
      fail({ where: "lower", code: "internal", problem: `${tensor.op} is used before it is computed` }),
    emit(type, operands, attributes, domain) {
      const name = fresh();
      scopes.at(-1)!.nodes.push({ type, inputs: operands, outputs: [name], attributes, domain });
      return name;
    },
    add: (node) => scopes.at(-1)!.nodes.push(node),
    fresh,
    setName: (tensor, name) => names.set(tensor, name),
    constant(dtype, shape, values) {
      const key = `${dtype}|${shape}|${values}`;
      const known = constants.get(key);
      if (known) return known.name;
      const name = `%c${constants.size}`;
      constants.set(key, { name, dtype, shape, values });
      return name;
    },
    dim(dim) {
      if (typeof dim === "number") return context.constant("int64", [1], [dim]);
      const known = dims.get(dim);
      if (known) return known;
      const parts = dim.split("*");
      const result =
        parts.length > 1
          ? parts
              .map((part) => context.dim(/^\d+$/.test(part) ? Number(part) : part))
              .reduce((a, b) => root("Mul", [a, b]))
          : source(dim);
      dims.set(dim, result);
      return result;
    },
    shape(shape) {
      if (shape.every((dim) => typeof dim === "number"))
        return context.constant("int64", [shape.length], shape as number[]);
      const key = `shape ${shape}`;
      const known = scopes[0]!.once.get(key);
      if (known) return known;
      const name = root(
        "Concat",
        shape.map((dim) => context.dim(dim)),
        { axis: 0 },
      );
      scopes[0]!.once.set(key, name);
      return name;
    },
    absorbed: (tensor) => absorbed.get(tensor),
    once(key, make) {
      for (const scope of scopes) {
        const known = scope.once.get(key);
        if (known) return known;
      }
      const name = make();
      scopes.at(-1)!.once.set(key, name);
      return name;
    },
    body(inner, placeholders, finish) {
      scopes.push({ nodes: [], once: new Map() });
      for (const placeholder of placeholders) names.set(placeholder, fresh());
      lowerAll(inner.filter((tensor) => !names.has(tensor)));
      finish();
      return scopes.pop()!.nodes;
    },
  };
  /** Adds a node to the outermost scope, whatever the current one. */
  function root(type: string, operands: string[], attributes?: Record<string, Attribute>): string {
    const name = fresh();
    scopes[0]!.nodes.push({ type, inputs: operands, outputs: [name], attributes });
    return name;
  }
  /** Finds a named axis in some input of the graph. */
  function source(dim: string): string {
    for (const tensor of inputs) {
      const axis = tensor.shape.indexOf(dim);
      if (axis >= 0) return root("Shape", [tensor.attrs.name], { start: axis, end: axis + 1 });
    }
    return fail({ where: "lower", code: "shape", problem: `no input of the graph has the axis "${dim}"` });
  }
  /** Lowers the tensors of one scope, in order; products that a sum takes in are left to it. */
  function lowerAll(tensors: readonly Tensor[]): void {
    const here = new Set(tensors);
    const taken = new Set<Tensor>();
    for (const tensor of tensors) {
      if (!isOp(tensor, "add")) continue;
      const inner = tensor.inputs.find(
        (operand): operand is Tensor<"matmul"> =>
          isOp(operand, "matmul") &&
          here.has(operand) &&
          isPlain(operand) &&
          counts.get(operand) === 1 &&
          sameShape(operand.shape, tensor.shape),
      );
      if (!inner || tensor.inputs[0] === tensor.inputs[1]) continue;
      absorbed.set(tensor, inner);
      taken.add(inner);
    }
    for (const tensor of tensors) if (!taken.has(tensor)) lowerOne(tensor);
  }
  function lowerOne(tensor: Tensor): void {
    if (isOp(tensor, "scan")) {
      lowerScan(context, tensor, requests.get(tensor)!);
      return;
    }
    if (isOp(tensor, "scanFinal") || isOp(tensor, "scanStacked")) return; // named by their scan
    const rule = loweringRules[tensor.op] as LoweringRule<OpName>;
    names.set(tensor, rule(tensor, context));
  }

  lowerAll(order);
  const taken = new Set(inputs.map(({ attrs }) => attrs.name));
  const outputNames = Object.fromEntries(
    Object.keys(outputs).map((name) => [name, taken.has(name) ? `${name}.next` : name]),
  );
  const results = Object.entries(outputs).map(([key, tensor]) => {
    const name = outputNames[key]!;
    scopes[0]!.nodes.push({ type: "Identity", inputs: [context.name(tensor)], outputs: [name] });
    return { name, dtype: tensor.dtype, shape: tensor.shape };
  });
  const graph: OnnxGraph = {
    name: "unrolled",
    nodes: scopes[0]!.nodes,
    constants: [
      ...constants.values(),
      ...held.map(({ attrs: { name } }) => {
        const { shape, dtype, data } = baked[name]!;
        return { name, shape, dtype, values: dtype === "float" ? Float32Array.from(data) : Array.from(data) };
      }),
    ],
    inputs: inputs.map(({ attrs, dtype, shape }) => ({ name: attrs.name, dtype, shape })),
    outputs: results,
  };
  return { graph, inputs, outputNames };
}

/** What each scan must deliver, those inside the bodies of others too. */
function scanRequests(
  order: readonly Tensor[],
  requests: Map<Tensor, ScanRequests> = new Map(),
): Map<Tensor, ScanRequests> {
  const here: Tensor<"scan">[] = order.filter((tensor): tensor is Tensor<"scan"> => isOp(tensor, "scan"));
  for (const scan of here) requests.set(scan, { finals: [], stacked: [] });
  for (const tensor of order) {
    if (isOp(tensor, "scanFinal")) requests.get(tensor.inputs[0]!)!.finals.push(tensor);
    if (isOp(tensor, "scanStacked")) requests.get(tensor.inputs[0]!)!.stacked.push(tensor);
  }
  for (const scan of here) {
    const { body } = scan.attrs;
    const read = requests.get(scan)!.stacked.map(({ attrs }) => attrs.tensor);
    scanRequests(insideBody(body, [...body.next, ...read]).inside, requests);
  }
  return requests;
}

function useCounts(
  order: readonly Tensor[],
  outputs: readonly Tensor[],
  requests: Map<Tensor, ScanRequests>,
): Map<Tensor, number> {
  const counts = new Map<Tensor, number>();
  const seen = new Set<Tensor>();
  const use = (tensor: Tensor) => counts.set(tensor, (counts.get(tensor) ?? 0) + 1);
  const walk = (tensor: Tensor) => {
    if (seen.has(tensor)) return;
    seen.add(tensor);
    for (const operand of tensor.inputs) {
      use(operand);
      walk(operand);
    }
    if (isOp(tensor, "scan")) {
      const roots = [...tensor.attrs.body.next, ...(requests.get(tensor)?.stacked ?? []).map((s) => s.attrs.tensor)];
      for (const root of roots) {
        use(root);
        walk(root);
      }
    }
  };
  for (const tensor of order) walk(tensor);
  for (const tensor of outputs) use(tensor);
  return counts;
}
