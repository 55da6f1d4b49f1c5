// From files to what a language model trains on: text is read, tokenized, and split into training and validation data. A
// small text's ids are in memory, a large one's in shards on disk; the ids are the same.
import { fail } from "../../base/index.ts";
import { formatWhole, plural } from "../../base/words.ts";
import {
  drawValidation,
  type Ids,
  learnFrom,
  linesOf,
  type Tokenizer,
  type TokenKind,
  type TokenStream,
  type UnitOptions,
  type Units,
  unitsOf,
} from "../../data/index.ts";
import { listed } from "../names.ts";
import type { TextFiles } from "../text-source.ts";
import { type CacheWatcher, cachedTokens, mostInMemory } from "./token-cache.ts";
import { isTokenFolder, openTokens } from "./token-folder.ts";
import { checkLearned, learnerOf, type TokenSink, tokenizeText, tooLittle, unitOf } from "./tokenize-text.ts";

/** How files are opened as text, and what is shown meanwhile. */
export interface CorpusReader extends CacheWatcher {
  open(files: readonly string[], signal?: AbortSignal): Promise<OpenedText>;
}

interface OpenedText {
  readonly text: TextFiles;
  fingerprint(): string;
  close(): void;
}

export interface CorpusOptions extends UnitOptions {
  /** Each line is a sequence, instead of the text one long stream. */
  lines: boolean;
  /** A fraction of the text, or files. By default 0.1, of a stream at most 10 million characters. */
  valid: number | readonly string[] | undefined;
  /** Draws the validation lines in lines mode. */
  seed: number;
  /** Shortest stream that can be trained on: one window and the next token. */
  atLeast: number;
  /** Keep the ids on disk, whatever the size of the text; by default above 64 MiB. They are the same. */
  stream?: boolean;
  /** SHA-256 of the text and of the validation files; it is taken from the text where it is not given. */
  fingerprint?: string;
  /** Stops the work. */
  signal?: AbortSignal;
}

export interface Corpus {
  tokenizer: Tokenizer;
  tokens: TokenKind;
  /** Where words end, for people; nothing for characters. */
  words?: string;
  /** Ids of a stream, in memory or on disk, or lines. */
  train: Ids | TokenStream | readonly string[];
  /** Nothing where `valid` is 0. */
  valid: Ids | TokenStream | readonly string[] | undefined;
  /** Tokens to train on. */
  trainTokens: number;
  validTokens: number;
  /** The folder of the cache where the tokens are, if not in memory. */
  where?: string;
}

/** Files as one text, with a line break between two of them. */
export const readTexts = async (reader: CorpusReader, files: readonly string[]): Promise<string> =>
  (await reader.open(files)).text.whole();

/** The ids of files as one stream, read piece by piece: in memory, or on disk where they are many. */
export async function readIds(
  reader: CorpusReader,
  files: readonly string[],
  tokenizer: Tokenizer,
  signal?: AbortSignal,
): Promise<Ids | TokenStream> {
  const opened = await reader.open(files, signal);
  try {
    const source = { name: listed(files), text: opened.text, valid: 0 };
    const choice = { ...learnsNothing, tokenizer };
    if (opened.text.size > mostInMemory) {
      const fingerprint = opened.fingerprint();
      return (await cachedTokens(reader, source, choice, { fingerprint, key: "all", file: files[0]!, signal })).train;
    }
    const ids = memorySink();
    await tokenizeText(source, choice, ids, { signal });
    return ids.all("train");
  } finally {
    opened.close();
  }
}

const learnsNothing = { tokens: "char", split: "unicode", minCount: 1, maxVocabulary: undefined } as const;

/** Lines that are not empty. */
export const filledLines = (text: string): string[] => [...linesOf(text)].filter((line) => line !== "");

/** A part of a text by which it is recognized, in UTF-16 units. */
const sampleSize = 1 << 16;

export async function readCorpus(
  reader: CorpusReader,
  files: readonly string[],
  options: CorpusOptions,
): Promise<Corpus> {
  const { valid } = options;
  const folder = tokenFolderOf("train", files);
  if (folder !== undefined) return readTokens(folder, options);
  if (options.lines) {
    const validText = typeof valid === "object" ? await readTexts(reader, valid) : undefined;
    const text = await readTexts(reader, files);
    const units = unitsOf(text.slice(0, sampleSize), options);
    return { ...partLines(listed(files), text, validText, { ...options, ...units }), ...units };
  }
  const opened = await reader.open(files, options.signal);
  const held = typeof valid === "object" ? await reader.open(valid) : undefined;
  try {
    const [sample = ""] = opened.text.pieces();
    const units = unitsOf(sample, options);
    const name = listed(files);
    const source = { name, text: opened.text, valid: typeof valid === "object" ? held?.text : valid };
    if (options.stream ?? opened.text.size > mostInMemory) {
      const fingerprint =
        options.fingerprint ?? [opened, ...(held ? [held] : [])].map((one) => one.fingerprint()).join(" ");
      const key = typeof valid === "object" ? "files" : (valid ?? "default");
      const { signal } = options;
      const found = await cachedTokens(reader, source, units, { fingerprint, key, file: files[0]!, signal });
      const { tokenizer, train, valid: rest, where } = found;
      return { ...streamCorpus(name, tokenizer, train, rest, options, train.length), where, ...units };
    }
    const ids = memorySink();
    const { tokenizer, tokens } = await tokenizeText(source, units, ids, { signal: options.signal });
    return { ...streamCorpus(name, tokenizer, ids.all("train"), ids.all("val"), options, tokens.train), ...units };
  } finally {
    opened.close();
    held?.close();
  }
}

type Parts = Omit<Corpus, keyof Units>;

/** The folder of tokens that is given in place of texts; undefined where texts are given. */
export function tokenFolderOf(where: string, files: readonly string[]): string | undefined {
  const folder = files.find(isTokenFolder);
  if (folder !== undefined && files.length > 1)
    fail({
      where,
      expected: "one folder of tokens",
      received: listed(files),
      hint: "tokenize the texts together",
    });
  return folder;
}

async function readTokens(folder: string, options: CorpusOptions): Promise<Corpus> {
  if (options.lines) fail({ where: "lines", expected: "a text", received: `${folder}, a folder of tokens` });
  const { tokenizer, train, valid } = await openTokens(folder, { signal: options.signal });
  return {
    ...streamCorpus(folder, tokenizer, train, valid, options, train.length),
    tokens: kindOf(tokenizer),
  };
}

const kindOf = (tokenizer: Tokenizer): TokenKind => {
  const { jamo, unit } = tokenizer.toJSON();
  if (tokenizer.kind === "bpe") return jamo === true ? "jamo" : "subword";
  return unit === "grapheme" ? "grapheme" : tokenizer.kind;
};

function streamCorpus(
  name: string,
  tokenizer: Tokenizer,
  train: Ids | TokenStream,
  valid: Ids | TokenStream,
  { atLeast }: CorpusOptions,
  trainTokens: number,
): Parts {
  if (trainTokens < atLeast)
    fail({
      where: name,
      expected: `at least ${formatWhole(atLeast)} ${unitOf(tokenizer)}s to train on (bptt + 1)`,
      received: String(trainTokens),
      hint: "give more text, or a smaller bptt",
      code: "data",
    });
  return {
    tokenizer,
    train,
    valid: valid.length > 0 ? valid : undefined,
    trainTokens,
    validTokens: Math.max(0, valid.length - 1),
  };
}

/** Ids in memory, in as few bytes each as the vocabulary allows. */
function memorySink(): TokenSink & { all(part: "train" | "val"): Ids } {
  const buffers: Record<"train" | "val", { ids: Ids; count: number }> = {
    train: { ids: new Uint8Array(0), count: 0 },
    val: { ids: new Uint8Array(0), count: 0 },
  };
  let Kind: Uint8ArrayConstructor | Uint16ArrayConstructor | Int32ArrayConstructor = Uint8Array;
  return {
    begin({ vocabulary: { size } }, expected) {
      Kind = size <= 256 ? Uint8Array : size <= 65_536 ? Uint16Array : Int32Array;
      buffers.train.ids = new Kind(expected.train);
      buffers.val.ids = new Kind(expected.val);
    },
    add(part, more) {
      const own = buffers[part];
      if (own.count + more.length > own.ids.length) {
        const wider = new Kind(Math.ceil(1.2 * (own.count + more.length)));
        wider.set(own.ids.subarray(0, own.count));
        own.ids = wider;
      }
      own.ids.set(more, own.count);
      own.count += more.length;
    },
    all: (part) => buffers[part].ids.subarray(0, buffers[part].count),
  };
}

/** Lines as sequences: validation lines are drawn at random, as lists are often sorted. */
function partLines(name: string, text: string, validText: string | undefined, options: CorpusOptions & Units): Parts {
  const { valid, seed } = options;
  const lines = filledLines(text);
  if (lines.length === 0) fail({ where: name, expected: "lines", received: "only empty lines", code: "data" });
  const [train, held] =
    validText === undefined
      ? drawLines(name, lines, (valid as number | undefined) ?? 0.1, seed)
      : [lines, filledLines(validText)];
  if (valid !== 0 && held.length === 0) tooLittle(name, plural(lines.length, "line"));
  const tokenizer = lineTokenizer(name, train, held, options);
  const count = (some: readonly string[]) => some.reduce((sum, line) => sum + tokenizer.encode(line).length + 1, 0);
  return {
    tokenizer,
    train,
    valid: held.length > 0 ? held : undefined,
    trainTokens: count(train),
    validTokens: count(held),
  };
}

/** Splits a list at random; each part keeps its order. */
export function drawLines(
  source: string,
  lines: readonly string[],
  fraction: number,
  seed: number,
): [readonly string[], readonly string[]] {
  const [train, held = []] = drawValidation(lines, fraction, { seed, source });
  return [[...train], held];
}

function lineTokenizer(name: string, train: readonly string[], held: readonly string[], units: Units): Tokenizer {
  const whole = units.tokens === "char" || units.tokens === "grapheme";
  const found = learnFrom(learnerOf(units, ["pad", "bos", "eos"]), whole ? [...train, ...held] : train);
  checkLearned(name, found, units);
  return found;
}
