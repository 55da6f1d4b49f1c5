// Sums and greatest elements over axes. Threads of a workgroup share an output; many inputs for few outputs are cut into
// chunks whose results are reduced again. The order of sums depends on lengths alone.
import { type Dim, product, type Shape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Code, Home, Loop } from "./code.ts";
import { Draft, type Environment, wgslType } from "./draft.ts";
import { read } from "./emit.ts";
import { coordinatesOf, type Index } from "./index-of.ts";

export interface Reduction {
  readonly op: "sum" | "max";
  /** What is read; `axes` of it are reduced. */
  readonly from: Tensor;
  readonly axes: readonly number[];
  readonly to: Home;
  /** Chunks of the reduced elements; the result then has one more axis in front. */
  readonly chunks: number;
}

const threads = 256;

export function reduceKernel(
  environment: Environment,
  reduction: Reduction,
  loop: Loop | undefined,
  lanes: number,
): Draft {
  const { from, axes, op, chunks, to } = reduction;
  const { parameters } = environment;
  const kept = from.shape.map((_, i) => i).filter((i) => !axes.includes(i));
  const keptShape = kept.map((i) => from.shape[i]!);
  const outputs = product(keptShape);
  const reduced = product(axes.map((i) => from.shape[i]!));
  const inRow = axes.includes(from.shape.length - 1);
  const side = threads / lanes; // outputs of a workgroup
  const groups = parameters.groups((size) => Math.min(Math.ceil(size(outputs) / side) * chunks, 32768));
  const draft = new Draft(environment, op, threads, loop, groups);
  const type = wgslType[from.dtype];
  draft.workgroup.push(`var<workgroup> W: array<${type}, ${threads}>;`);
  const { body } = draft;
  const blocks = body.let(`((${parameters.dim(outputs)} + ${side - 1}u) / ${side}u)`);
  // Neighboring threads read neighboring elements.
  const lane = body.let(inRow ? `(lid % ${lanes}u)` : `(lid / ${side}u)`);
  const own = body.let(inRow ? `(lid / ${lanes}u)` : `(lid % ${side}u)`);
  const stride = inRow ? 1 : side;
  body.block(`for (var block = wg.x; block < ${blocks} * ${chunks}u; block += ${groups})`, (code) => {
    const output = code.let(`((block % ${blocks}) * ${side}u + ${own})`);
    const chunk = code.let(`(block / ${blocks})`);
    const total = parameters.dim(reduced);
    const length = code.let(`((${total} + ${chunks - 1}u) / ${chunks}u)`);
    const end = code.let(`min(${total}, (${chunk} + 1u) * ${length})`);
    const start = code.let(`(${chunk} * ${length} + ${lane})`);
    const live = code.let(`(${output} < ${parameters.dim(outputs)})`);
    const lowest = from.dtype === "int" ? "-2147483647i" : "-3.4028234e38";
    code.add(`var total: ${type} = ${op === "sum" ? (from.dtype === "int" ? "0i" : "0.0") : lowest};`);
    const outer = coordinatesOf({ shape: keptShape, flat: output }, code, parameters);
    code.block(`if (${live})`, (branch) =>
      branch.block(`for (var r = ${start}; r < ${end}; r += ${lanes}u)`, (inner) => {
        const index = inputIndex(from.shape, axes, kept, outer, "r", inner, draft);
        const value = read({ draft, own: new Set() }, from, index, inner);
        inner.add(op === "sum" ? `total += ${value};` : `total = max(total, ${value});`);
      }),
    );
    code.add(`W[lid] = total;`);
    for (let step = lanes / 2; step >= 1; step /= 2) {
      const other = `W[lid + ${step * stride}u]`;
      code.add(
        "workgroupBarrier();",
        `if (${lane} < ${step}u) { W[lid] = ${op === "sum" ? `W[lid] + ${other}` : `max(W[lid], ${other})`}; }`,
      );
    }
    code.block(`if (${live} && ${lane} == 0u)`, (branch) => {
      const flat = chunks > 1 ? branch.let(`(${chunk} * ${parameters.dim(outputs)} + ${output})`) : output;
      draft.store(to, from.dtype, { shape: to.place.shape, flat }, "W[lid]", branch);
    });
    code.add("workgroupBarrier();");
  });
  return draft;
}

/** The element of the input for an output and a number among the reduced elements. */
function inputIndex(
  shape: Shape,
  axes: readonly number[],
  kept: readonly number[],
  outer: ReturnType<typeof coordinatesOf>,
  r: string,
  code: Code,
  draft: Draft,
): Index {
  const { parameters } = draft.environment;
  // Reduced axes are the first or the last: one multiplication.
  const lastKept = kept.at(-1) ?? -1;
  const firstReduced = axes[0] ?? 0;
  const all: Dim = product(kept.map((i) => shape[i]!));
  if (kept.length === 0) return { shape, flat: r };
  if (lastKept < firstReduced) {
    const o = flatten(shape, kept, outer, code, draft);
    return { shape, flat: code.let(`(${o} * ${parameters.dim(product(axes.map((i) => shape[i]!)))} + ${r})`) };
  }
  if (axes.at(-1)! < kept[0]!) {
    const o = flatten(shape, kept, outer, code, draft);
    return { shape, flat: code.let(`(${r} * ${parameters.dim(all)} + ${o})`) };
  }
  const inner = coordinatesOf({ shape: axes.map((i) => shape[i]!), flat: r }, code, parameters);
  return {
    shape,
    coordinates: shape.map((_, i) => (axes.includes(i) ? inner[axes.indexOf(i)]! : outer[kept.indexOf(i)]!)),
  };
}

function flatten(
  shape: Shape,
  kept: readonly number[],
  outer: ReturnType<typeof coordinatesOf>,
  code: Code,
  draft: Draft,
): string {
  const { parameters } = draft.environment;
  let text = "0u";
  for (const [k, i] of kept.entries()) {
    const own = outer[k]!.base;
    text = text === "0u" ? own : `(${text} * ${parameters.dim(shape[i]!)} + ${own})`;
  }
  return code.let(text);
}
