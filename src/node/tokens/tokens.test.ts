import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { charTokenizer, type Tokenizer, tokenBlocks, tokenizerFromJSON } from "../../data/index.ts";
import { findFiles, findTextFiles } from "../find-files.ts";
import { shardHeader } from "./shard-format.ts";
import { shardStream } from "./shard-stream.ts";
import { openTokens, tokensHash } from "./token-folder.ts";
import { tokenWriter } from "./token-writer.ts";

const scratch = mkdtempSync(join(tmpdir(), "unrolled-tokens-"));
afterAll(() => rmSync(scratch, { recursive: true }));
let folders = 0;
const fresh = () => join(scratch, String(folders++));

/** A tokenizer of so many tokens. */
const tokenizerOf = (size: number): Tokenizer => {
  const tokens = Array.from({ length: size }, (_, id) => `w${id}`);
  const vocabulary = { tokens, specials: [], counts: tokens.map(() => 0) };
  return tokenizerFromJSON({ kind: "word", split: "whitespace", lowercase: false, vocabulary });
};
const letters = charTokenizer.fit("abcd");
const some = (length: number, below: number) => Int32Array.from({ length }, (_, i) => (i * i + 7 * i) % below);

async function written(ids: Int32Array, { size = 4, shardTokens = 1000, held = 0 } = {}): Promise<string> {
  const folder = fresh();
  const writer = await tokenWriter(folder, { shardTokens });
  writer.begin(size === 4 ? letters : tokenizerOf(size));
  const cut = ids.length - held;
  for (let at = 0; at < ids.length; at += 777) {
    const end = Math.min(ids.length, at + 777);
    if (at < cut) writer.add("train", ids.subarray(at, Math.min(cut, end)));
    if (end > cut) writer.add("val", ids.subarray(Math.max(cut, at), end));
  }
  await writer.finish([{ name: "a.txt", bytes: 3 }]);
  return folder;
}

describe("shards on disk", () => {
  it.each([4, 300, 70_000])(
    "give back the ids that were written, over shards and windows: vocabulary %d",
    async (size) => {
      const ids = some(20_011, size);
      const folder = await written(ids, { size, shardTokens: 1300, held: 5000 });
      const { tokenizer, train, valid, sources } = await openTokens(folder);
      expect(tokenizer.vocabulary.size).toBe(size);
      expect(sources).toEqual(["a.txt"]);
      expect([...tokenBlocks(train, 999)].flatMap((block) => Array.from(block))).toHaveLength(15_011);
      const stretches = [
        [0, 1],
        [0, 15_011],
        [1299, 1301],
        [2600, 2600],
        [4095, 9000],
        [15_010, 15_011],
      ] as const;
      for (const [from, to] of stretches)
        expect([...Array.from(train.read(from, to))]).toEqual([...ids.subarray(from, to)]);
      expect(Array.from(valid.read(0, 5000))).toEqual([...ids.subarray(15_011)]);
      expect(Array.from(valid.subarray(10, 20).subarray(2, 5).read(0, 3))).toEqual([...ids.subarray(15_023, 15_026)]);
    },
  );
  it("read as much memory as it may, whatever the size", async () => {
    const ids = some(9000, 4);
    const paths = [0, 1, 2].map((i) => {
      const path = `${fresh()}.bin`;
      writeFileSync(
        path,
        Buffer.concat([shardHeader("uint8", 3000), Uint8Array.from(ids.subarray(3000 * i, 3000 * i + 3000))]),
      );
      return { path, type: "uint8" as const, tokens: 3000 };
    });
    const stream = shardStream(paths, { vocabulary: 4, window: 64, memory: 256 });
    for (let from = 0; from < 8900; from += 333)
      expect(Array.from(stream.read(from, from + 100))).toEqual([...ids.subarray(from, from + 100)]);
    stream.close();
  });
  it("are the layout of llm.c for 16-bit ids", async () => {
    const folder = await written(some(50, 300), { size: 300 });
    const bytes = readFileSync(join(folder, "tokens_train_000000.bin"));
    expect([0, 4, 8].map((at) => bytes.readInt32LE(at))).toEqual([20_240_520, 1, 50]);
    expect(bytes).toHaveLength(1024 + 100);
    expect(bytes.readUInt16LE(1024 + 2 * 3)).toBe(30);
  });
});

it("reads shards of llm.c, whose tokenizer is elsewhere", async () => {
  const folder = fresh();
  mkdirSync(folder);
  const shard = (name: string, ids: number[]) =>
    writeFileSync(
      join(folder, name),
      Buffer.concat([shardHeader("uint16", ids.length), new Uint8Array(Uint16Array.from(ids).buffer)]),
    );
  shard("fineweb_val_000000.bin", [5, 1]);
  shard("fineweb_train_000001.bin", [1, 2, 3]);
  shard("fineweb_train_000002.bin", [9, 0]);
  writeFileSync(join(folder, "other.bin"), "not a shard");
  const { train, valid, tokenizer } = await openTokens(folder);
  expect(Array.from(train.read(0, 5))).toEqual([1, 2, 3, 9, 0]);
  expect(Array.from(valid.read(0, 2))).toEqual([5, 1]);
  expect(tokenizer.decode([9, 0])).toBe("9 0");
});

it("refuses an index that it did not write", async () => {
  const folder = await written(some(50, 4));
  const path = join(folder, "index.json");
  const index = JSON.parse(readFileSync(path, "utf8"));
  const shard = index.train.shards[0];
  const faulty = [
    { ...index, tokenizer: undefined },
    { ...index, text: {} },
    { ...index, text: { sources: [null] } },
    { ...index, train: undefined },
    { ...index, valid: { shards: null } },
    ...[null, {}, { ...shard, file: 7 }, { ...shard, file: `../x/${shard.file}` }, { ...shard, sha256: null }].map(
      (one) => ({ ...index, train: { shards: [one] } }),
    ),
  ];
  for (const json of faulty) {
    writeFileSync(path, JSON.stringify(json));
    for (const read of [openTokens, tokensHash])
      await expect(read(folder)).rejects.toThrow("index.json: the index is incomplete or damaged");
  }
  writeFileSync(path, "{");
  await expect(openTokens(folder)).rejects.toThrow("index.json: expected the index of a folder of tokens");
});

it("is not taken for texts", async () => {
  const folder = fresh();
  mkdirSync(folder);
  writeFileSync(join(folder, "a.txt"), "a");
  renameSync(await written(some(50, 4)), join(folder, "tokens"));
  expect(await findTextFiles([folder])).toEqual({ files: [join(folder, "a.txt")], skipped: [] });
  for (const find of [findTextFiles, findFiles])
    await expect(find([join(folder, "tokens")])).rejects.toThrow("expected texts, got a folder of tokens");
});

describe("a shard that is not what it was", () => {
  const shard = "tokens_train_000001.bin";
  it("is refused when the folder is opened", async () => {
    const ids = some(3000, 4);
    const damaged = async (damage: (path: string) => void) => {
      const folder = await written(ids);
      damage(join(folder, shard));
      return openTokens(folder);
    };
    await expect(damaged((path) => truncateSync(path, 1500))).rejects.toThrow(
      /train_000001.bin: the shard is truncated/,
    );
    await expect(damaged((path) => appendFileSync(path, "x"))).rejects.toThrow("longer than its header");
    await expect(damaged((path) => rmSync(path))).rejects.toThrow("the shard is missing");
    await expect(damaged((path) => writeFileSync(path, "x"))).rejects.toThrow("expected a shard of tokens");
    const changed = (path: string) => {
      const bytes = readFileSync(path);
      bytes[1030]! ^= 1;
      writeFileSync(path, bytes);
    };
    await expect(damaged(changed)).rejects.toThrow("its SHA-256 differs");
  });
  it("is named in one sentence while it is in use", async () => {
    const ids = some(3000, 4);
    const reading = async (damage: (path: string) => void) => {
      const folder = await written(ids);
      const { train } = await openTokens(folder);
      train.read(0, 10);
      damage(join(folder, shard));
      expect(Array.from(train.read(0, 1000))).toEqual([...ids.subarray(0, 1000)]); // the other shards are still there
      return train.read(1000, 1010);
    };
    await expect(reading((path) => truncateSync(path, 1500))).rejects.toThrow(
      "the shard was truncated while it was in use",
    );
    await expect(reading((path) => rmSync(path))).rejects.toThrow("the shard is missing");
    const replaced = (path: string) => {
      const bytes = readFileSync(path);
      rmSync(path);
      writeFileSync(path, bytes);
    };
    await expect(reading(replaced)).rejects.toThrow("the shard was replaced while it was in use");
  });
  it("may not have ids that the tokenizer lacks", async () => {
    const path = `${fresh()}.bin`;
    writeFileSync(path, Buffer.concat([shardHeader("uint8", 2), Uint8Array.of(1, 9)]));
    const stream = shardStream([{ path, type: "uint8", tokens: 2 }], { vocabulary: 4 });
    expect(() => stream.read(0, 1)).toThrow("expected ids from 0 to 3, as the tokenizer has, got 9");
  });
});

describe("writing", () => {
  const begin = async (folder: string, options = {}) => {
    const writer = await tokenWriter(folder, options);
    writer.begin(letters);
    writer.add("train", some(10, 4));
    return writer;
  };
  it("leaves nothing where it is given up, and replaces what a killed process left", async () => {
    const folder = fresh();
    const writer = await begin(folder);
    await writer.discard();
    expect(readdirSync(scratch).filter((name) => name.includes(`${folders - 1}.unrolled`))).toEqual([]);
    const left = join(scratch, `.${folders - 1}.unrolled-new`);
    mkdirSync(left);
    writeFileSync(join(left, "tokens_train_000000.bin"), "half");
    const next = await begin(folder);
    await next.finish([]);
    expect(readdirSync(folder).sort()).toEqual(["index.json", "tokenizer.json", "tokens_train_000000.bin"]);
  });
  it("puts the old folder back where a process died between two renames", async () => {
    const folder = await written(some(100, 4));
    const old = join(scratch, `.${folders - 1}.unrolled-old`);
    renameSync(folder, old);
    await expect(tokenWriter(folder)).rejects.toThrow("--overwrite replaces it");
    expect((await openTokens(folder)).train).toHaveLength(100);
  });
  it("never touches files of others", async () => {
    const folder = fresh();
    mkdirSync(folder);
    writeFileSync(join(folder, "mine.txt"), "mine");
    await expect(tokenWriter(folder, { overwrite: true })).rejects.toThrow("a folder with other files");
    const left = fresh();
    mkdirSync(join(scratch, `.${folders - 1}.unrolled-new`));
    writeFileSync(join(scratch, `.${folders - 1}.unrolled-new`, "mine.txt"), "mine");
    await expect(tokenWriter(left)).rejects.toThrow("a folder with other files (mine.txt)");
    const tokens = await written(some(100, 4));
    await expect(tokenWriter(tokens)).rejects.toThrow("--overwrite replaces it");
    await (await begin(tokens, { overwrite: true })).finish([]);
    expect((await openTokens(tokens)).train).toHaveLength(10);
  });
});
