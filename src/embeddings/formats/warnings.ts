// What a reader of vector files found odd but could go on with: counted, with the first place of each kind.

export type VectorWarningKind =
  | "duplicate" // a word that came before; the first row is kept
  | "not-finite" // NaN or infinity in a row; the row is left out
  | "invalid-utf8" // a word whose bytes are not UTF-8; U+FFFD stands for what could not be read
  | "fewer-rows"; // the header promised more rows than the file holds, and the caller allowed it

export interface VectorWarning {
  kind: VectorWarningKind;
  count: number;
  /** Where the first one was: `file:line`, or `file (byte n)` in a binary file. */
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

const texts: Record<VectorWarningKind, string> = {
  duplicate: "duplicate words; the first row of each is kept",
  "not-finite": "rows with NaN or infinity left out",
  "invalid-utf8": "words that are not UTF-8; U+FFFD stands for the broken bytes",
  "fewer-rows": "rows fewer than the header promised",
};

/** One line for people: `3 duplicate words; the first row of each is kept (first at vectors.txt:17)`. */
export function describeWarning({ kind, count, first }: VectorWarning): string {
  return `${count} ${texts[kind]} (first at ${first})`;
}
