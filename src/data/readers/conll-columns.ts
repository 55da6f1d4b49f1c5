// Which columns of a CoNLL file are token and tag: files with an index, a document's name or an annotator's in further
// columns are common, and reading those would train on nonsense.

export interface ConllColumns {
  token: number;
  tag: number;
}

/** A row's cells. */
export type Cells = readonly string[];

/** A tag of a span scheme. */
export const spanTag = /^(O|o|[BIESLUM]-.+)$/;

/**
 * Finds token and tag. The token is the first column that is neither an index (1, 2, 3 ... in each sentence) nor the same in
 * every row; the tag is the last column of span tags (B-, I-, O), or else the last of few values that change within
 * sentences.
 *
 * @param sentences rows of cells, all of one width
 */
export function conllColumns(sentences: readonly (readonly Cells[])[], width: number): ConllColumns {
  const rows = sentences.flat();
  const columns = Array.from({ length: width }, (_, place) => place);
  let token = 0;
  while (token < width - 2 && (isIndex(sentences, token) || (rows.length >= 20 && distinct(rows, token).size === 1)))
    token++;
  const later = columns.slice(token + 1);
  const spans = later.filter((place) => {
    const values = distinct(rows, place);
    return values.size > 1 && [...values].every((value) => spanTag.test(value));
  });
  const tags = later.filter((place) => {
    const { size } = distinct(rows, place);
    const few = size > 1 && size <= Math.max(3, rows.length / 3);
    return few && !isIndex(sentences, place) && !sameWithinSentences(sentences, place);
  });
  return { token, tag: spans.at(-1) ?? tags.at(-1) ?? width - 1 };
}

const distinct = (rows: readonly Cells[], place: number) => new Set(rows.map((cells) => cells[place] ?? ""));

/** Whole numbers that go up by one, from 0 or 1 in each sentence or through the file. */
function isIndex(sentences: readonly (readonly Cells[])[], place: number): boolean {
  let [rows, steps] = [0, 0];
  let before = Number.NaN;
  for (const sentence of sentences) {
    for (const cells of sentence) {
      const cell = cells[place] ?? "";
      if (!/^\d+$/.test(cell)) return false;
      const value = Number(cell);
      rows++;
      if (value === before + 1 || value <= 1) steps++;
      before = value;
    }
  }
  return rows > 2 && steps >= 0.95 * rows && new Set(sentences.flat().map((cells) => cells[place])).size > 2;
}

/** The same in all rows of nearly every sentence: an annotator, a document. */
function sameWithinSentences(sentences: readonly (readonly Cells[])[], place: number): boolean {
  const long = sentences.filter((sentence) => sentence.length > 2);
  const same = long.filter((sentence) => distinct(sentence, place).size === 1).length;
  return long.length >= 3 && same >= 0.95 * long.length;
}
