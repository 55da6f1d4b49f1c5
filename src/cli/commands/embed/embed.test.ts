// `unrolled embed` end to end on a small text: learn, ask, convert, resume; and what it says when something is wrong.
import { lstat, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { events, host } from "../../../../test/cli/in-process.ts";
import { eventFaults } from "../../../../test/cli/schema.ts";
import { random } from "../../../base/random.ts";
import { biasDirection } from "../../../embeddings/query/debias.ts";
import { cosine } from "../../../embeddings/vectors.ts";
import { corpusChunks, fileSpool, findFiles, loadVectors } from "../../../node/index.ts";
import { embedCommand } from "./index.ts";

let folder = "";
const path = (name: string) => join(folder, name);

async function run(...args: string[]) {
  const seen = { out: "", err: "" };
  const own = host(seen, { columns: 80 });
  const command = embedCommand(own).exitOverride();
  for (const inner of command.commands) inner.exitOverride().configureOutput({ writeErr: (text) => own.err(text) });
  await command.parseAsync(args, { from: "user" });
  return { ...seen, exitCode: own.exitCode };
}
const json = (text: string) =>
  events(text).map((event) => {
    expect(eventFaults(event)).toEqual([]);
    return event;
  });

const fruit = ["Apple", "pear", "plum", "grape", "melon", "cherry"];
const colors = ["red", "blue", "green", "white", "black", "brown"];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "unrolled-embed-"));
  const draw = random(8);
  const lines = Array.from({ length: 600 }, () => {
    const topic = draw.below(2) ? fruit : colors;
    return `${Array.from({ length: 7 }, () => topic[draw.below(6)]!).join(", ")}.`;
  });
  await mkdir(path("texts/deep"), { recursive: true });
  await writeFile(path("texts/a.txt"), lines.slice(0, 300).join("\n")); // no newline at the end
  await writeFile(path("texts/deep/b.txt.gz"), gzipSync(lines.slice(300).join("\n")));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const small = ["--dim", "12", "--window", "3", "--sample", "0", "--plain", "--threads", "1", "--epochs", "6"];

describe("embed", () => {
  // The tests build on each other: what one trains, the next ones load.
  it("learns from patterns and gzip, and answers", async () => {
    const { out } = await run("train", path("texts/**/*.txt*"), "--out", path("model"), ...small, "--json");
    const events = json(out);
    expect(events[0]).toMatchObject({ event: "start", files: 2, words: 12, tokens: 4200, known: 4200, lines: 600 });
    expect(events.at(-2)).toMatchObject({ event: "step", tokens: 4200 * 6, totalTokens: 4200 * 6 });
    expect(events.at(-1)).toMatchObject({ event: "end", words: 12, dim: 12 });

    const near = json((await run("nearest", path("model"), "apple", "--count", "5", "--json")).out);
    expect(near.map(({ word }) => word).sort()).toEqual(["cherry", "grape", "melon", "pear", "plum"]);
    const one = Number((await run("similarity", path("model"), "red", "blue")).out);
    expect(one).toBeGreaterThan(Number((await run("similarity", path("model"), "red", "plum")).out));
    expect((await run("odd-one-out", path("model"), "red", "blue", "melon", "white")).out).toBe("melon\n");
    const analogy = json((await run("analogy", path("model"), "red", "blue", "pear", "--count", "3", "--json")).out);
    expect(analogy).toHaveLength(3);
    const summary = (await run("summary", path("model"), "--word", "pear")).out;
    expect(summary).toMatch(/embedding matrix E +\[12, 12\] in the lecture's notation/);
    expect(summary).toMatch(/E o_\d+ = e_\d+ \("pear"\) = \[-?\d\.\d{4}, /);
  }, 20_000);
  it("evaluates on both kinds of tests", async () => {
    await writeFile(path("q.txt"), ": gram1-x\nred blue green white\nred blue green zebra\n");
    await writeFile(path("s.txt"), "red\tblue\t9\nred\tplum\t1\npear\tplum\t8\n");
    const [analogies, pairs] = json((await run("evaluate", path("model"), path("q.txt"), path("s.txt"), "--json")).out);
    expect(analogies).toMatchObject({ total: { asked: 1, outOfVocabulary: 1 }, semantic: { asked: 0 } });
    expect(pairs!.spearman).toBeGreaterThan(0);
    const { out } = await run("evaluate", path("model"), path("q.txt"), path("s.txt"));
    expect(out).toMatch(/^q\.txt +accuracy +correct +questions +unknown\n/);
    expect(out).toMatch(/s\.txt: Spearman \d\.\d{4}, .* 3 of 3 pairs in the vocabulary/);
  });
  it("converts between all formats, and what comes back is the same", async () => {
    const { vectors } = await loadVectors(path("model"));
    for (const name of ["v.vec", "v.bin", "v.glove.txt.gz", "v.safetensors", "v.bin.gz"]) {
      const { out } = await run("convert", path("model"), path(name), "--json");
      const read = await loadVectors(path(name));
      expect(json(out)[0]).toMatchObject({ event: "written", format: read.format });
      expect(read.vectors.words).toEqual(vectors.words);
      expect(Buffer.from(Float32Array.from(read.vectors.matrix).buffer)).toEqual(
        Buffer.from(Float32Array.from(vectors.matrix).buffer),
      );
    }
    await writeFile(path("only"), "red pear nothing\n");
    await run("convert", path("v.bin"), path("few.vec"), "--only", path("only"));
    expect((await readFile(path("few.vec"), "utf8")).split("\n")[0]).toBe("2 12");
  });
  it("shows bias along a direction, and writes vectors without it", async () => {
    const pairs = ["--pairs", "red:pear,blue:plum"];
    const lean = async (file: string, ...words: string[]) =>
      json((await run("bias", file, ...words, ...pairs, "--json")).out).map(({ bias }) => bias as number);
    const [green, grape] = await lean(path("model"), "green", "grape");
    expect(green).toBeGreaterThan(0.3);
    expect(grape).toBeLessThan(-0.3);
    const { out } = await run("debias", path("model"), path("even.vec"), ...pairs);
    expect(out).toBe(`${path("even.vec")}: 8 words neutralized, 2 pairs equalized\n`);
    const { vectors: before } = await loadVectors(path("model"));
    const { vectors } = await loadVectors(path("even.vec"));
    const g = biasDirection(before, [
      ["red", "pear"],
      ["blue", "plum"],
    ]);
    for (const word of ["green", "grape", "cherry"]) {
      expect(Math.abs(cosine(vectors.vector(word), g))).toBeLessThan(1e-5);
      // as far from one of a pair as from the other
      expect(vectors.similarity(word, "red")).toBeCloseTo(vectors.similarity(word, "pear"), 4);
    }
    await writeFile(path("neutral"), "green zebra\n");
    const some = await run(
      "debias",
      path("model"),
      path("some.vec"),
      ...pairs,
      "--neutral",
      path("neutral"),
      "--equalize",
      "red:pear",
      "--json",
    );
    expect(json(some.out)[0]).toMatchObject({ neutralized: 1, unknown: 1, equalized: 1 });
    expect([...(await loadVectors(path("some.vec"))).vectors.vector("grape")]).toEqual([...before.vector("grape")]);
    await expect(run("bias", path("model"), "red", "--pairs", "red")).rejects.toThrow(/pairs such as woman:man/);
  });
  it("keeps subwords: unknown words have vectors", async () => {
    const options = [...small, "--subwords", "--bucket", "500", "--min-count", "1"];
    await run("train", path("texts"), "--out", path("sub"), ...options);
    const { vectors, format } = await loadVectors(path("sub"));
    expect(format).toBe("fasttext");
    expect(vectors.has("apples")).toBe(false);
    expect(vectors.similarity("apples", "apple")).toBeGreaterThan(vectors.similarity("apples", "red"));
    await run("convert", path("sub"), path("again.bin"), "--to", "fasttext");
    expect(await readFile(path("again.bin"))).toEqual(await readFile(path("sub/model.bin")));
  });
  it("knows Korean stems by their letters", async () => {
    await writeFile(path("korean.txt"), "나는 간다 너는 간다 그는 왔다\n".repeat(40));
    const options = [...small, "--subwords", "--bucket", "500", "--minn", "2", "--min-count", "1"];
    const { out } = await run("train", path("korean.txt"), "--out", path("letters"), ...options, "--jamo");
    expect(out).toContain("subwords and jamo");
    const { vectors } = await loadVectors(path("letters"));
    expect(vectors.similarity("갔다", "간다")).toBeGreaterThan(vectors.similarity("갔다", "그는"));
    expect((await run("summary", path("letters"))).out).toContain("n-grams of 2 to 6 characters and 3 to 5 jamo");
    await expect(run("train", path("korean.txt"), "--out", path("x"), "--jamo")).rejects.toThrow(
      "--jamo needs --subwords",
    );
  });
  it("resumes a finished run without moving, and refuses other settings", async () => {
    const before = await readFile(path("model/vectors.safetensors"));
    await run("train", path("texts/**/*.txt*"), "--out", path("model"), ...small, "--resume");
    expect(await readFile(path("model/vectors.safetensors"))).toEqual(before);
    const other = run("train", path("texts/**/*.txt*"), "--out", path("model"), ...small, "--window", "2", "--resume");
    await expect(other).rejects.toThrow(/resume: expected window as before, 3, got 2/);
    const nothing = run("train", path("texts"), "--out", path("none"), ...small, "--resume");
    await expect(nothing).rejects.toThrow(/no such folder/);
  });
  it("tells the epochs and the learning rate that it chose; a resumed run keeps its own", async () => {
    const text = path("texts/a.txt");
    const usual = await run("train", text, "--out", path("usual"), ...small.slice(0, -2));
    expect(usual.out).toMatch(/^run +20 epochs, learning rate 0\.025, window 3, 1 thread, seed 1$/m);
    const given = ["--epochs", "2", "--learning-rate", "0.07"];
    await run("train", text, "--out", path("own"), ...small.slice(0, -2), ...given);
    const before = await readFile(path("own/vectors.safetensors"));
    const config = JSON.parse(await readFile(path("own/config.json"), "utf8"));
    expect(config.options).toMatchObject({ epochs: 2, learningRate: 0.07 });
    delete config.options.epochs; // as if both had been the defaults of that time
    delete config.options.learningRate;
    await writeFile(path("own/config.json"), JSON.stringify(config));
    const { out } = await run("train", "--out", path("own"), "--resume", "--threads", "1");
    expect(out).toMatch(/^run +2 epochs, learning rate 0\.07, window 3/m);
    expect(await readFile(path("own/vectors.safetensors"))).toEqual(before);
  });
  it("learns with GloVe and joins phrases", async () => {
    const options = [...small.slice(0, -2), "--phrases", "1", "--min-count", "1", "--epochs", "20"];
    const { out } = await run("train", path("texts"), "--out", path("glove"), ...options, "--model", "glove");
    expect(out).toMatch(/^run +20 epochs, learning rate 0\.05, window 3/m);
    expect(out).toMatch(/glove: \d+ words, 12 dimensions\. Next:\n {2}npx unrolled embed nearest \S+ \S+\n$/);
    const { vectors } = await loadVectors(path("glove"));
    expect(vectors.similarity("apple", "pear")).toBeGreaterThan(vectors.similarity("apple", "red"));
    const both = run("train", path("texts"), "--out", path("x"), "--model", "glove", "--subwords");
    await expect(both).rejects.toThrow(/glove cannot be used with --subwords/);
  });
  it("writes to standard output and to devices, and reports elsewhere", async () => {
    const { out, err } = await run("convert", path("model"), "/dev/null");
    expect({ out, err }).toEqual({ out: "/dev/null: 12 words, 12 dimensions, text\n", err: "" });
    expect((await lstat("/dev/null")).isCharacterDevice()).toBe(true);
    const missing = run("convert", path("none.vec"), path("no/such/folder.txt"));
    await expect(missing).rejects.toThrow(/there is no folder/); // before it reads
  });
  it("marks a folder before it trains, and removes the mark where nothing could be trained", async () => {
    await writeFile(path("started.txt"), "red blue\n".repeat(3));
    await expect(run("train", path("started.txt"), "--out", path("started"))).rejects.toThrow(
      /expected at least two words/,
    );
    await expect(stat(path("started"))).rejects.toThrow(/ENOENT/);
    await expect(run("train", path("texts"), "--out", path("started.txt"))).rejects.toThrow(/got a file$/);
    await mkdir(path("killed"));
    const options = { dim: 3, minCount: 1, epochs: 1, threads: 1 };
    const config = {
      unrolled: 1,
      kind: "word-vectors",
      started: true,
      model: "skipgram",
      corpus: [path("texts")],
      options,
    };
    await writeFile(path("killed/config.json"), JSON.stringify(config));
    await expect(run("nearest", path("killed"), "red")).rejects.toThrow(/ended before the first checkpoint/);
    const again = json((await run("train", "--resume", "--out", path("killed"), "--json")).out);
    expect(again[0]).toEqual({ event: "restart", out: path("killed") });
    expect(again.at(-1)).toMatchObject({ event: "end", dim: 3 });
    expect((await loadVectors(path("killed"))).vectors.dim).toBe(3);
  });
  it("shows control characters in words and names, and sends none", async () => {
    await writeFile(path("evil.vec"), "3 1\n\x1b]0;x\x07a 1\nb 2\nc\u202e -1\n");
    for (const args of [
      ["nearest", path("evil.vec"), "b"],
      ["summary", path("evil.vec")],
      ["odd-one-out", path("evil.vec"), "b", "\x1b]0;x\x07a", "c\u202e"],
    ]) {
      const { out } = await run(...args);
      expect(out).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]/);
    }
    expect((await run("nearest", path("evil.vec"), "b")).out).toContain("\\x1b]0;x\\x07a");
  });
  it("says in one line what is wrong", async () => {
    await expect(run("train", path("nothing*"), "--out", path("x"))).rejects.toThrow(/nothing\*: no file matches/);
    await writeFile(path("empty.txt"), "");
    await expect(run("train", path("empty.txt"), "--out", path("x"))).rejects.toThrow(/empty\.txt: expected a corpus/);
    await expect(run("nearest", path("model"), "zebra")).rejects.toThrow(/vocabulary \(12 words\), got "zebra"/);
    await expect(run("nearest", path("empty.txt"), "a")).rejects.toThrow(/expected word vectors, got an empty file/);
    await expect(run("convert", path("v.vec"), path("y.bin"), "--to", "fasttext")).rejects.toThrow(
      /needs a model with/,
    );
    await writeFile(path("cut.gz"), gzipSync("a 1\n".repeat(5000)).subarray(0, 60));
    await expect(run("summary", path("cut.gz"))).rejects.toThrow(/the gzip data is truncated/);
    await writeFile(path("bad.vec"), "2 3\na 1 2 3\nb 1 2\n");
    await expect(run("summary", path("bad.vec"))).rejects.toThrow(/bad\.vec:3: expected 3 numbers/);
  });
});

describe("corpus files", () => {
  it("finds files by pattern, folder and name, in one order", async () => {
    const names = async (...patterns: string[]) => (await findFiles(patterns)).map((p) => p.slice(folder.length + 1));
    expect(await names(path("texts/*.txt"))).toEqual(["texts/a.txt"]);
    expect(await names(path("**/?.txt*"))).toEqual(expect.arrayContaining(["texts/a.txt", "texts/deep/b.txt.gz"]));
    expect(await names(path("texts"))).toEqual(["texts/a.txt", "texts/deep/b.txt.gz"]);
    await expect(names(path("missing.txt"))).rejects.toThrow(/missing\.txt: no such file/);
  });
  it("fails where a file changes while it is read", async () => {
    await writeFile(path("grows.txt"), "a ".repeat(3_000_000));
    const read = (async () => {
      let first = true;
      for await (const chunk of corpusChunks([path("grows.txt")])) {
        expect(chunk.length).toBeGreaterThan(0);
        if (first) await writeFile(path("grows.txt"), "b ".repeat(3_000_001));
        first = false;
      }
    })();
    await expect(read).rejects.toThrow(/grows\.txt: the file changed while it was read/);
  });
  it("a spool on disk gives back what it was given, from anywhere", () => {
    const spool = fileSpool(folder);
    spool.append(Int32Array.of(1, 2, 3));
    spool.append(Int32Array.of(-1, 5));
    const out = new Int32Array(3);
    expect([spool.read(2, out), [...out]]).toEqual([3, [3, -1, 5]]);
    expect(spool.read(4, out)).toBe(1);
    expect(spool.read(9, out)).toBe(0);
    spool.close();
  });
});
