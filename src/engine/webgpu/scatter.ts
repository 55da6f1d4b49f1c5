// Sums of rows by id, the gradient of a look-up. WGSL has no atomic float addition, and it would not be deterministic:
// the places of the updates are sorted by id first, then each element adds its own updates in their order.
import { product } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Home, Loop, Place } from "./code.ts";
import { Draft, type Environment, wgslType } from "./draft.ts";
import { read } from "./emit.ts";

const threads = 64;

/** order[rank of n] = n, where ranks go by id, then by place: n counts the smaller ones itself. */
export function sortKernel(environment: Environment, ids: Tensor, order: Place, loop: Loop | undefined): Draft {
  const { parameters } = environment;
  const count = product(ids.shape);
  const groups = parameters.groups((size) => Math.min(Math.ceil(size(count) / threads), 32768));
  const draft = new Draft(environment, "sort", threads, loop, groups);
  const total = parameters.dim(count);
  const reader = { draft, own: new Set<Tensor>() };
  draft.body.block(`for (var i = wg.x * ${threads}u + lid; i < ${total}; i += ${groups} * ${threads}u)`, (code) => {
    const own = read(reader, ids, { shape: ids.shape, flat: "i" }, code);
    code.add("var rank = 0u;");
    code.block(`for (var j = 0u; j < ${total}; j++)`, (inner) => {
      const other = read(reader, ids, { shape: ids.shape, flat: "j" }, inner);
      inner.add(`rank += select(0u, 1u, ${other} < ${own} || (${other} == ${own} && j < i));`);
    });
    draft.store({ place: order }, "int", { shape: ids.shape, flat: "rank" }, "i32(i)", code);
  });
  return draft;
}

export function scatterKernel(
  environment: Environment,
  tensor: Tensor,
  order: Place,
  to: Home,
  loop: Loop | undefined,
): Draft {
  const { parameters } = environment;
  const [ids, updates] = tensor.inputs as [Tensor, Tensor];
  const width = product(tensor.shape.slice(1));
  const size = product(tensor.shape);
  const groups = parameters.groups((lengths) => Math.min(Math.ceil(lengths(size) / threads), 16384));
  const draft = new Draft(environment, "scatterAdd", threads, loop, groups);
  const reader = { draft, own: new Set<Tensor>() };
  const count = parameters.dim(product(ids.shape));
  const type = wgslType[tensor.dtype];
  draft.body.block(
    `for (var i = wg.x * ${threads}u + lid; i < ${parameters.dim(size)}; i += ${groups} * ${threads}u)`,
    (code) => {
      const row = code.let(`i32(i / ${parameters.dim(width)})`);
      const column = code.let(`(i % ${parameters.dim(width)})`);
      // The first update of this row, by halving.
      code.add("var low = 0u;", `var high = ${count};`);
      code.block("while (low < high)", (inner) => {
        inner.add("let middle = (low + high) / 2u;");
        const n = draft.load({ place: order }, "int", { shape: ids.shape, flat: "middle" }, inner);
        const id = read(reader, ids, { shape: ids.shape, flat: inner.let(`u32(${n})`) }, inner);
        inner.add(`if (${id} < ${row}) { low = middle + 1u; } else { high = middle; }`);
      });
      code.add(`var total: ${type} = ${tensor.dtype === "int" ? "0i" : "0.0"};`);
      code.block(`for (; low < ${count}; low++)`, (inner) => {
        const n = inner.let(`u32(${draft.load({ place: order }, "int", { shape: ids.shape, flat: "low" }, inner)})`);
        const id = read(reader, ids, { shape: ids.shape, flat: n }, inner);
        inner.add(`if (${id} != ${row}) { break; }`);
        const flat = inner.let(`(${n} * ${parameters.dim(width)} + ${column})`);
        inner.add(`total += ${read(reader, updates, { shape: updates.shape, flat }, inner)};`);
      });
      draft.store(to, tensor.dtype, { shape: tensor.shape, flat: "i" }, "total", code);
    },
  );
  return draft;
}
