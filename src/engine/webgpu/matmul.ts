// Products. A workgroup computes a tile: both operands are staged in workgroup memory as [k][rows], and each thread
// keeps a small block of sums in registers. What follows a product element by element (bias, gates, the cell's
// arithmetic) is done on the tile before anything is stored: the epilogue.
import { type Dim, product } from "../../tensor/shape.ts";
import { isOp, type Tensor } from "../../tensor/tensor.ts";
import type { Code, Home, Loop } from "./code.ts";
import { Draft, type Environment } from "./draft.ts";
import { read } from "./emit.ts";
import { at, type Coordinate, coordinatesOf, type Index, indexKey } from "./index-of.ts";
import { type Piece, storePieces } from "./map.ts";
import { type Operand, stage } from "./stage.ts";
import { alignedBase, byFour, type View, viewBase, viewOf } from "./views.ts";

/** Sizes of the tile and of a thread's block. */
export interface Tiles {
  /** Rows of the result in a workgroup's tile, and in a thread's block. */
  readonly rows: number;
  readonly threadRows: number;
  /** Units (columns of the epilogue; each has a column of every gate), likewise. */
  readonly units: number;
  readonly threadUnits: number;
  /** Terms of the sums that are staged at a time. */
  readonly depth: number;
  /** Groups of threads that share the terms among them. */
  readonly split: number;
}

export interface ProductSpec {
  readonly tensor: Tensor<"matmul">;
  /** Columns of the product that belong to one column of the epilogue: 4 gates for an LSTM, 1 without an epilogue in parts. */
  readonly gates: number;
  readonly tiles: Tiles;
  /** What is stored, all of the shape [rows, units]. */
  readonly pieces: readonly Piece[];
  /** Where the product itself goes, if it is needed as it is. */
  readonly to?: Home;
  /** Parts of the sum, each by workgroups of its own; the result then has one more axis in front. */
  readonly chunks?: number;
  /** Work of the loop's next step that needs this product, of the same shape. */
  readonly later?: { readonly pieces: readonly Piece[]; readonly states: ReadonlyMap<Tensor, Tensor> };
  readonly loop: Loop | undefined;
}

export interface ProductShape {
  readonly m: Dim;
  readonly n: Dim;
  readonly k: Dim;
  /** Leading axes that are matrices apart; empty where they are rows of one. */
  readonly batch: readonly Dim[];
}

/** Rows, columns and terms of a product. With a matrix at the right, leading axes of the left are rows. */
export function productShape(environment: Environment, { inputs, attrs, shape }: Tensor<"matmul">): ProductShape {
  const [a, b] = inputs as [Tensor, Tensor];
  const [m, n] = shape.slice(-2) as [Dim, Dim];
  const k = a.shape.at(attrs.transA ? -2 : -1)!;
  const batch = shape.slice(0, -2);
  const view = viewOf(environment, a);
  const joined =
    batch.length > 0 &&
    b.shape.length === 2 &&
    !attrs.transA &&
    a.shape.length === shape.length &&
    (!view || batch.every((_, i) => view.strides[i] === product([view.strides[i + 1]!, a.shape[i + 1]!])));
  return joined ? { m: product([...batch, m]), n, k, batch: [] } : { m, n, k, batch };
}

/** The kernel, or undefined where the epilogue reads the product in another way than part by part. */
export function productKernel(environment: Environment, spec: ProductSpec): Draft | undefined {
  const { tensor, gates, tiles, loop, chunks = 1 } = spec;
  const { parameters } = environment;
  const shape = productShape(environment, tensor);
  const units: Dim = gates === 1 ? shape.n : (shape.n as number) / gates;
  const threads = (tiles.rows / tiles.threadRows) * (tiles.units / tiles.threadUnits) * tiles.split;
  const columns = tiles.units * gates;
  const matrices = product(shape.batch);
  const groups = parameters.groups((size) =>
    Math.min(
      Math.ceil(size(shape.m) / tiles.rows) * Math.ceil(size(units) / tiles.units) * size(matrices) * chunks,
      32768,
    ),
  );
  const draft = new Draft(environment, "matmul", threads, loop, groups);
  draft.vectors = true;
  const { body } = draft;
  const tilesN = body.let(`((${parameters.dim(units)} + ${tiles.units - 1}u) / ${tiles.units}u)`);
  const tilesM = body.let(`((${parameters.dim(shape.m)} + ${tiles.rows - 1}u) / ${tiles.rows}u)`);
  const count = body.let(`(${tilesN} * ${tilesM} * ${parameters.dim(matrices)} * ${chunks}u)`);
  const threadColumns = tiles.units / tiles.threadUnits;
  const perSplit = threads / tiles.split;
  body.add(
    `let tc = (lid % ${perSplit}u) % ${threadColumns}u;`,
    `let tr = (lid % ${perSplit}u) / ${threadColumns}u;`,
    `let part = lid / ${perSplit}u;`,
  );
  let supported = true;
  body.block(`for (var tile = wg.x; tile < ${count}; tile += ${groups})`, (code) => {
    const u0 = code.let(`((tile % ${tilesN}) * ${tiles.units}u)`);
    const m0 = code.let(`(((tile / ${tilesN}) % ${tilesM}) * ${tiles.rows}u)`);
    const rest = code.let(`(tile / (${tilesN} * ${tilesM}))`);
    const matrix = chunks > 1 ? code.let(`(${rest} % ${parameters.dim(matrices)})`) : rest;
    const lead = shape.batch.length ? coordinatesOf({ shape: shape.batch, flat: matrix }, code, parameters) : [];
    const k = parameters.dim(shape.k);
    let [from, to] = ["0u", k];
    if (chunks > 1) {
      const chunk = code.let(`(${rest} / ${parameters.dim(matrices)})`);
      const length = code.let(`((${k} + ${chunks * tiles.depth - 1}u) / ${chunks * tiles.depth}u * ${tiles.depth}u)`);
      from = code.let(`(${chunk} * ${length})`);
      to = code.let(`min(${k}, ${from} + ${length})`);
    }
    const { transA, transB } = tensor.attrs;
    const left = operandOf(draft, tensor.inputs[0]!, shape, lead, transA, code);
    const right = operandOf(draft, tensor.inputs[1]!, shape, lead, !transB, code);
    const words = accumulate(code, {
      spec,
      shape,
      threads,
      from,
      to,
      left: stage(draft, left, { name: "a", first: m0, length: shape.m, tile: tiles.rows, gates: 1, units: shape.m }),
      right: stage(draft, right, { name: "b", first: u0, length: units, tile: columns, gates, units }),
    });
    const plain =
      spec.pieces.length === 0 &&
      gates === 1 &&
      tiles.split === 1 &&
      !spec.later &&
      spec.to &&
      !spec.to.part &&
      byFour(shape.n);
    if (plain) storeSums(draft, code, { spec, shape, units, threads, m0, u0, matrix, rest });
    else supported = finish(draft, code, { spec, shape, units, threads, m0, u0, matrix, rest }) && supported;
    const needed = plain ? words : Math.max(words, (tiles.rows * columns) / 4);
    draft.workgroup.push(`var<workgroup> W: array<vec4<f32>, ${needed}>;`);
  });
  return supported ? draft : undefined;
}

/** `turned`: the axes are [terms, rows]. */
function operandOf(
  draft: Draft,
  x: Tensor,
  { batch, k }: ProductShape,
  lead: readonly Coordinate[],
  turned: boolean,
  code: Code,
): Operand {
  const { parameters } = draft.environment;
  const own = x.shape.length - 2;
  const joined = batch.length === 0 && own > 0;
  const view = viewOf(draft.environment, x);
  // Leading axes of the operand, broadcast to those of the product.
  const leading = joined
    ? []
    : x.shape.slice(0, own).map((dim, i) => (dim === 1 ? at("0u") : lead[lead.length - own + i]!));
  if (!view) {
    return {
      base: undefined,
      rowStride: 0,
      termStride: 0,
      along: "neither",
      k,
      area: "arena",
      element(row, term, inner) {
        const [r, c] = turned ? [term, row] : [row, term];
        const index: Index = joined
          ? { shape: x.shape, flat: inner.let(`(${r} * ${parameters.dim(x.shape.at(-1)!)} + ${c})`) }
          : { shape: x.shape, coordinates: [...leading, at(r), at(c)] };
        return read({ draft, own: new Set() }, x, index, inner);
      },
    };
  }
  draft.reads.add(view.home.place);
  draft.scattered.add(view.home.place);
  draft.environment.read.add(view.home.place);
  const [rowStride, termStride] = (
    turned ? [view.strides.at(-1)!, view.strides.at(-2)!] : [view.strides.at(-2)!, view.strides.at(-1)!]
  ) as [Dim, Dim];
  const steps = leading.flatMap(({ base }, i) =>
    base === "0u" || view.strides[i] === 0 ? [] : [`${base} * ${parameters.dim(view.strides[i]!)}`],
  );
  const start = viewBase(draft, view);
  const base = steps.length ? code.let(`(${[start, ...steps].join(" + ")})`) : start;
  const aligned = alignedBase(view) && view.strides.slice(0, own).every(byFour);
  const along = !aligned
    ? "neither"
    : termStride === 1 && byFour(rowStride) && byFour(k)
      ? "terms"
      : rowStride === 1 && byFour(termStride) && byFour(x.shape.at(turned ? -1 : -2)!)
        ? "rows"
        : "neither";
  return {
    base,
    rowStride,
    termStride,
    along,
    k,
    area: view.home.place.area,
    element: (row, term, inner) => elementAt(draft, view, base, rowStride, termStride, row, term, inner),
  };
}

function elementAt(
  draft: Draft,
  view: View,
  base: string,
  rowStride: Dim,
  termStride: Dim,
  row: string,
  term: string,
  code: Code,
): string {
  const { parameters } = draft.environment;
  const address = code.let(
    `(${base} + ${row} * ${parameters.dim(rowStride)} + ${term} * ${parameters.dim(termStride)})`,
  );
  return `bitcast<f32>(${draft.element(view.home.place.area, address)})`;
}

interface Accumulation {
  spec: ProductSpec;
  shape: ProductShape;
  threads: number;
  from: string;
  to: string;
  left: ReturnType<typeof stage>;
  right: ReturnType<typeof stage>;
}

/** The sums of a tile, in the variables s<row>_<quad>; returns the words of workgroup memory that staging takes. */
function accumulate(code: Code, { spec, threads, from, to, left, right }: Accumulation): number {
  const { tiles, gates } = spec;
  const { depth, threadRows, threadUnits, split } = tiles;
  const columns = tiles.units * gates;
  const quads = (threadUnits * gates) / 4;
  const [aRow, bRow] = [tiles.rows / 4 + 1, columns / 4 + 1];
  const bAt = depth * aRow;
  for (let i = 0; i < threadRows; i++) for (let j = 0; j < quads; j++) code.add(`var s${i}_${j} = vec4<f32>();`);
  const fill = { depth, threads, to };
  code.block(`for (var k0 = ${from}; k0 < ${to}; k0 += ${depth}u)`, (loop) => {
    left(loop, { ...fill, at: 0, stride: aRow });
    right(loop, { ...fill, at: bAt, stride: bRow });
    loop.add("workgroupBarrier();");
    const each = depth / split;
    loop.block(`for (var q = 0u; q < ${each}u; q++)`, (inner) => {
      inner.add(`let kk = ${split > 1 ? `part * ${each}u + ` : ""}q;`);
      for (let i = 0; i < threadRows / 4; i++)
        inner.add(`let a${i} = W[kk * ${aRow}u + tr * ${threadRows / 4}u + ${i}u];`);
      for (let j = 0; j < quads; j++) inner.add(`let b${j} = W[${bAt}u + kk * ${bRow}u + tc * ${quads}u + ${j}u];`);
      for (let i = 0; i < threadRows; i++)
        for (let j = 0; j < quads; j++)
          inner.add(`s${i}_${j} = fma(vec4<f32>(a${i >> 2}.${"xyzw"[i & 3]}), b${j}, s${i}_${j});`);
    });
    loop.add("workgroupBarrier();");
  });
  return bAt + depth * bRow;
}

interface Finish {
  spec: ProductSpec;
  shape: ProductShape;
  units: Dim;
  threads: number;
  m0: string;
  u0: string;
  matrix: string;
  rest: string;
}

/** Stores the sums as they are, four at a time. */
function storeSums(draft: Draft, code: Code, { spec, shape, m0, u0, matrix, rest }: Finish): void {
  const { tiles, to, tensor, chunks = 1 } = spec;
  const { parameters } = draft.environment;
  const quads = tiles.threadUnits / 4;
  const [m, n] = [parameters.dim(shape.m), parameters.dim(shape.n)];
  const before = chunks > 1 ? rest : shape.batch.length ? matrix : undefined;
  for (let i = 0; i < tiles.threadRows; i++) {
    const r = code.let(`(${m0} + tr * ${tiles.threadRows}u + ${i}u)`);
    for (let j = 0; j < quads; j++) {
      const c = code.let(`(${u0} + (tc * ${quads}u + ${j}u) * 4u)`);
      code.block(`if (${r} < ${m} && ${c} < ${n})`, (live) => {
        const row = before ? `(${before} * ${m} + ${r})` : r;
        const flat = live.let(`(${row} * ${n} + ${c})`);
        draft.storeQuad(to!, { shape: tensor.shape, flat }, `s${i}_${j}`, live);
      });
    }
  }
}

/** Brings the sums together in workgroup memory, then runs the epilogue with one thread an element. */
function finish(draft: Draft, code: Code, { spec, shape, units, threads, m0, u0, matrix, rest }: Finish): boolean {
  const { tensor, tiles, gates, pieces, to, chunks = 1, later, loop } = spec;
  const { parameters } = draft.environment;
  const quads = (tiles.threadUnits * gates) / 4;
  const row = (tiles.units * gates) / 4;
  const own = (i: number, j: number) => `W[(tr * ${tiles.threadRows}u + ${i}u) * ${row}u + tc * ${quads}u + ${j}u]`;
  for (let part = 0; part < tiles.split; part++) {
    code.block(tiles.split > 1 ? `if (part == ${part}u)` : "", (inner) => {
      for (let i = 0; i < tiles.threadRows; i++)
        for (let j = 0; j < quads; j++) inner.add(`${own(i, j)} = ${part ? `${own(i, j)} + ` : ""}s${i}_${j};`);
    });
    code.add("workgroupBarrier();");
  }
  let supported = true;
  const total = tiles.rows * tiles.units;
  code.block(`for (var e = lid; e < ${total}u; e += ${threads}u)`, (each) => {
    const r = each.let(`(${m0} + e / ${tiles.units}u)`);
    const u = each.let(`(${u0} + e % ${tiles.units}u)`);
    each.block(`if (${r} < ${parameters.dim(shape.m)} && ${u} < ${parameters.dim(units)})`, (live) => {
      const sum = (gate: number): string => {
        const place = live.let(`(e / ${tiles.units}u * ${row * 4}u + e % ${tiles.units}u * ${gates}u + ${gate}u)`);
        return live.let(gates === 4 ? `W[${place} >> 2u].${"xyzw"[gate]}` : `W[${place} >> 2u][${place} & 3u]`);
      };
      const matrices = shape.batch.length ? `${matrix} * ${parameters.dim(shape.m)} + ` : "";
      const flat = live.let(`((${matrices}${r}) * ${parameters.dim(units)} + ${u})`);
      const given = (x: Tensor, index: Index): string | undefined => {
        if (x !== tensor) return undefined;
        const gate = gateOf(index, { flat, r, u, gates, units });
        if (gate === undefined) supported = false;
        return sum(gate ?? 0);
      };
      const coordinates = shape.batch.length === 0 && tensor.shape.length === 2 ? [at(r), at(u)] : undefined;
      storePieces(draft, pieces, flat, coordinates, live, given);
      if (to) {
        for (let gate = 0; gate < gates; gate++) {
          const place =
            gates === 1
              ? flat
              : live.let(
                  `((${matrices}${r}) * ${parameters.dim(shape.n)} + ${parameters.dim(units)} * ${gate}u + ${u})`,
                );
          const whole =
            chunks > 1
              ? live.let(
                  `(${rest} * ${parameters.dim(product([shape.m, shape.n]))} + (${r} * ${parameters.dim(units)} + ${u}))`,
                )
              : place;
          draft.store(
            to,
            "float",
            {
              shape: tensor.shape,
              flat: whole,
              ...(coordinates && gates === 1 && chunks === 1 ? { coordinates } : {}),
            },
            sum(gate),
            live,
          );
        }
      }
      if (later && loop) {
        const now = draft.step(loop);
        // What the next step reads as a state is the value at hand.
        const reader = {
          draft,
          own: new Set(pieces.filter(({ define }) => define).map(({ value }) => value)),
          ownIndex: flat,
          given,
        };
        const values = new Map(
          [...later.states].map(([state, next]) => [
            state,
            read(reader, next, { shape: next.shape, flat, ...(coordinates ? { coordinates } : {}) }, live),
          ]),
        );
        live.block(`if (${now.step} + 1u < ${parameters.dim(loop.time)})`, (next) =>
          draft.oneStepLater(loop, () =>
            storePieces(draft, later.pieces, flat, coordinates, next, (x, index) => {
              const value = values.get(x);
              if (value !== undefined && indexKey(index) !== flat) supported = false;
              return value;
            }),
          ),
        );
      }
    });
  });
  code.add("workgroupBarrier();");
  return supported;
}

/** Which gate an index into the product means, seen from column u of the epilogue. */
function gateOf(
  index: Index,
  { flat, r, u, gates, units }: { flat: string; r: string; u: string; gates: number; units: Dim },
): number | undefined {
  if (gates === 1 && indexKey(index) === flat) return 0;
  const [row, column] = index.coordinates ?? [];
  if (index.coordinates?.length !== 2 || row!.base !== r || row!.add !== 0 || column!.base !== u) return undefined;
  const gate = gates === 1 && column!.add === 0 ? 0 : column!.add / (units as number);
  return Number.isInteger(gate) && gate < gates ? gate : undefined;
}

export const isProduct = (tensor: Tensor): tensor is Tensor<"matmul"> => isOp(tensor, "matmul");
