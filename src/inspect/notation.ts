// Our parameters in the notation of the lecture: Waa, Wax, Wa = [Waa | Wax], and the same for each gate.
import type { Cell } from "../nn/index.ts";

/** What the lecture calls the block of rows with this letter. */
const gateNames: Readonly<Record<string, string>> = {
  a: "activation",
  u: "update gate",
  r: "relevance gate",
  f: "forget gate",
  o: "output gate",
  c: "candidate",
};

const count = (n: number) => n.toLocaleString("en-US");
const size = (rows: number, columns: number): string => `${count(rows)} x ${count(columns)}`;

/**
 * The lecture's name of one of our parameters and the shape of each part: `Wua, Wfa, Wca, Woa: 100 x 100 each`. Empty
 * where the lecture has no name for it.
 */
export function lectureName(
  { lecture }: Pick<Cell, "lecture">,
  parameter: string,
  { H, D, V }: { H: number; D: number; V: number },
): string {
  if (parameter.startsWith("embedding.")) return `E' (a row for each token): ${size(V, D)}`;
  if (parameter === "output.bias") return `by: ${count(V)}`;
  if (!lecture) return "";
  const { state, letters } = lecture;
  const each = letters.length === 1 ? "" : " each";
  const names = (make: (letter: string) => string) => letters.map(make).join(", ");
  const kind = parameter.replace(/^.*\./, "").replace(/_l\d+(_reverse)?$/, "");
  if (parameter === "output.weight") return `Wy${state}: ${size(V, H)}`;
  if (kind === "weight_ih") return `${names((g) => `W${g}x`)}: ${size(H, D)}${each}`;
  if (kind === "weight_hh") return `${names((g) => `W${g}${state}`)}: ${size(H, H)}${each}`;
  if (kind === "bias_ih") return `${names((g) => `b${g}`)}: ${count(H)}${each}`;
  if (kind === "bias_hn") return "part of bc inside the reset gate (reset after the product; not in the lecture)";
  if (kind === "weight_peephole") return "peepholes: each gate reads the memory c (mentioned in the lecture)";
  return "";
}

/** The lecture's side-by-side matrices: `Wa = [Waa | Wax]   100 x 10,100`. None for a cell that is not in the lecture. */
export function lectureBlocks({ lecture }: Pick<Cell, "lecture">, { H, D }: { H: number; D: number }): string[] {
  if (!lecture) return [];
  const { state, letters } = lecture;
  const plain = letters.length === 1;
  const rows = letters.map((letter) => {
    const parts = `W${letter} = [W${letter}${state} | W${letter}x]`;
    return `${parts}  ${size(H, H + D)}${plain ? "" : `  ${gateNames[letter]}`}`;
  });
  if (plain) return rows;
  const head = `Wa = [Waa | Wax] of the plain network: Waa ${size(H, H)}, Wax ${size(H, D)}, Wa ${size(H, H + D)}`;
  return [...rows, `each has the same shape as ${head}`];
}
