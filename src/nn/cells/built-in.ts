// The list of built-in cells. A new cell is its own file, an export and a line here: saved models, `--cell`, `summary`,
// `compare` and the conformance laws derive from this list.
import { fail } from "../../base/index.ts";
import type { Cell, CellConfig } from "../cell.ts";
import type { Layer } from "../layer.ts";
import { type RecurrentOptions, recurrent } from "../layers/recurrent.ts";
import { gruCell } from "./gru.ts";
import { gruSimplifiedCell } from "./gru-simplified.ts";
import { layerNormCell } from "./layer-norm-cell.ts";
import { layerNormLstmCell } from "./layer-norm-lstm.ts";
import { type LstmCellOptions, lstmCell } from "./lstm.ts";
import { minGruCell } from "./min-gru.ts";
import { minLstmCell } from "./min-lstm.ts";
import { mogrifierLstmCell } from "./mogrifier-lstm.ts";
import { peepholeLstmCell } from "./peephole-lstm.ts";
import { qrnnCell } from "./qrnn.ts";
import { residualCell } from "./residual-cell.ts";
import { rgLruCell } from "./rg-lru.ts";
import { rnnCell } from "./rnn.ts";
import { sruCell } from "./sru.ts";
import { weightDropCell } from "./weight-drop.ts";
import { zoneoutCell } from "./zoneout.ts";

export { type GruCell, type GruCellOptions, gru, gruCell } from "./gru.ts";
export {
  type GruSimplifiedCell,
  type GruSimplifiedCellOptions,
  gruSimplified,
  gruSimplifiedCell,
} from "./gru-simplified.ts";
export { layerNormCell } from "./layer-norm-cell.ts";
export { type LayerNormLstmCell, layerNormLstm, layerNormLstmCell } from "./layer-norm-lstm.ts";
export { type LstmCell, type LstmCellOptions, lstm, lstmCell } from "./lstm.ts";
export { type MinGruCell, minGru, minGruCell } from "./min-gru.ts";
export { type MinLstmCell, type MinLstmCellOptions, minLstm, minLstmCell } from "./min-lstm.ts";
export {
  type MogrifierLstmCell,
  type MogrifierLstmCellOptions,
  mogrifierLstm,
  mogrifierLstmCell,
} from "./mogrifier-lstm.ts";
export { type PeepholeLstmCell, peepholeLstm, peepholeLstmCell } from "./peephole-lstm.ts";
export { type QrnnCell, qrnn, qrnnCell } from "./qrnn.ts";
export { residualCell } from "./residual-cell.ts";
export { type RgLruCell, type RgLruCellOptions, rgLru, rgLruCell } from "./rg-lru.ts";
export { type RnnCell, type RnnCellOptions, rnn, rnnCell } from "./rnn.ts";
export { type SruCell, type SruCellOptions, sru, sruCell } from "./sru.ts";
export { type WeightDropOptions, weightDropCell } from "./weight-drop.ts";
export { type ZoneoutOptions, zoneoutCell } from "./zoneout.ts";

/** Makers by the names that the command line uses. Variants of a cell follow the maker that takes its options. */
const makers = {
  lstm: lstmCell,
  gru: gruCell,
  rnn: rnnCell,
  "min-gru": minGruCell,
  "min-lstm": minLstmCell,
  sru: sruCell,
  qrnn: qrnnCell,
  "rg-lru": rgLruCell,
  "lstm-mogrifier": mogrifierLstmCell,
  "lstm-layer-norm": layerNormLstmCell,
  "lstm-peephole": peepholeLstmCell,
  "gru-simplified": gruSimplifiedCell,
  "gru-reset-before": () => gruCell({ reset: "before" }),
  "rnn-relu": () => rnnCell({ activation: "relu" }),
  "lstm-zoneout": () => zoneoutCell(lstmCell(), { rate: { h: 0.05, c: 0.5 } }), // the paper's rates
} satisfies Record<string, (options?: object) => Cell>;

/** Cells around another one, by the names that their configs have. */
const wrappers: Readonly<Record<string, (inner: Cell, options: object) => Cell>> = {
  zoneout: zoneoutCell,
  residual: residualCell,
  layerNorm: layerNormCell,
  weightDrop: weightDropCell,
};

/** A name of `--cell`: `lstm`, `gru-reset-before`. */
export type CellName = keyof typeof makers;

/** All names of `--cell`. */
export const cellNames = Object.keys(makers) as CellName[];

/** The built-in cell of this name, with its default options. */
export const builtInCell = (name: CellName): Cell => makers[name]();

/**
 * The `--cell` name of a cell, also with weight drop, which changes nothing but training; undefined for your own and for options
 * that `--cell` has no name for.
 */
export function cellNameOf(config: CellConfig): CellName | undefined {
  const wanted = canonical(config.name === "weightDrop" ? config.cell : config);
  return cellNames.find((name) => canonical(builtInCell(name).config) === wanted);
}

/** A recurrent layer of a built-in cell. A cell that has no `timescale` ignores it. */
export const encoderOf = (
  name: CellName,
  { timescale, ...options }: RecurrentOptions & Pick<LstmCellOptions, "timescale">,
): Layer => recurrent((makers[name] as (options: LstmCellOptions) => Cell)({ timescale }), options);

/** The built-in cell or wrapper of this config name, with the options of a saved one, or undefined. */
export function cellFromOptions(name: string, options: object, inner: Cell | undefined): Cell | undefined {
  if (Object.hasOwn(wrappers, name))
    return inner
      ? wrappers[name]!(inner, options)
      : fail({ where: name, expected: "the cell inside", received: "none" });
  const known = cellNames.find((each) => builtInCell(each).config.name === name);
  return known && (makers[known] as (options: object) => Cell)(options);
}

const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) =>
    typeof part === "object" && part !== null
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
