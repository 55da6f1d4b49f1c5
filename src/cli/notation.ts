// Our parameters in the words of the lecture: Waa, Wax, Wa = [Waa | Wax] and their like for each gate.
import type { CellName } from "./cells.ts";

/** What the lecture calls the parts of a cell's weights, in the order of our rows, and its letter for the state. */
export interface Notation {
  /** `a` for the plain network, `c` for a GRU's memory, `a` for an LSTM's output. */
  readonly state: string;
  /** A part of the weights for each: `u` is the update gate. The plain network has one, with no letter of its own. */
  readonly gates: readonly { readonly letter: string; readonly name: string }[];
}

const update = { letter: "u", name: "update gate" };
const relevance = { letter: "r", name: "relevance gate" };
const forget = { letter: "f", name: "forget gate" };
const output = { letter: "o", name: "output gate" };
const candidate = { letter: "c", name: "candidate" };
const lstm = { state: "a", gates: [update, forget, candidate, output] }; // ours: i, f, g, o
const rnn = { state: "a", gates: [{ letter: "a", name: "activation" }] };
const gru = { state: "c", gates: [relevance, update, candidate] }; // ours: r, z, n

const notations: Readonly<Record<CellName, Notation>> = {
  rnn,
  "rnn-relu": rnn,
  lstm,
  "lstm-peephole": lstm,
  gru,
  "gru-reset-before": gru,
  "gru-simplified": { state: "c", gates: [update, candidate] },
};

export const notationOf = (cell: CellName): Notation => notations[cell];

const count = (n: number) => n.toLocaleString("en-US");
/** `100 x 10,100` */
export const size = (rows: number, columns: number): string => `${count(rows)} x ${count(columns)}`;

/** What the lecture calls one of our parameters, and the shape of each part: `Wua, Wfa, Wca, Woa: 100 x 100 each`. */
export function lectureName(
  cell: CellName,
  parameter: string,
  { H, D, V }: { H: number; D: number; V: number },
): string {
  const { state, gates } = notationOf(cell);
  const plain = gates.length === 1;
  const each = plain ? "" : " each";
  const names = (make: (letter: string) => string) => gates.map(({ letter }) => make(letter)).join(", ");
  const kind = parameter.replace(/^.*\./, "").replace(/_l\d+(_reverse)?$/, "");
  if (parameter.startsWith("embedding.")) return `E' (a row for each token): ${size(V, D)}`;
  if (parameter === "output.weight") return `Wy${state}: ${size(V, H)}`;
  if (parameter === "output.bias") return `by: ${count(V)}`;
  if (kind === "weight_ih") return `${names((g) => `W${g}x`)}: ${size(H, D)}${each}`;
  if (kind === "weight_hh") return `${names((g) => `W${g}${state}`)}: ${size(H, H)}${each}`;
  if (kind === "bias_ih") return `${names((g) => `b${g}`)}: ${count(H)}${each}`;
  if (kind === "bias_hn") return "the reset gate's part of bc (reset after the product; not in the lecture)";
  if (kind === "weight_peephole") return "peepholes: each gate sees the memory c (the lecture names them in passing)";
  return "";
}

/** The lecture's side-by-side matrices: `Wa = [Waa | Wax]   100 x 10,100`. */
export function lectureBlocks(cell: CellName, { H, D }: { H: number; D: number }): string[] {
  const { state, gates } = notationOf(cell);
  const rows = gates.map(({ letter, name }) => {
    const parts = `W${letter} = [W${letter}${state} | W${letter}x]`;
    return `${parts}  ${size(H, H + D)}${gates.length === 1 ? "" : `  ${name}`}`;
  });
  if (gates.length === 1) return rows;
  const head = `as Wa = [Waa | Wax] of the plain network: Waa ${size(H, H)}, Wax ${size(H, D)}, Wa ${size(H, H + D)}`;
  return [...rows, `each has the shape ${head}`];
}
