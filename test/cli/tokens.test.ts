// Tokens on disk, from the command line: the same ids and the same model as in memory, faults, interruptions.
import { readdirSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as zlib from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { output } from "../../src/cli/output.ts";
import { corpusReader } from "../../src/cli/tasks/tokenizing.ts";
import { type TokenStream, tokenStream } from "../../src/data/index.ts";
import { openTokens } from "../../src/node/index.ts";
import { type Corpus, readCorpus } from "../../src/node/tokens/corpus.ts";
import { environment, host } from "./in-process.ts";
import { eventFaults } from "./schema.ts";
import { jsonLines, scratchFolder, smallText, tiny, unrolled } from "./terminal.ts";

const scratch = scratchFolder();
afterAll(() => scratch.remove());
const text = scratch.write("text.txt", `${smallText}naïve 😀 e\u0301 café\n${smallText}`);
const steps = [...tiny, "--steps", "4"];

async function ok(...args: string[]) {
  const ran = await unrolled(args);
  expect(ran.err).toBe("");
  expect(ran.code).toBe(0);
  return ran;
}
const bytes = (...parts: string[]) => readFileSync(join(...parts)).toString("base64");
const sameModel = (a: string, b: string) => {
  for (const file of ["model.safetensors", "tokenizer.json"]) expect(bytes(a, file)).toBe(bytes(b, file));
};

/** The ids and the tokenizer of a corpus, as they are read. */
function read({ tokenizer, train, valid }: Pick<Corpus, "tokenizer" | "train" | "valid">) {
  const all = (ids: Corpus["train"] | undefined) => {
    const stream = tokenStream((ids ?? new Uint8Array(0)) as TokenStream);
    return Array.from(stream.read(0, stream.length));
  };
  return { tokenizer: tokenizer.toJSON(), train: all(train), valid: all(valid) };
}

describe("tokens on disk", () => {
  const cache = scratch.path("cache");
  const own = host({ out: "", err: "" });
  const reader = {
    ...corpusReader(output({ ...own, env: { UNROLLED_CACHE: cache } })),
    env: { UNROLLED_CACHE: cache },
  };
  it.each([
    ["char", undefined, []],
    ["grapheme", 0.3, ["--valid", "0.3"]],
    ["word", undefined, ["--vocabulary", "12"]],
    ["subword", undefined, ["--vocabulary", "30"]],
  ] as const)("are the ids of the text in memory: %s", async (tokens, valid, more) => {
    const folder = scratch.path(`${tokens}-tokens`);
    await ok("tokenize", text, "--out", folder, "--tokens", tokens, "--shard-tokens", "1024", ...more);
    const options = { tokens, valid, lines: false, seed: 1, atLeast: 2 };
    const chosen = more[0] === "--vocabulary" ? { ...options, maxVocabulary: Number(more[1]) } : options;
    const memory = read(await readCorpus(reader, [text], chosen));
    expect(memory.train.length).toBeGreaterThan(100);
    expect(read(await readCorpus(reader, [text], { ...chosen, stream: true }))).toEqual(memory);
    const opened = await openTokens(folder);
    expect(read(opened)).toEqual(memory);
    opened.close();
  });
  it("train the model of the run in memory, byte for byte; those in the cache are found again, or written anew", async () => {
    environment.UNROLLED_CACHE = scratch.path("own-cache");
    try {
      const args = ["train", text, "--tokens", "word", "--vocabulary", "12", ...steps];
      const [first, memory, mended] = ["first", "plain", "mended"].map((name) => scratch.path(name));
      expect((await ok(...args, "--stream", "--out", first!)).out).toContain("writing them to");
      const [name] = readdirSync(join(scratch.path("own-cache"), "tokens"));
      const folder = join(scratch.path("own-cache"), "tokens", name!);
      await ok(...args, "--out", memory!);
      sameModel(first!, memory!);
      truncateSync(join(folder, "tokens_train_000000.bin"), 1030);
      const ran = await ok(...args, "--stream", "--out", mended!);
      expect(ran.out).toContain(`its tokens are in ${folder}`);
      sameModel(mended!, memory!);
    } finally {
      delete environment.UNROLLED_CACHE;
    }
  });
});

describe("unrolled tokenize", () => {
  it("prints an event, and takes many kinds of input", async () => {
    const folder = scratch.path("mixed");
    const rows = [{ text: "one two" }, { text: "three\n" }, { other: 1 }];
    const jsonl = scratch.write("rows.jsonl", rows.map((row) => JSON.stringify(row)).join("\n"));
    const ran = await ok("tokenize", jsonl, "--text-column", "text", "--valid", "0", "--out", folder, "--json");
    const events = jsonLines(ran);
    expect(events.flatMap(eventFaults)).toEqual([]);
    expect(events.at(-1)).toMatchObject({ event: "tokenized", tokens: 14, validTokens: 0, shards: 1 });
    const csv = scratch.write("rows.csv", 'id,body\n1,"one, two"\n2,"three ""3"""\n');
    const packed = scratch.write("packed.txt.gz", zlib.gzipSync("abc\n"));
    const read = async (...args: string[]) => {
      await ok("tokenize", ...args, "--valid", "0", "--overwrite", "--out", folder);
      const { tokenizer, train } = await openTokens(folder);
      return tokenizer.decode(Array.from(train.read(0, train.length)));
    };
    expect(await read(csv, "--text-column", "body")).toBe('one, two\nthree "3"\n');
    expect(await read(csv, "--text-column", "1")).toBe("id\n1\n2\n");
    expect(await read(packed, scratch.write("b.txt", "bcd"))).toBe("abc\nbcd");
  });
  it("unpacks Zstandard where Node can, and names what is needed where it cannot", async () => {
    const body = Buffer.from("abab");
    const frame = [0x28, 0xb5, 0x2f, 0xfd, 0x20, body.length, (body.length << 3) | 1, 0, 0, ...body]; // one raw block
    const ran = await unrolled([
      "tokenize",
      scratch.write("a.zst", Uint8Array.from(frame)),
      "--out",
      scratch.path("zst"),
    ]);
    if ("createZstdDecompress" in zlib) expect(ran).toMatchObject({ code: 0, err: "" });
    else expect(ran.err).toContain(`expected Node 22.15 or later, which unpacks Zstandard, got ${process.version}`);
  });
  it("refuses a column of a plain text, and folders that are not its own", async () => {
    const folder = scratch.path("refused");
    expect((await unrolled(["tokenize", text, "--text-column", "text", "--out", folder])).err).toContain(
      "expected CSV, TSV or JSONL with a column of texts",
    );
    expect(readdirSync(scratch.path(".")).filter((name) => name.includes("refused"))).toEqual([]);
  });
  it("takes a tokenizer that is there, so that a model can be measured on other tokens", async () => {
    const [folder, model, other] = ["own", "own-model", "own-other"].map((name) => scratch.path(name));
    await ok("tokenize", text, "--out", folder!);
    await ok("train", folder!, "--out", model!, ...steps);
    await ok("tokenize", text, "--out", other!, "--tokenizer", model!, "--valid", "0");
    expect(bytes(other!, "tokenizer.json")).toBe(bytes(folder!, "tokenizer.json"));
    const line = (ran: { out: string }) => /nats.*/.exec(ran.out)?.[0].replace(/,[^,]*$/, "");
    expect(line(await ok("evaluate", model!, other!))).toBe(line(await ok("evaluate", model!, text)));
    expect((await ok("sample", model!, "--length", "5")).out).not.toBe("");
    expect((await unrolled(["train", folder!, "--tokens", "word"])).err).toContain(
      "these were chosen when the text was tokenized",
    );
  });
});

describe("a shard that goes while a run reads it", () => {
  const [folder, whole] = ["run", "run-whole"].map((name) => scratch.path(name)) as [string, string];
  const shard = join(folder, "tokens_train_000001.bin");
  const run = [...tiny, "--steps", "20", "--batch", "1", "--bptt", "64", "--json"]; // step 17 reads a second shard
  beforeAll(async () => {
    await ok("tokenize", text, "--out", folder, "--shard-tokens", "1024");
    await ok("train", folder, "--out", whole, ...run);
  });
  it.each<[string, string, (kept: Uint8Array) => void]>([
    ["missing", "the shard is missing", () => rmSync(shard)],
    ["truncated", "the shard was truncated while it was in use", () => truncateSync(shard, 1100)],
    [
      "replaced",
      "the shard was replaced while it was in use",
      (kept) => {
        writeFileSync(`${shard}.other`, Uint8Array.from(kept).reverse());
        renameSync(`${shard}.other`, shard);
      },
    ],
  ])(
    "%s: ends the run with one sentence, saved; restored, the run goes on to the same bytes",
    async (name, problem, damage) => {
      const broken = scratch.path(`run-${name}`);
      const kept = readFileSync(shard);
      let gone = false;
      const ran = await unrolled(["train", folder, "--out", broken, ...run], (out) => {
        if (gone || !out.includes('"step":10,')) return;
        damage(kept);
        gone = true;
      });
      expect(ran.code).toBe(1);
      expect(ran.err).toMatch(
        new RegExp(`^error: \\S*tokens_train_000001.bin: ${problem}\\n {2}hint: [^\\n]*train --resume[^\\n]*\\n$`),
      );
      expect((await unrolled(["sample", broken, "--length", "5"])).code).toBe(0); // the checkpoint is whole
      writeFileSync(shard, kept);
      await ok("train", "--resume", broken);
      sameModel(whole, broken);
    },
  );
});
