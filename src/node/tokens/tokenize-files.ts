// Texts to a folder of tokens.
import { stat } from "node:fs/promises";
import { fail } from "../../base/index.ts";
import { type Column, type Tokenizer, type UnitOptions, unitsOf } from "../../data/index.ts";
import { listed, named } from "../names.ts";
import { openData } from "../open-data.ts";
import type { TextFiles } from "../text-source.ts";
import type { TokenIndex } from "./token-folder.ts";
import { type Part, type TokenWriterOptions, tokenWriter } from "./token-writer.ts";
import { tokenizeText, type Work } from "./tokenize-text.ts";

interface OpenedText {
  readonly text: TextFiles;
  close(): void;
}

export interface TokenizeFilesOptions extends UnitOptions, TokenWriterOptions {
  /** Use this tokenizer instead of learning one. */
  tokenizer?: Tokenizer | undefined;
  /** What is held out: files, or this fraction at the end of the text. Default: 0.1, at most 10 million characters. */
  valid?: number | readonly string[] | undefined;
  /** Column of tables and JSON rows. Default: the one that is recognized. */
  textColumn?: Column | undefined;
  /** Opens files as text. Default: {@link openData}. */
  open?: (files: readonly string[]) => Promise<OpenedText>;
  signal?: AbortSignal;
  /** Called now and then with the share of this pass that is done, and the bytes of the text. */
  onProgress?: (pass: Parameters<NonNullable<Work["onProgress"]>>[0], done: number, size: number) => void;
}

export interface TokenizedFiles {
  readonly tokenizer: Tokenizer;
  readonly tokens: Readonly<Record<Part, number>>;
  readonly index: TokenIndex;
}

/** A text is read from its beginning to its end: few bytes of the file need to stay in memory. */
const memory = 1 << 20;

/**
 * Tokenizes files into a new folder of tokens, which `openTokens` and every task of plain text read. The folder is there when
 * all of it is written, or not at all.
 *
 * @throws UnrolledError with code "file": a file that cannot be read, a folder with other files; with code "data": fewer than
 *   two tokens; the signal's reason where it is aborted
 *
 * @example
 * ```ts
 * const { tokens } = await tokenizeFiles(["news.txt.gz"], "news-tokens", { tokens: "word" });
 * ```
 */
export async function tokenizeFiles(
  files: readonly string[],
  folder: string,
  options: TokenizeFilesOptions = {},
): Promise<TokenizedFiles> {
  const { tokenizer, valid, textColumn, signal, onProgress, shardTokens, overwrite, open, ...units } = options;
  const openText = async (paths: readonly string[]) => {
    const opened = await openData(paths, { kind: "text", textColumn, memory, signal });
    return opened as Extract<typeof opened, { kind: "text" }>;
  };
  const writer = await tokenWriter(folder, { shardTokens, overwrite });
  const closing: (() => void)[] = [];
  try {
    const textOf = async (paths: readonly string[]) => {
      const opened = await (open ?? openText)(paths);
      closing.push(opened.close);
      return opened.text;
    };
    const text = await textOf(files);
    const held = typeof valid === "object" ? await textOf(valid) : valid;
    const [sample = ""] = text.pieces();
    const size = text.size + (typeof held === "object" ? held.size : 0);
    const found = await tokenizeText(
      { name: listed(files), text, valid: held },
      { ...unitsOf(sample, units), ...(tokenizer ? { tokenizer } : {}) },
      writer,
      { signal, onProgress: (pass, done) => onProgress?.(pass, done, size) },
    );
    const { train } = found.tokens;
    if (train < 2)
      fail({ where: listed(files), expected: "two or more tokens", received: String(train), code: "data" });
    const sources = files.map(async (file) => ({
      name: named(file),
      bytes: file === "-" ? 0 : (await stat(file)).size,
    }));
    return { ...found, index: await writer.finish(await Promise.all(sources)) };
  } finally {
    for (const close of closing) close();
    await writer.discard();
  }
}
