// Rewriting graphs: every pass is a rule applied from the operands up; equal nodes are merged.
import { apply } from "../tensor/ops.ts";
import { makeScan, scanOperands, stackedOf } from "../tensor/scan.ts";
import { isOp, makeTensor, type OpName, type Tensor } from "../tensor/tensor.ts";

export interface Rewriter {
  visit(tensor: Tensor): Tensor;
}

export interface RewriteRules {
  /** Before the operands are visited: returns the replacement, or undefined to continue. */
  before?: (tensor: Tensor) => Tensor | undefined;
  /** After the operands were rewritten: returns the replacement of the rebuilt node, or undefined to keep it. */
  after?: (tensor: Tensor) => Tensor | undefined;
}

/**
 * A memoized rewriting of graphs. Bodies of scans are rewritten by the same rules; their placeholders stay, so that
 * stacked outputs still refer to their tensors. Nodes that compute the same value are merged (common subexpressions).
 */
export function rewriter(rules: RewriteRules | ((tensor: Tensor) => Tensor | undefined)): Rewriter {
  const { before, after } = typeof rules === "function" ? { before: rules, after: undefined } : rules;
  const memo = new Map<Tensor, Tensor>();
  const known = new Map<string, Tensor>();

  function visit(tensor: Tensor): Tensor {
    const seen = memo.get(tensor);
    if (seen) return seen;
    let result = before?.(tensor);
    if (!result) {
      result = shared(rebuild(tensor));
      const replaced = after?.(result);
      if (replaced && replaced !== result) result = shared(replaced);
    }
    memo.set(tensor, result);
    return result;
  }

  function shared(tensor: Tensor): Tensor {
    if (tensor.op === "scan" || tensor.op === "input") return tensor;
    const key = identity(tensor);
    const twin = known.get(key);
    if (twin) return twin;
    known.set(key, tensor);
    return tensor;
  }

  function rebuild(tensor: Tensor): Tensor {
    if (isOp(tensor, "scan")) {
      const { body, reverse } = tensor.attrs;
      const { initial, xs } = scanOperands(tensor);
      const newInitial = initial.map(visit);
      const newXs = xs.map(visit);
      const next = body.next.map(visit);
      const same = sameNodes(next, body.next) && sameNodes(newInitial, initial) && sameNodes(newXs, xs);
      return same ? tensor : makeScan({ ...body, next }, newInitial, newXs, reverse);
    }
    if (isOp(tensor, "scanStacked")) {
      const loop = visit(tensor.inputs[0]!);
      const inner = visit(tensor.attrs.tensor);
      return loop === tensor.inputs[0] && inner === tensor.attrs.tensor ? tensor : stackedOf(loop, inner);
    }
    const inputs = tensor.inputs.map(visit);
    return sameNodes(inputs, tensor.inputs) ? tensor : withInputs(tensor, inputs);
  }
  return { visit };
}

const sameNodes = (a: readonly Tensor[], b: readonly Tensor[]): boolean => a.every((tensor, i) => tensor === b[i]);

/** The same operation over other operands. */
export function withInputs<K extends OpName>(tensor: Tensor<K>, inputs: readonly Tensor[]): Tensor {
  if (tensor.op === "input" || tensor.op === "constant") {
    return makeTensor(tensor.op, inputs, tensor.attrs, tensor.shape, tensor.dtype);
  }
  return apply(tensor.op, inputs, tensor.attrs);
}

/** Two tensors with the same identity compute the same. */
function identity(tensor: Tensor): string {
  const attrs = isOp(tensor, "scanStacked")
    ? tensor.attrs.tensor.id
    : isOp(tensor, "constant")
      ? String(tensor.attrs.value) // JSON has one word for NaN and both infinities
      : written(tensor.attrs);
  const shape = tensor.op === "constant" ? `${tensor.shape}${tensor.dtype}` : "";
  let key = `${tensor.op}|${attrs}|${shape}`;
  for (const { id } of tensor.inputs) key += `|${id}`;
  return key;
}

/** Attributes as JSON, once for each object: rebuilt nodes share theirs. */
const texts = new WeakMap<object, string>();
function written(attrs: object): string {
  const text = texts.get(attrs) ?? JSON.stringify(attrs);
  texts.set(attrs, text);
  return text;
}
