// What a generator writes: texts, melodies (one voice, as events), or frames (all voices: the keys that sound at each
// step). Each becomes a sequence; only the way in and the way out differ.
import { fail, showValue } from "../base/index.ts";
import { keyCount, type MelodyCoder, melodyCoder, pianoRollOf, type Score, type Steps } from "./music/index.ts";
import { type Tokenizer, tokenizerFromJSON } from "./tokenizers/index.ts";

export type Content =
  | { readonly type: "text"; readonly tokenizer: Tokenizer }
  | { readonly type: "melody"; readonly coder: MelodyCoder }
  | { readonly type: "frames"; readonly stepsPerQuarter: number };

/** A sequence to learn from, of the generator's own kind, and what it is labeled with: `{ language: "Korean" }`. */
export interface Piece {
  readonly text?: string;
  readonly music?: Score;
  readonly steps?: Steps;
  readonly labels?: Readonly<Record<string, string>>;
}

/** Width of a step: tokens of the vocabulary, or keys of the piano. */
export function contentSize(content: Content): number {
  if (content.type === "frames") return keyCount;
  return (content.type === "text" ? content.tokenizer : content.coder).vocabulary.size;
}

/** `<bos>` and `<eos>` of what is written in tokens. */
export function ends(content: Exclude<Content, { type: "frames" }>): { bos: number; eos: number } {
  const { bos, eos } = content.type === "text" ? content.tokenizer.special : content.coder.special;
  if (bos !== undefined && eos !== undefined) return { bos, eos };
  return fail({
    where: "generator",
    expected: 'a vocabulary with "bos" and "eos" among its specials',
    received: "one without",
    hint: 'charTokenizer.fit(text, { specials: ["pad", "bos", "eos"] })',
  });
}

/** A piece as ids between `<bos>` and `<eos>`. */
export function pieceIds(content: Exclude<Content, { type: "frames" }>, { text, music }: Piece): Int32Array {
  const { bos, eos } = ends(content);
  if (content.type === "text") return Int32Array.of(bos, ...content.tokenizer.encode(needed("text", text)), eos);
  return Int32Array.of(bos, ...content.coder.encode(needed("music", music)), eos);
}

/** A piece as its piano roll, [T, 88]. */
export const pieceRoll = ({ steps }: Piece): Float32Array => pianoRollOf(needed("steps", steps));

function needed<T>(what: string, value: T | undefined): T {
  return value ?? fail({ where: "generator", expected: `pieces with ${what}`, received: "another kind", code: "data" });
}

export function contentToJSON(content: Content): unknown {
  if (content.type === "text") return { type: "text", tokenizer: content.tokenizer.toJSON() };
  if (content.type === "melody") return { type: "melody", coder: content.coder.toJSON() };
  return content;
}

/** Reads what `contentToJSON` gave. */
export function contentFromJSON(json: unknown): Content {
  const saved = json as { type?: unknown; tokenizer?: unknown; coder?: object; stepsPerQuarter?: number };
  if (saved?.type === "text") return { type: "text", tokenizer: tokenizerFromJSON(saved.tokenizer) };
  if (saved?.type === "melody") return { type: "melody", coder: melodyCoder(saved.coder) };
  if (saved?.type === "frames") return { type: "frames", stepsPerQuarter: saved.stepsPerQuarter ?? 1 };
  return fail({
    where: "generator",
    expected: '"text", "melody" or "frames"',
    received: showValue(saved?.type),
    code: "file",
  });
}
