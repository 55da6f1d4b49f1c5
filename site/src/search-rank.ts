// Which sections of the site a query finds, best first.

export type Row = readonly [path: string, title: string, heading: string, text: string];

export interface Found {
  readonly row: Row;
  readonly score: number;
}

/** Sections of one page among the results: others have a chance too. */
const mostOfPage = 3;
const most = 20;

export const folded = (text: string): string => text.normalize("NFC").toLowerCase();

export const termsOf = (query: string): string[] => folded(query).split(/\s+/).filter(Boolean);

/** Whether the term begins a word there: `gru` in "a GRU", not in "congruent". Korean words have no such mark in front. */
const begins = (text: string, at: number): boolean => at === 0 || !/[\p{L}\p{N}]/u.test(text[at - 1]!);

/** @param worth of a match at the beginning of a word; elsewhere it is half of that */
function worthOf(text: string, term: string, worth: number): number {
  const at = text.indexOf(term);
  if (at < 0) return 0;
  for (let i = at; i >= 0; i = text.indexOf(term, i + 1)) if (begins(text, i)) return worth;
  return worth / 2;
}

/** Sections that have all words of the query: a title counts more than a heading, a heading more than text. */
export function search(rows: readonly Row[], query: string): Found[] {
  const terms = termsOf(query);
  if (terms.length === 0) return [];
  const found: Found[] = [];
  for (const row of rows) {
    const [title, heading, text] = row.slice(1).map(folded) as [string, string, string];
    let score = 0;
    for (const term of terms) {
      const worth = worthOf(title, term, heading === "" ? 20 : 4) + worthOf(heading, term, 12) + worthOf(text, term, 2);
      if (worth === 0) {
        score = 0;
        break;
      }
      score += worth;
    }
    if (score > 0) found.push({ row, score });
  }
  found.sort((a, b) => b.score - a.score || a.row[3].length - b.row[3].length);
  const pages = new Map<string, number>();
  return found
    .filter(({ row: [path] }) => {
      const page = path.replace(/#.*/, "");
      pages.set(page, (pages.get(page) ?? 0) + 1);
      return pages.get(page)! <= mostOfPage;
    })
    .slice(0, most);
}

/** Text around the first match, and where in it the query's words are. */
export function excerpt(text: string, query: string, size = 140): readonly (readonly [part: string, hit: boolean])[] {
  const composed = text.normalize("NFC");
  const low = composed.toLowerCase();
  const terms = termsOf(query);
  // Lower case may be longer (İ): then nothing is marked.
  if (low.length !== composed.length) return [[composed.slice(0, size), false]];
  const first = Math.min(...terms.map((term) => low.indexOf(term)).filter((at) => at >= 0));
  const start = Number.isFinite(first) ? Math.max(0, first - size / 3) : 0;
  const end = Math.min(composed.length, start + size);
  const parts: [string, boolean][] = start > 0 ? [["…", false]] : [];
  for (let at = Math.floor(start); at < end; ) {
    const hits = terms.map((term) => [low.indexOf(term, at), term.length] as const).filter(([i]) => i >= 0 && i < end);
    const [next, length] = hits.sort((a, b) => a[0] - b[0])[0] ?? [end, 0];
    if (next > at) parts.push([composed.slice(at, next), false]);
    if (length > 0) parts.push([composed.slice(next, next + length), true]);
    at = next + length;
    if (length === 0) break;
  }
  if (end < composed.length) parts.push(["…", false]);
  return parts;
}
