// Warnings of the readers of vector files: counted by kind, with the place of the first one.

export type VectorWarningKind =
  | "duplicate" // a word that came before; the first row is kept
  | "not-finite" // NaN or infinity in a row; the row is left out
  | "not-finite-kept" // the same in a model that is kept whole
  | "invalid-utf8"; // a word whose bytes are not UTF-8; U+FFFD stands for what could not be read

export interface VectorWarning {
  kind: VectorWarningKind;
  count: number;
  /** Place of the first one: `file:line`, or `file (byte n)` in a binary file. */
  first: string;
}

/** Counts warnings by kind. */
export interface WarningCounter {
  add(kind: VectorWarningKind, where: string): void;
  list(): VectorWarning[];
}

export function warningCounter(): WarningCounter {
  const kinds = new Map<VectorWarningKind, VectorWarning>();
  return {
    add(kind, where) {
      const known = kinds.get(kind);
      if (known) known.count++;
      else kinds.set(kind, { kind, count: 1, first: where });
    },
    list: () => [...kinds.values()],
  };
}

/** For one, and for more. */
const texts: Record<VectorWarningKind, readonly [string, string]> = {
  duplicate: ["duplicate word; its first row is kept", "duplicate words; the first row of each is kept"],
  "not-finite": ["row with NaN or infinity left out", "rows with NaN or infinity left out"],
  "not-finite-kept": [
    "row with NaN or infinity: it is no word's neighbor",
    "rows with NaN or infinity: they are no word's neighbors",
  ],
  "invalid-utf8": [
    "word that is not UTF-8; U+FFFD stands for its broken bytes",
    "words that are not UTF-8; U+FFFD stands for the broken bytes",
  ],
};

/** One line for people: `3 duplicate words; the first row of each is kept (first at vectors.txt:17)`. */
export function describeWarning({ kind, count, first }: VectorWarning): string {
  return `${count} ${texts[kind][count === 1 ? 0 : 1]} (first at ${first})`;
}

/** Whether all of the `dim` numbers from `from` on are finite. */
export function finiteRow(source: Float32Array, from: number, dim: number): boolean {
  let sum = 0;
  for (let i = from; i < from + dim; i++) sum += source[i]! * 0; // NaN as soon as one is not
  return sum === 0;
}
