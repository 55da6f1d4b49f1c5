// The work of a region in order of level, as kernels and loops.
import { product } from "../../tensor/shape.ts";
import { isOp, type Tensor } from "../../tensor/tensor.ts";
import type { Loop } from "./code.ts";
import type { Lowering, Unit } from "./lowering.ts";
import { keepsIndex, mapKernel, type Piece } from "./map.ts";
import { isProduct, productKernel, productShape } from "./matmul.ts";
import { reduceKernel } from "./reduce.ts";
import { isRowOp, rowKernel } from "./rows.ts";
import { scatterKernel, sortKernel } from "./scatter.ts";
import { chooseChunks, chooseTiles } from "./tiles.ts";

export type Item =
  | { readonly kind: "map"; readonly level: number; readonly pieces: Piece[] }
  | { readonly kind: "heavy"; readonly level: number; readonly tensor: Tensor }
  | { readonly kind: "loop"; readonly level: number; readonly tensor: Tensor<"scan"> };

interface Around {
  readonly member: ReadonlySet<Tensor>;
  readonly loop: Loop | undefined;
}

export function itemsToUnits(builder: Lowering, all: readonly Item[], { member, loop }: Around): Unit[] {
  const { homes } = builder.environment;
  const reads = new Map(all.map((item) => [item, readsOf(item, member, homes)]));
  const items = delayMaps(all, reads, member, homes);
  const fused = new Set<Item>();
  const epilogues = new Map<Item, { item: Item & { kind: "heavy" }; gates: number }>();
  // A product whose first reader is element-wise is computed with it, later than it could be.
  for (const map of items) {
    if (map.kind !== "map") continue;
    for (const item of [...items].reverse()) {
      if (item.kind !== "heavy" || !isProduct(item.tensor) || item.level >= map.level || fused.has(item)) continue;
      const readers = items.filter((other) => reads.get(other)!.has(item.tensor));
      if (!readers.includes(map) || readers.some((other) => other !== map && other.level <= map.level)) continue;
      const gates = gatesOf(builder, item.tensor, map.pieces);
      if (gates === undefined) continue;
      fused.add(item);
      epilogues.set(map, { item, gates });
      break;
    }
  }
  return items.flatMap((item): Unit[] => {
    if (fused.has(item)) return [];
    if (item.kind === "loop") return builder.lowerLoop(item.tensor, loop);
    if (item.kind === "heavy") return heavyUnits(builder, item.tensor, loop);
    const epilogue = epilogues.get(item);
    if (epilogue) {
      const unit = withEpilogue(builder, epilogue.item.tensor as Tensor<"matmul">, epilogue.gates, item.pieces, loop);
      if (unit) return [unit];
      return [...heavyUnits(builder, epilogue.item.tensor, loop), mapUnit(builder, item.pieces, loop)];
    }
    return [mapUnit(builder, item.pieces, loop)];
  });
}

/**
 * What an item reads from memory that the region computes, and whether each of its elements reads the element at its own
 * place alone.
 */
function readsOf(
  item: Item,
  member: ReadonlySet<Tensor>,
  homes: Lowering["environment"]["homes"],
): Map<Tensor, { same: boolean }> {
  const found = new Map<Tensor, { same: boolean }>();
  const seen = new Map<Tensor, boolean>();
  const visit = (tensor: Tensor, same: boolean) => {
    const known = seen.get(tensor);
    if (known === false || known === same || !member.has(tensor)) return;
    seen.set(tensor, same);
    if (homes.has(tensor) || tensor.op.startsWith("scan")) found.set(tensor, { same });
    else for (const x of tensor.inputs) visit(x, same && keepsIndex(tensor, x));
  };
  if (item.kind === "map")
    for (const { value, define } of item.pieces) {
      if (!define) visit(value, true);
      else for (const x of value.inputs) visit(x, keepsIndex(value, x));
    }
  else for (const x of item.tensor.inputs) visit(x, false);
  // What a loop hands out may capture more than the loop itself.
  if (item.kind === "loop")
    for (const tensor of member)
      if (isOp(tensor, "scanStacked") && tensor.inputs[0] === item.tensor)
        for (const x of tensor.inputs.slice(1)) visit(x, false);
  return found;
}

/** Element-wise work moves to a later kernel of the same size where nobody needs it before. */
function delayMaps(
  items: readonly Item[],
  reads: Map<Item, Map<Tensor, { same: boolean }>>,
  member: ReadonlySet<Tensor>,
  homes: Lowering["environment"]["homes"],
): Item[] {
  const gone = new Set<Item>();
  for (const from of [...items].reverse()) {
    if (from.kind !== "map") continue;
    const made = [...new Set(from.pieces.flatMap(({ value, define }) => (define ? [value] : [])))];
    const whole = new Set(from.pieces.map(({ home }) => home.place));
    const into = items.find((to) => {
      if (to.kind !== "map" || gone.has(to) || to.level <= from.level) return false;
      if (product(to.pieces[0]!.value.shape) !== product(from.pieces[0]!.value.shape)) return false;
      return items.every((reader) => {
        if (gone.has(reader) || reader === from) return true;
        const own = reads.get(reader)!;
        for (const tensor of own.keys()) {
          const touched = made.includes(tensor) || whole.has(homes.get(tensor)?.place as never);
          if (!touched) continue;
          const fine = reader.level > to.level || (reader === to && made.includes(tensor) && own.get(tensor)!.same);
          if (!fine) return false;
        }
        return true;
      });
    });
    if (into?.kind !== "map") continue;
    into.pieces.unshift(...from.pieces);
    gone.add(from);
    reads.set(into, readsOf(into, member, homes));
  }
  return items.filter((item) => !gone.has(item));
}

/** Columns of the product for each column of the pieces, where their shapes allow an epilogue. */
function gatesOf(builder: Lowering, tensor: Tensor<"matmul">, pieces: readonly Piece[]): number | undefined {
  const { m, n, batch } = productShape(builder.environment, tensor);
  const { shape } = pieces[0]!.value;
  const size = product([...batch, m, n]);
  if (product(shape) === size) return 1;
  const units = shape.at(-1);
  if (shape.length !== 2 || tensor.shape.length !== 2 || shape[0] !== m) return undefined;
  if (typeof n !== "number" || typeof units !== "number" || n % units || n / units > 8) return undefined;
  return n / units;
}

function lengthsOf(builder: Lowering, tensor: Tensor<"matmul">, gates: number) {
  const { m, n, k, batch } = productShape(builder.environment, tensor);
  const { size } = builder;
  return { rows: size(m), units: size(n) / gates, gates, depth: size(k), matrices: size(product(batch)) };
}

const mapUnit = (builder: Lowering, pieces: readonly Piece[], loop: Loop | undefined): Unit =>
  builder.kernel(mapKernel(builder.environment, pieces, loop), { pieces });

function withEpilogue(
  builder: Lowering,
  tensor: Tensor<"matmul">,
  gates: number,
  pieces: readonly Piece[],
  loop: Loop | undefined,
): Unit | undefined {
  const { environment } = builder;
  const tiles = chooseTiles(lengthsOf(builder, tensor, gates), builder.mostThreads, true);
  const spec = { tensor, gates, tiles, pieces, to: environment.homes.get(tensor)!, loop };
  const draft = productKernel(environment, spec);
  return draft && builder.kernel(draft, { spec });
}

function heavyUnits(builder: Lowering, tensor: Tensor, loop: Loop | undefined): Unit[] {
  const { environment, size } = builder;
  const to = environment.homes.get(tensor)!;
  if (isProduct(tensor)) {
    const lengths = lengthsOf(builder, tensor, 1);
    const tiles = chooseTiles(lengths, builder.mostThreads, loop !== undefined || lengths.units % 4 > 0);
    const chunks = loop ? 1 : chooseChunks(lengths, tiles);
    if (chunks === 1) {
      const spec = { tensor, gates: 1, tiles, pieces: [], to, loop };
      return [builder.kernel(productKernel(environment, spec)!, { spec })];
    }
    const parts = builder.scratch([chunks, ...tensor.shape], "float");
    const place = environment.homes.get(parts)!;
    const product_ = productKernel(environment, { tensor, gates: 1, tiles, pieces: [], to: place, chunks, loop })!;
    return [
      builder.kernel(product_),
      builder.kernel(
        reduceKernel(environment, { op: "sum", from: parts, axes: [0], to, chunks: 1 }, loop, lanesFor(chunks)),
      ),
    ];
  }
  if (isRowOp(tensor))
    return [builder.kernel(rowKernel(environment, tensor, to, loop, lanesFor(size(tensor.inputs[0]!.shape.at(-1)!))))];
  if (isOp(tensor, "scatterAdd")) {
    const order = builder.place(tensor.inputs[0]!.shape);
    return [
      builder.kernel(sortKernel(environment, tensor.inputs[0]!, order, loop)),
      builder.kernel(scatterKernel(environment, tensor, order, to, loop)),
    ];
  }
  const {
    op,
    attrs: { axes },
  } = tensor as Tensor<"sum"> | Tensor<"max">;
  const from = tensor.inputs[0]!;
  const reduced = size(product(axes.map((axis) => from.shape[axis]!)));
  const outputs = size(product(tensor.shape));
  const lanes = lanesFor(reduced);
  const groups = Math.ceil((outputs * lanes) / 256);
  const chunks = Math.max(1, Math.min(256, Math.floor(256 / groups), Math.floor(reduced / (lanes * 8))));
  if (chunks === 1) return [builder.kernel(reduceKernel(environment, { op, from, axes, to, chunks }, loop, lanes))];
  const parts = builder.scratch(
    [chunks, ...tensor.shape.filter((_, i) => !attrsKeep(tensor) || !axes.includes(i))],
    from.dtype,
  );
  return [
    builder.kernel(
      reduceKernel(environment, { op, from, axes, to: environment.homes.get(parts)!, chunks }, loop, lanes),
    ),
    builder.kernel(reduceKernel(environment, { op, from: parts, axes: [0], to, chunks: 1 }, loop, lanesFor(chunks))),
  ];
}

const attrsKeep = (tensor: Tensor): boolean => (tensor as Tensor<"sum">).attrs.keepDims;

/** Threads for a row of this length: a power of two, some elements each. */
function lanesFor(length: number): number {
  let lanes = 1;
  while (lanes < 256 && lanes * 4 < length) lanes *= 2;
  return lanes;
}
