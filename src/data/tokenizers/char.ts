// Characters as tokens: Unicode code points, or graphemes (what a reader calls a character).
import { fail } from "../../base/index.ts";
import { type Vocabulary, vocabularyFromCounts, vocabularyFromJSON } from "../vocabulary.ts";
import { eachGrapheme } from "./graphemes.ts";
import {
  type EncodeOptions,
  learnFrom,
  ownString,
  type SpecialName,
  specialIds,
  specialTokens,
  type Tokenizer,
  type TokenizerJson,
  type TokenizerLearner,
  unknownId,
  unknownReport,
} from "./tokenizer.ts";

/** `codePoint`: one Unicode scalar. `grapheme`: what UAX #29 keeps together (a letter with its marks, an emoji, CR LF). */
export type CharUnit = "codePoint" | "grapheme";

export interface CharTokenizerOptions {
  /** Default `codePoint`: the smallest vocabulary. `grapheme` never cuts a letter from its marks. */
  unit?: CharUnit;
  /** Special tokens to have, in this order. Default none: a stream of text needs none. */
  specials?: readonly SpecialName[];
  /** Characters that occur less often become `<unk>`, which must then be among the specials. Default 1. */
  minCount?: number;
  /**
   * In a text with more different characters than this, those that occur once become `<unk>`, which is then added to the
   * specials: other texts of such a script have more that this one has not. Never by default.
   */
  unknownAbove?: number;
}

/**
 * Characters as tokens; ids go by code point, so the same set of characters always has the same ids.
 *
 * @example
 * ```ts
 * const tokenizer = charTokenizer.fit(text, { specials: ["bos", "eos"] });
 * tokenizer.decode(tokenizer.encode("Ada")); // "Ada"
 * ```
 */
export const charTokenizer = {
  /**
   * Takes the vocabulary from a text, or from its pieces (lines, chapters), which are counted apart.
   * @throws UnrolledError where the text is empty
   */
  fit: (text: string | Iterable<string>, options: CharTokenizerOptions = {}): Tokenizer =>
    learnFrom(charTokenizer.learner(options), text),

  /** The same for a text that comes piece by piece. */
  learner(options: CharTokenizerOptions = {}): TokenizerLearner {
    const { unit = "codePoint", minCount = 1, unknownAbove = Infinity } = options;
    const given = options.specials ?? [];
    const where = "charTokenizer.fit";
    if (unit !== "codePoint" && unit !== "grapheme") {
      fail({ where, expected: 'unit "codePoint" or "grapheme"', received: JSON.stringify(unit) });
    }
    const counts = new Map<string, number>();
    const units = new Float64Array(65536); // counts of the tokens that are one UTF-16 unit
    const long = (token: string) => {
      const count = counts.get(token);
      counts.set(count === undefined ? ownString(token) : token, (count ?? 0) + 1);
    };
    return {
      add(piece) {
        if (unit === "grapheme") {
          eachGrapheme(piece, (start, end) => {
            if (end - start === 1) units[piece.charCodeAt(start)]!++;
            else long(piece.slice(start, end));
          });
        } else {
          for (let i = 0; i < piece.length; i++) {
            const code = piece.charCodeAt(i);
            if (isPair(piece, i, code)) long(piece.slice(i, ++i + 1));
            else units[code]!++;
          }
        }
      },
      done() {
        for (let code = 0; code < 65536; code++) if (units[code]) counts.set(String.fromCharCode(code), units[code]!);
        if (counts.size === 0) fail({ where, expected: "a text", received: "nothing", code: "data" });
        if (minCount > 1 && !given.includes("unk")) {
          fail({
            where,
            expected: '"unk" among the specials with minCount above 1',
            received: JSON.stringify(given),
          });
        }
        const many = counts.size > unknownAbove;
        const specials = specialTokens(many && !given.includes("unk") ? [...given, "unk"] : given);
        const least = many ? Math.max(2, minCount) : minCount;
        return build(vocabularyFromCounts(counts, { specials, minCount: least }), unit);
      },
    };
  },

  fromJSON: charFromJSON,
};

/** Reads what `toJSON` gave. @throws UnrolledError with code "file" where it is something else. */
export function charFromJSON(json: unknown): Tokenizer {
  const { kind, unit, vocabulary } = (json ?? {}) as Partial<TokenizerJson>;
  if (kind !== "char" || (unit !== "codePoint" && unit !== "grapheme")) {
    fail({
      where: "tokenizer",
      expected: "a character tokenizer",
      received: JSON.stringify(kind) ?? "none",
      code: "file",
    });
  }
  return build(vocabularyFromJSON(vocabulary, "tokenizer"), unit);
}

function build(vocabulary: Vocabulary, unit: CharUnit): Tokenizer {
  const special = specialIds(vocabulary);
  const where = "charTokenizer.encode";
  const byUnit = new Int32Array(65536).fill(-1); // ids of the tokens that are one UTF-16 unit
  const byPair = new Map<number, number>(); // and of code points above them
  for (let id = vocabulary.specials.length; id < vocabulary.size; id++) {
    const token = vocabulary.tokens[id]!;
    if (token.length === 1) byUnit[token.charCodeAt(0)] = id;
    else if (unit === "codePoint") byPair.set(token.codePointAt(0)!, id);
  }
  const shown = vocabulary.tokens.map((token, id) =>
    id === special.unk ? "\uFFFD" : id < vocabulary.specials.length ? "" : token,
  );
  const show = (id: number) => shown[id] ?? vocabulary.token(id);

  function encode(text: string, options: EncodeOptions = {}): Int32Array {
    const unk = unknownId(where, special, options);
    const report = unknownReport(where, "character");
    const ids = options.into ?? new Int32Array(text.length);
    let n = 0;
    const unknown = (token: string) => {
      if (unk === undefined) report.add(token);
      return unk ?? 0;
    };
    if (unit === "grapheme") {
      eachGrapheme(text, (start, end) => {
        const id = end - start === 1 ? byUnit[text.charCodeAt(start)]! : graphemeId(text.slice(start, end));
        ids[n++] = id >= 0 ? id : unknown(text.slice(start, end));
      });
    } else {
      for (let i = 0; i < text.length; i++) {
        const code = text.charCodeAt(i);
        const start = i;
        const id = isPair(text, i, code) ? (byPair.get(text.codePointAt(i++)!) ?? -1) : byUnit[code]!;
        ids[n++] = id >= 0 ? id : unknown(text.slice(start, i + 1));
      }
    }
    report.throwIfAny();
    if (n === ids.length) return ids;
    return options.into ? ids.subarray(0, n) : ids.slice(0, n);
  }

  function graphemeId(token: string): number {
    const id = vocabulary.id(token) ?? -1;
    return id < vocabulary.specials.length ? -1 : id; // "<unk>" in a text is five characters
  }

  return Object.freeze({
    kind: "char" as const,
    vocabulary,
    special,
    encode,
    decode: (ids: Iterable<number>) => Array.from(ids, show).join(""),
    decodeStream: () => ({ push: show, end: () => "" }),
    toJSON: () => ({ kind: "char", unit, vocabulary: vocabulary.toJSON() }),
  });
}

/** Whether the unit at i is the first of a surrogate pair. */
function isPair(text: string, i: number, code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00;
}
