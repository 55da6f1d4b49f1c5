// Staging of a product's operand: a tile of it goes from memory to workgroup memory as [term][rows / 4], whichever way
// it lies. Rows past the end repeat the last one (their sums are not stored); terms past the end are zeros.
import type { Dim } from "../../tensor/shape.ts";
import type { Area, Code } from "./code.ts";
import type { Draft } from "./draft.ts";

/** An operand as rows of terms: `element` reads one; `along` says which axis lies in memory without gaps. */
export interface Operand {
  readonly base: string | undefined;
  readonly rowStride: Dim;
  readonly termStride: Dim;
  readonly along: "rows" | "terms" | "neither";
  readonly k: Dim;
  readonly area: Area;
  element(row: string, term: string, code: Code): string;
}

export interface Tile {
  readonly name: string;
  /** First row (of the first gate). */
  readonly first: string;
  /** Number of rows (of one gate). */
  readonly length: Dim;
  /** Rows of the tile, all gates. */
  readonly tile: number;
  /** In the tile, row u * gates + g is row g * units + u of the operand. */
  readonly gates: number;
  readonly units: Dim;
}

export interface Fill {
  readonly depth: number;
  readonly threads: number;
  /** Where the terms end. */
  readonly to: string;
  /** Place in workgroup memory, and words from one term to the next. */
  readonly at: number;
  readonly stride: number;
}

/** Writes the code that fills the tile for the terms from k0 on. */
export function stage(draft: Draft, operand: Operand, tile: Tile): (code: Code, fill: Fill) => void {
  const { parameters } = draft.environment;
  const along = operand.along === "rows" && tile.gates > 1 ? "neither" : operand.along;
  const last = `${parameters.dim(tile.length)} - 1u`;
  /** The operand's row for a row of the tile. */
  const rowAt = (code: Code, row: string): string => {
    if (tile.gates === 1) return code.let(`min(${tile.first} + ${row}, ${last})`);
    const units = parameters.dim(tile.units);
    return code.let(`((${row}) % ${tile.gates}u * ${units} + min(${tile.first} + (${row}) / ${tile.gates}u, ${last}))`);
  };
  return (code, { depth, threads, to, at, stride }) => {
    const quads = tile.tile / 4;
    const blocks = (depth / 4) * quads;
    // Two neighboring threads read neighboring terms of a row; the others its neighbors.
    code.block(`for (var n = lid; n < ${blocks}u; n += ${threads}u)`, (each) => {
      const pair = depth >= 8 ? 2 : 1;
      const quad = along === "rows" ? each.let(`(n % ${quads}u)`) : each.let(`(n / ${pair}u % ${quads}u)`);
      const terms =
        along === "rows"
          ? each.let(`(n / ${quads}u * 4u)`)
          : each.let(`((n / ${pair * quads}u * ${pair}u + n % ${pair}u) * 4u)`);
      const k = each.let(`(k0 + ${terms})`);
      const put = (term: number, value: string) =>
        each.add(`W[${at}u + (${terms} + ${term}u) * ${stride}u + ${quad}] = ${value};`);
      if (along === "terms") {
        for (let j = 0; j < 4; j++) {
          const row = rowAt(each, `${quad} * 4u + ${j}u`);
          each.add(
            `let ${tile.name}${j} = ${quadAt(each, `${operand.base} + ${row} * ${parameters.dim(operand.rowStride)} + min(${k}, ${parameters.dim(operand.k)} - 4u)`, `${k} < ${to}`)};`,
          );
        }
        for (let term = 0; term < 4; term++)
          put(term, `vec4<f32>(${[0, 1, 2, 3].map((j) => `${tile.name}${j}.${"xyzw"[term]}`).join(", ")})`);
      } else if (along === "rows") {
        const row = each.let(`min(${tile.first} + ${quad} * 4u, ${parameters.dim(tile.length)} - 4u)`);
        for (let term = 0; term < 4; term++) {
          const own = each.let(`(${k} + ${term}u)`);
          put(
            term,
            quadAt(
              each,
              `${operand.base} + min(${own}, ${parameters.dim(operand.k)} - 1u) * ${parameters.dim(operand.termStride)} + ${row}`,
              `${own} < ${to}`,
            ),
          );
        }
      } else {
        const rows = [0, 1, 2, 3].map((j) => rowAt(each, `${quad} * 4u + ${j}u`));
        for (let term = 0; term < 4; term++) {
          const own = each.let(`(${k} + ${term}u)`);
          const inside = each.let(`min(${own}, ${parameters.dim(operand.k)} - 1u)`);
          const values = rows.map((row) => operand.element(row, inside, each));
          put(term, `select(vec4<f32>(), vec4<f32>(${values.join(", ")}), ${own} < ${to})`);
        }
      }
    });
  };

  function quadAt(code: Code, address: string, inside: string): string {
    const memory = operand.area === "store" ? "S" : "A";
    return `select(vec4<f32>(), bitcast<vec4<f32>>(${memory}[${code.let(`((${address}) >> 2u)`)}]), ${inside})`;
  }
}
