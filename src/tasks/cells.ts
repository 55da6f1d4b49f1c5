// The built-in cells by the names that recipes, the command line and the studio give them.
import { gru, gruSimplified, type Layer, lstm, peepholeLstm, type RecurrentOptions, rnn } from "../nn/index.ts";

const cells = {
  lstm,
  gru,
  rnn,
  "lstm-peephole": peepholeLstm,
  "gru-simplified": gruSimplified,
  "gru-reset-before": (options) => gru({ ...options, reset: "before" }),
  "rnn-relu": (options) => rnn({ ...options, activation: "relu" }),
} satisfies Record<string, (options: RecurrentOptions) => Layer>;

export type CellName = keyof typeof cells;

export const cellNames = Object.keys(cells) as CellName[];

/** A stack of recurrent layers of this cell. */
export const encoderOf = (cell: CellName, options: RecurrentOptions): Layer => cells[cell](options);
