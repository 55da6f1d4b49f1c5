// Tensors that are memory read in another order: slices, transposes and reshapes of what lies somewhere. A product
// reads such operands straight from memory.
import { type Dim, product, type Shape } from "../../tensor/shape.ts";
import { isOp, type Tensor } from "../../tensor/tensor.ts";
import type { Home, Loop } from "./code.ts";
import type { Draft, Environment } from "./draft.ts";

export interface View {
  readonly home: Home;
  /** Elements from one index of an axis to the next. */
  readonly strides: readonly Dim[];
  /** Added to the first element. */
  readonly offsets: readonly Dim[];
  /** Loops whose place in time moves the first element. */
  readonly times: readonly { readonly loop: Loop; readonly stride: Dim }[];
}

const rowMajor = (shape: Shape): Dim[] => shape.map((_, axis) => product(shape.slice(axis + 1)));

/** The tensor as a view of memory, or undefined where it must be computed first. */
export function viewOf({ homes, slices }: Pick<Environment, "homes" | "slices">, tensor: Tensor): View | undefined {
  const env = { homes, slices };
  const slice = slices.get(tensor);
  if (slice) {
    const outer = viewOf(env, slice.outer);
    if (!outer) return undefined;
    const [stride, ...strides] = outer.strides as [Dim, ...Dim[]];
    return { ...outer, strides, times: [...outer.times, { loop: slice.loop, stride }] };
  }
  const home = homes.get(tensor);
  if (home) return home.part ? undefined : { home, strides: rowMajor(tensor.shape), offsets: [], times: [] };
  const from = tensor.inputs[0];
  const view = from && viewOf(env, from);
  if (!view) return undefined;
  if (isOp(tensor, "transpose")) return { ...view, strides: tensor.attrs.perm.map((axis) => view.strides[axis]!) };
  if (isOp(tensor, "slice")) {
    const { axis, start } = tensor.attrs;
    return { ...view, offsets: [...view.offsets, product([start, view.strides[axis]!])] };
  }
  if (isOp(tensor, "broadcastTo")) {
    const lead = tensor.shape.length - from.shape.length;
    const strides = tensor.shape.map((dim, i): Dim => {
      const own = from.shape[i - lead];
      return own === undefined || (own === 1 && dim !== 1) ? 0 : view.strides[i - lead]!;
    });
    return { ...view, strides };
  }
  if (isOp(tensor, "reshape")) {
    const plain = rowMajor(from.shape).every((stride, i) => from.shape[i] === 1 || stride === view.strides[i]);
    return plain ? { ...view, strides: rowMajor(tensor.shape) } : undefined;
  }
  return undefined;
}

/** The address of the first element. */
export function viewBase(draft: Draft, { home, offsets, times }: View): string {
  const { parameters } = draft.environment;
  const terms = [
    draft.base(home),
    ...offsets.filter((dim) => dim !== 0).map((dim) => parameters.dim(dim)),
    ...times.map(({ loop, stride }) => `${draft.step(loop).time} * ${parameters.dim(stride)}`),
  ];
  return terms.length === 1 ? terms[0]! : draft.head.let(`(${terms.join(" + ")})`);
}

/** Whether a length is a multiple of four whatever the named axes are. */
export function byFour(dim: Dim): boolean {
  if (typeof dim === "number") return dim % 4 === 0;
  const factor = /^\d+/.exec(dim);
  return factor !== null && Number(factor[0]) % 4 === 0;
}

/** Whether every address of the view at multiples of four along its unit axis is one. */
export const alignedBase = ({ home, offsets, times }: View): boolean =>
  (!home.copy || byFour(product(home.place.shape))) &&
  offsets.every(byFour) &&
  times.every(({ stride }) => byFour(stride));
