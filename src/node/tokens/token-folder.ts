// A folder of tokens: shards to train on, shards held out, the tokenizer, and `index.json`, which lists them with sizes and
// hashes. A folder of llm.c's shards without an index is read too: its files with `val` in their names are held out.
import { createHash } from "node:crypto";
import { closeSync, existsSync, openSync, readdirSync, readFileSync, readSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { fail } from "../../base/index.ts";
import { type Tokenizer, type TokenStream, tokenBlocks, tokenizerFromJSON } from "../../data/index.ts";
import { fileChunks } from "../file-chunks.ts";
import { failSystem } from "../system-errors.ts";
import { checkedHeader, headerBytes, headerOf } from "./shard-format.ts";
import { type Shard, shardStream } from "./shard-stream.ts";

export const indexFile = "index.json";
export const tokenizerFile = "tokenizer.json";

/** A shard in the index. */
export interface ShardEntry {
  readonly file: string;
  readonly tokens: number;
  /** Of the file, header included. */
  readonly bytes: number;
  readonly sha256: string;
}

/** What `index.json` holds. */
export interface TokenIndex {
  /** The version of this format. */
  readonly unrolledTokens: 1;
  readonly tokenizer: { readonly kind: string; readonly vocabulary: number; readonly sha256: string };
  /** Of the whole text, as it was given. */
  readonly text: { readonly sources: readonly { readonly name: string; readonly bytes: number }[] };
  readonly train: { readonly tokens: number; readonly shards: readonly ShardEntry[] };
  /** Held out. */
  readonly valid: { readonly tokens: number; readonly shards: readonly ShardEntry[] };
}

/** Tokens on disk. */
export interface TokenFolder {
  readonly tokenizer: Tokenizer;
  /** To train on. */
  readonly train: TokenStream;
  /** Held out; of length 0 where nothing is. */
  readonly valid: TokenStream;
  /** Names of the texts that the tokens were made of; none where the folder does not have them. */
  readonly sources: readonly string[];
  /** Closes the files. */
  close(): void;
}

export interface OpenTokensOptions {
  /** Check each shard against its hash, which reads all of it. Default true. */
  verify?: boolean;
  signal?: AbortSignal;
}

/** Whether a path is a folder that {@link openTokens} reads. */
export const isTokenFolder = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() === true &&
  ((hasIndex(path) && isTokenIndex(jsonOf(join(path, indexFile)))) || foreignShards(path).length > 0);

/** The JSON of an index, if it is one. */
export const isTokenIndex = (json: unknown): json is TokenIndex =>
  typeof json === "object" && json !== null && "unrolledTokens" in json;

/**
 * Opens a folder that `unrolled tokenize` wrote, or one with shards of llm.c, to train a language model on or to evaluate it.
 * Ids are read when they are needed: memory does not grow with the corpus. llm.c's shards come without their tokenizer; their
 * tokens are then written as numbers.
 *
 * @throws UnrolledError with code "file": no such folder, a missing, truncated or changed shard
 *
 * @example
 * ```ts
 * const { tokenizer, train: ids, valid } = await openTokens("tokens");
 * const model = languageModel({ tokenizer, encoder: lstm({ hiddenSize: 256 }) });
 * for await (const { step, loss } of train(model, ids, { valid, steps: 1000 })) console.log(step, loss);
 * ```
 */
export async function openTokens(folder: string, options: OpenTokensOptions = {}): Promise<TokenFolder> {
  if (hasIndex(folder)) return openOwn(folder, options);
  const found = foreignShards(folder);
  if (found.length === 0)
    fail({ where: folder, expected: "a folder of tokens", received: "no index.json and no shards", code: "file" });
  return openForeign(found);
}

/** SHA-256 that changes where the tokenizer or an id changes: of the hashes in `index.json`, which {@link openTokens} checks. */
export async function tokensHash(folder: string, signal?: AbortSignal): Promise<string> {
  const hashes: string[] = [];
  if (hasIndex(folder)) {
    const { tokenizer, train, valid } = indexOf(folder);
    hashes.push(tokenizer.sha256, ...[...train.shards, ...valid.shards].map(({ sha256 }) => sha256));
  } else for (const path of foreignShards(folder)) hashes.push(await fileHash(path, signal));
  return hashOf(Buffer.from(hashes.join(" ")));
}

const hasIndex = (folder: string): boolean => existsSync(join(folder, indexFile));

/** The index of a folder, as `unrolled tokenize` writes it. */
function indexOf(folder: string): TokenIndex {
  const where = join(folder, indexFile);
  const index = jsonOf(where);
  if (!isTokenIndex(index))
    return fail({ where, expected: "the index of a folder of tokens", received: "another file", code: "file" });
  if (index.unrolledTokens !== 1)
    fail({
      where,
      expected: "version 1",
      received: String(index.unrolledTokens),
      hint: "update unrolled",
      code: "file",
    });
  const { tokenizer, text, train, valid }: Partial<TokenIndex> = index;
  const isText = (one: { name?: string } | null) => typeof one?.name === "string";
  const isShard = (one: Partial<ShardEntry> | null) =>
    typeof one?.file === "string" && basename(one.file) === one.file && typeof one.sha256 === "string";
  const whole =
    typeof tokenizer?.sha256 === "string" &&
    Array.isArray(text?.sources) &&
    text.sources.every(isText) &&
    [train, valid].every((part) => Array.isArray(part?.shards) && part.shards.every(isShard));
  if (!whole)
    fail({ where, problem: "the index is incomplete or damaged", hint: "tokenize the text again", code: "file" });
  return index;
}

/** The JSON in a file; undefined where it is something else. */
export function jsonOf(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    return failSystem(path, error);
  }
}

async function openOwn(folder: string, { verify = true, signal }: OpenTokensOptions): Promise<TokenFolder> {
  const index = indexOf(folder);
  const tokenizerBytes = readFileSync(join(folder, tokenizerFile));
  if (hashOf(tokenizerBytes) !== index.tokenizer.sha256) changed(join(folder, tokenizerFile));
  const tokenizer = tokenizerFromJSON(JSON.parse(new TextDecoder().decode(tokenizerBytes)));
  const open = async (entries: readonly ShardEntry[]) => {
    const shards: Shard[] = [];
    for (const { file, sha256 } of entries) {
      const path = join(folder, file);
      shards.push(await shardAt(path));
      if (verify && (await fileHash(path, signal)) !== sha256) changed(path);
    }
    return shardStream(shards, { vocabulary: tokenizer.vocabulary.size });
  };
  const train = await open(index.train.shards);
  const valid = await open(index.valid.shards);
  return {
    tokenizer,
    train,
    valid,
    sources: index.text.sources.map(({ name }) => name),
    close() {
      train.close();
      valid.close();
    },
  };
}

/** Shards in llm.c's layout, or in ours, by name. */
function foreignShards(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".bin"))
    .sort()
    .map((name) => join(folder, name))
    .filter((path) => headerOf(headBytes(path)) !== undefined);
}

async function openForeign(paths: readonly string[]): Promise<TokenFolder> {
  const shards: Shard[] = [];
  for (const path of paths) shards.push(await shardAt(path));
  const held = shards.filter(({ path }) => /val/i.test(path.replace(/^.*[/\\]/, "")));
  const rest = shards.filter((shard) => !held.includes(shard));
  const [trainShards, validShards] = rest.length > 0 ? [rest, held] : [held, []];
  let most = 0;
  const all = shardStream(shards, { vocabulary: 2 ** 31 });
  for (const block of tokenBlocks(all)) for (let i = 0; i < block.length; i++) most = Math.max(most, block[i]!);
  all.close();
  const train = shardStream(trainShards, { vocabulary: most + 1 });
  const valid = shardStream(validShards, { vocabulary: most + 1 });
  return {
    tokenizer: numbersTokenizer(most + 1),
    train,
    valid,
    sources: [],
    close() {
      train.close();
      valid.close();
    },
  };
}

/** Writes each token as its number. */
function numbersTokenizer(size: number): Tokenizer {
  const tokens = Array.from({ length: size }, (_, id) => String(id));
  const vocabulary = { tokens, specials: [], counts: tokens.map(() => 0) };
  return tokenizerFromJSON({ kind: "word", split: "whitespace", lowercase: false, vocabulary });
}

async function shardAt(path: string): Promise<Shard> {
  const info = statSync(path, { throwIfNoEntry: false });
  if (!info) fail({ where: path, problem: "the shard is missing", hint: "tokenize the text again", code: "file" });
  return { path, ...checkedHeader(path, headBytes(path), info.size) };
}

function headBytes(path: string): Uint8Array {
  try {
    const fd = openSync(path, "r");
    try {
      const head = new Uint8Array(headerBytes);
      return head.subarray(0, readSync(fd, head, 0, headerBytes, 0));
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    return failSystem(path, error);
  }
}

const hashOf = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** The SHA-256 of a file. */
export async function fileHash(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of fileChunks(path, { signal })) hash.update(chunk);
  return hash.digest("hex");
}

const changed = (where: string): never =>
  fail({
    where,
    problem: "this file is not the one that index.json lists: its SHA-256 differs",
    hint: "restore it, or tokenize the text again",
    code: "file",
  });
