// A list of tokens from elsewhere as a tokenizer. Ours has its special tokens first, so rows may have to move.
import { fail } from "../../base/index.ts";
import { charTokenizer, type SpecialName, type Tokenizer, wordTokenizer } from "../../data/index.ts";

export interface ImportedVocabulary {
  readonly tokenizer: Tokenizer;
  /** Our id -> the row in the file's tables. */
  readonly rows: Int32Array;
}

/** How others spell the special tokens. */
const spellings: Readonly<Record<SpecialName, readonly string[]>> = {
  unk: ["<unk>", "<UNK>", "[UNK]", "xxunk", "UNK"],
  pad: ["", "<pad>", "<PAD>", "[PAD]", "xxpad"],
  bos: ["<bos>", "<BOS>", "<s>", "xxbos"],
  eos: ["<eos>", "<EOS>", "</s>", "xxeos"],
};

/**
 * A tokenizer with these tokens: characters where all are single code points, else words.
 *
 * @throws UnrolledError with code "data" where a token comes twice
 */
export function importVocabulary(tokens: readonly string[], { where = "vocabulary" } = {}): ImportedVocabulary {
  const seen = new Set(tokens);
  if (tokens.length === 0 || seen.size !== tokens.length)
    fail({
      where,
      expected: "distinct tokens",
      received:
        tokens.length === 0
          ? "none"
          : `${JSON.stringify(tokens.find((token, i) => tokens.indexOf(token) !== i))} twice`,
      code: "data",
    });
  const find = (name: SpecialName) => spellings[name].map((spelling) => tokens.indexOf(spelling)).find((id) => id >= 0);
  const found = (["unk", "pad", "bos", "eos"] as const).map((name) => [name, find(name)] as const);
  // A begin alone or an end alone is an ordinary token of a stream of text.
  const framed = found.every(([name, id]) => (name !== "bos" && name !== "eos") || id !== undefined);
  const specials = found.filter(([name, id]) => id !== undefined && (framed || name === "unk" || name === "pad"));
  const first = new Set(specials.map(([, id]) => id!));
  const others = tokens.map((_, id) => id).filter((id) => !first.has(id));
  const names = specials.map(([name]) => `<${name}>`);
  const vocabulary = {
    tokens: [...names, ...others.map((id) => tokens[id]!)],
    specials: names,
    counts: new Array<number>(tokens.length).fill(0),
  };
  const characters = others.every((id) => [...tokens[id]!].length === 1);
  return {
    tokenizer: characters
      ? charTokenizer.fromJSON({ kind: "char", unit: "codePoint", vocabulary })
      : wordTokenizer.fromJSON({
          kind: "word",
          split: "unicode",
          lowercase: others.every((id) => tokens[id] === tokens[id]!.toLowerCase()),
          vocabulary,
        }),
    rows: Int32Array.from([...first, ...others]),
  };
}
