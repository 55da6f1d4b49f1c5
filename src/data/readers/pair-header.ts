// Names of the two columns of a table of pairs.

/** Whether a row holds column names of pairs rather than a pair: `source target`, or two language codes. */
export function isPairHeader(cells: readonly string[]): boolean {
  const names = cells.map((cell) => cell.trim().toLowerCase());
  const known = /^(source|src|input|text|article|document|question|target|tgt|output|summary|translation|answer)$/;
  const [a = "", b = ""] = names;
  return (known.test(a) && known.test(b) && a !== b) || (a !== b && /^[a-z]{2}$/.test(a) && /^[a-z]{2}$/.test(b));
}
