// Tag schemes of spans: IOB1, IOB2, IOBES, BILOU. One reading serves them all (that of conlleval), so that spans can be
// taken from any of them, from a mixture, and from what a model predicts.

/** A span of tokens `[start, end)` with its type. */
export interface TagSpan {
  start: number;
  end: number;
  type: string;
}

/**
 * How spans are written as tags.
 * - `IOB1`: `B-` only where a span follows one of its own type without a gap (the original CoNLL-2003).
 * - `IOB2`: `B-` begins every span.
 * - `IOBES`: also `E-` ends a span and `S-` is one of a single token.
 * - `BILOU`: the same with `L-` and `U-`.
 */
export type TagScheme = "IOB1" | "IOB2" | "IOBES" | "BILOU";

export interface SchemeReport {
  /** The scheme, or `none` where the tags are not of spans (parts of speech). */
  scheme: TagScheme | "none";
  /** Tags that break it, for example an `I-` that begins a span in a file that is otherwise IOB2. */
  violations: number;
  spans: number;
  /** The types of the spans, in alphabetical order. */
  types: string[];
  /** For people: "IOB2, 1,975 spans of 6 types". */
  message: string;
}

type Mark = "B" | "I" | "E" | "S" | "O";
const marks: Record<string, Mark> = { B: "B", I: "I", E: "E", L: "E", S: "S", U: "S" };

/** `B-creative-work` -> mark and type. What is no span tag counts as outside, as `O` does. */
function parse(tag: string): { mark: Mark; type: string } {
  const mark = marks[tag[0] ?? ""];
  if (!mark || (tag.length > 1 && tag[1] !== "-")) return { mark: "O", type: "" };
  return { mark, type: tag.length > 2 ? tag.slice(2) : "_" };
}

/**
 * The spans of a sentence's tags, in any of the schemes.
 *
 * A span begins at `B` or `S`, after `E`, `S` or `O`, or where the type changes; it ends before that, and after `E` or
 * `S`. This is how conlleval reads tags, so an `I-` without a `B-` begins a span.
 */
export function tagsToSpans(tags: readonly string[]): TagSpan[] {
  const spans: TagSpan[] = [];
  let open: TagSpan | undefined;
  let before: Mark = "O";
  tags.forEach((tag, i) => {
    const { mark, type } = parse(tag);
    const goesOn = open && open.type === type && (before === "B" || before === "I") && (mark === "I" || mark === "E");
    if (mark === "O") open = undefined;
    else if (goesOn) open!.end = i + 1;
    else {
      open = { start: i, end: i + 1, type };
      spans.push(open);
    }
    before = mark;
  });
  return spans;
}

/**
 * Writes spans as tags.
 *
 * @param spans without overlap; in any order
 * @param length number of tokens
 */
export function spansToTags(spans: readonly TagSpan[], length: number, scheme: TagScheme = "IOB2"): string[] {
  const tags: string[] = new Array(length).fill("O");
  const [end, single] = scheme === "BILOU" ? ["L", "U"] : scheme === "IOBES" ? ["E", "S"] : ["I", "B"];
  for (const span of spans) {
    for (let i = span.start; i < span.end; i++) {
      const first = i === span.start;
      const last = i === span.end - 1;
      tags[i] = `${first && last ? single : first ? "B" : last ? end : "I"}-${span.type}`;
    }
  }
  if (scheme !== "IOB1") return tags;
  const ends = new Set(spans.map((span) => `${span.end} ${span.type}`));
  for (const { start, type } of spans) tags[start] = `${ends.has(`${start} ${type}`) ? "B" : "I"}-${type}`;
  return tags;
}

/** Rewrites a sentence's tags in another scheme. Tags that are not of spans become `O`. */
export function convertTags(tags: readonly string[], to: TagScheme): string[] {
  return spansToTags(tagsToSpans(tags), tags.length, to);
}

/** Tells which scheme a corpus is written in: the one that the fewest of its tags break. */
export function detectScheme(sentences: Iterable<readonly string[]>): SchemeReport {
  let spans = 0;
  let others = 0;
  let marked = 0;
  const types = new Set<string>();
  const broken: Record<TagScheme, number> = { IOB2: 0, IOB1: 0, IOBES: 0, BILOU: 0 };
  const schemes = Object.keys(broken) as TagScheme[];
  for (const tags of sentences) {
    for (const tag of tags) {
      if (/^[BIESLU](-.+)?$/.test(tag)) marked++;
      else if (tag !== "O") others++;
    }
    const found = tagsToSpans(tags);
    spans += found.length;
    for (const { type } of found) types.add(type);
    for (const scheme of schemes) {
      const right = spansToTags(found, tags.length, scheme);
      for (let i = 0; i < tags.length; i++) if (bare(tags[i]!) !== right[i]) broken[scheme]++;
    }
  }
  if (marked === 0 || others > 0) {
    return { scheme: "none", violations: 0, spans: 0, types: [], message: "tags without spans" };
  }
  const scheme = schemes.reduce((best, one) => (broken[one] < broken[best] ? one : best));
  const violations = broken[scheme];
  const message = `${scheme}, ${count(spans, "span")} of ${count(types.size, "type")}${
    violations ? `, ${count(violations, "tag")} against the scheme` : ""
  }`;
  return { scheme, violations, spans, types: [...types].sort(), message };
}

/** `B` alone is a span without a type, written as `_`. */
const bare = (tag: string) => (tag.length === 1 && tag !== "O" ? `${tag}-_` : tag);
const count = (n: number, what: string) => `${n.toLocaleString("en-US")} ${what}${n === 1 ? "" : "s"}`;

/**
 * Which tags may follow which: a table for constrained decoding, `[from * (K + 1) + to]`, where K stands for the
 * sentence's begin as `from` and its end as `to`; 1 allows.
 */
export function allowedTransitions(tags: readonly string[], scheme: TagScheme): Uint8Array {
  const K = tags.length;
  const table = new Uint8Array((K + 1) * (K + 1));
  const outside = { mark: "O" as Mark, type: "" };
  const parsed = tags.map(parse);
  const at = (k: number) => parsed[k] ?? outside; // the border is as good as O
  const closed = scheme === "IOBES" || scheme === "BILOU";
  for (let from = 0; from <= K; from++) {
    for (let to = 0; to <= K; to++) {
      const a = at(from);
      const b = at(to);
      const inside = (a.mark === "B" || a.mark === "I") && a.type === b.type;
      const continues = b.mark === "I" || b.mark === "E";
      let allowed = true;
      if (scheme === "IOB2") allowed = !continues || inside;
      else if (scheme === "IOB1") allowed = b.mark !== "B" || inside;
      else if (closed) allowed = continues ? inside : a.mark !== "B" && a.mark !== "I";
      table[from * (K + 1) + to] = allowed ? 1 : 0;
    }
  }
  return table;
}
