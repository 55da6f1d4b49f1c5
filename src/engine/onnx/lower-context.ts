// The ONNX graph while it is built: names of values, shared constants, shapes found at run time, and a scope for each
// loop's body.
import { fail } from "../../base/index.ts";
import type { Dim, DType, Shape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Attribute, OnnxConstant, OnnxNode } from "./model.ts";

/** What a lowering rule may use. */
export interface Lowering {
  readonly oneThread: boolean;
  /** The ONNX name of a tensor's value. */
  name(tensor: Tensor): string;
  setName(tensor: Tensor, name: string): void;
  fresh(): string;
  /** Adds a node with one result in the current scope and returns the result's name. */
  emit(
    type: string,
    inputs: readonly string[],
    attributes?: Readonly<Record<string, Attribute>>,
    domain?: string,
  ): string;
  /** Adds a finished node in the current scope. */
  add(node: OnnxNode): void;
  /** A constant; equal ones are shared. */
  constant(dtype: DType | "int64", shape: readonly number[], values: readonly number[]): string;
  /** int64 [rank]: a shape, its named axes found at run time. */
  shape(shape: Shape): string;
  /** int64 [1]: the length of one axis. */
  dim(dim: Dim): string;
  /** A result that several rules need, computed once in the scope of the first. */
  once(key: string, make: () => string): string;
  /** The product whose Gemm takes the other operand of this sum, if there is one. */
  absorbed(sum: Tensor): Tensor<"matmul"> | undefined;
}

/** The same, with what only the emission of scopes uses. */
export interface LoweringContext extends Lowering {
  absorb(sum: Tensor, product: Tensor<"matmul">): void;
  isNamed(tensor: Tensor): boolean;
  /** Runs `fill` in a new scope and returns the nodes that it added. Names given inside end with it. */
  scope(fill: () => void): OnnxNode[];
  readonly nodes: OnnxNode[];
  readonly constants: ReadonlyMap<string, OnnxConstant>;
}

/** An empty graph. `lengthOf` names an input that has the axis, and where. */
export function loweringContext(
  oneThread: boolean,
  lengthOf: (axis: string) => { input: string; place: number },
): LoweringContext {
  const names = new Map<Tensor, string>();
  const constants = new Map<string, OnnxConstant>();
  const products = new Map<Tensor, Tensor<"matmul">>();
  const root: OnnxNode[] = [];
  interface Scope {
    nodes: OnnxNode[];
    once: Map<string, string>;
    named: Tensor[];
  }
  const scopes: Scope[] = [{ nodes: root, once: new Map(), named: [] }];
  let counter = 0;
  const fresh = () => `%${counter++}`;

  /** A node of the outermost scope, made once, whatever the current scope. */
  function outside(key: string, type: string, inputs: () => string[], attributes?: Record<string, Attribute>): string {
    const known = scopes[0]!.once.get(key);
    if (known) return known;
    const operands = inputs();
    const name = fresh();
    root.push({ type, inputs: operands, outputs: [name], attributes });
    scopes[0]!.once.set(key, name);
    return name;
  }

  function dim(length: Dim): string {
    if (typeof length === "number") return constant("int64", [1], [length]);
    const [first, ...rest] = length.split("*");
    if (rest.length > 0)
      return outside(`length ${length}`, "Mul", () => [
        dim(/^\d+$/.test(first!) ? Number(first) : first!),
        dim(rest.join("*")),
      ]);
    const { input, place } = lengthOf(length);
    return outside(`length ${length}`, "Shape", () => [input], { start: place, end: place + 1 });
  }

  function constant(dtype: DType | "int64", shape: readonly number[], values: readonly number[]): string {
    const key = `${dtype}|${shape}|${values}`;
    const known = constants.get(key);
    if (known) return known.name;
    const name = `%c${constants.size}`;
    constants.set(key, { name, dtype, shape, values });
    return name;
  }

  return {
    oneThread,
    nodes: root,
    constants,
    fresh,
    constant,
    dim,
    name: (tensor) =>
      names.get(tensor) ??
      fail({ where: "lower", code: "internal", problem: `${tensor.op} is used before it is computed` }),
    setName(tensor, name) {
      names.set(tensor, name);
      scopes.at(-1)!.named.push(tensor);
    },
    isNamed: (tensor) => names.has(tensor),
    emit(type, inputs, attributes, domain) {
      const name = fresh();
      scopes.at(-1)!.nodes.push({ type, inputs, outputs: [name], attributes, domain });
      return name;
    },
    add: (node) => void scopes.at(-1)!.nodes.push(node),
    shape: (shape) =>
      shape.every((length) => typeof length === "number")
        ? constant("int64", [shape.length], shape as number[])
        : outside(`shape ${shape}`, "Concat", () => shape.map(dim), { axis: 0 }),
    once(key, make) {
      for (const { once } of scopes) {
        const known = once.get(key);
        if (known) return known;
      }
      const name = make();
      scopes.at(-1)!.once.set(key, name);
      return name;
    },
    absorbed: (sum) => products.get(sum),
    absorb: (sum, product) => void products.set(sum, product),
    scope(fill) {
      scopes.push({ nodes: [], once: new Map(), named: [] });
      fill();
      const { nodes, named } = scopes.pop()!;
      for (const tensor of named) names.delete(tensor); // another scope may run the same loop
      return nodes;
    },
  };
}
