// No command may lose a file that it did not write, whatever folder it is pointed at.
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { scratchFolder, smallText, tiny, unrolled } from "./terminal.ts";

const scratch = scratchFolder();
afterAll(() => scratch.remove());
const text = scratch.write("text.txt", smallText);
const model = [...tiny, "--steps", "3"];
const vectors = ["--dim", "4", "--epochs", "1", "--min-count", "1", "--threads", "1"];

/** All files below a folder, with their contents. */
function contents(folder: string, prefix = ""): Record<string, string> {
  return Object.fromEntries(
    readdirSync(join(folder, prefix)).flatMap((name) => {
      const path = join(folder, prefix, name);
      if (statSync(path).isDirectory()) return Object.entries(contents(folder, `${prefix}${name}/`));
      return [[prefix + name, readFileSync(path, "base64")]];
    }),
  );
}

/** A folder with these files. */
function folderWith(name: string, files: Record<string, string>): string {
  for (const [file, data] of Object.entries(files)) {
    mkdirSync(join(scratch.path(name), file, ".."), { recursive: true });
    writeFileSync(join(scratch.path(name), file), data);
  }
  return scratch.path(name);
}

describe("a folder of something else", () => {
  const cases: [string, Record<string, string>][] = [
    ["a project", { "config.json": '{"name":"shop"}', "training/data.csv": "a,b\n", "model.bin": "mine" }],
    ["broken JSON", { "config.json": "{", "vectors.safetensors": "mine" }],
    ["no config", { "notes.txt": "mine" }],
  ];
  it.each(cases)("is left as it is by every way to train: %s", async (name, files) => {
    const out = folderWith(name, files);
    const before = contents(out);
    for (const args of [
      ["train", text, "--out", out, ...model],
      ["train", text, "--out", out, "--overwrite", ...model],
      ["train", "--resume", out],
      ["embed", "train", text, "--out", out, ...vectors],
      ["embed", "train", text, "--out", out, "--overwrite", ...vectors],
      ["embed", "train", "--resume", "--out", out],
    ]) {
      const ran = await unrolled(args);
      expect({ args, ...ran }).toMatchObject({ code: expect.toSatisfy((code) => code === 1 || code === 2) });
      expect(ran.err).toMatch(/^error: /);
      expect(contents(out)).toEqual(before);
    }
  });
  it("includes a model where vectors are to go, and vectors where a model is to go", async () => {
    const out = scratch.path("a model");
    expect(await unrolled(["train", text, "--out", out, ...model])).toMatchObject({ code: 0 });
    const before = contents(out);
    for (const more of [[], ["--overwrite"]]) {
      const ran = await unrolled(["embed", "train", text, "--out", out, ...vectors, ...more]);
      expect(ran).toMatchObject({ code: expect.toSatisfy((code) => code > 0), err: expect.stringMatching(/^error: /) });
      expect(contents(out)).toEqual(before);
    }
    const words = scratch.path("words");
    expect(await unrolled(["embed", "train", text, "--out", words, ...vectors])).toMatchObject({ code: 0 });
    const old = contents(words);
    expect(await unrolled(["train", text, "--out", words, "--overwrite", ...model])).toMatchObject({ code: 1 });
    expect(await unrolled(["embed", "train", text, "--out", words, ...vectors])).toMatchObject({
      code: expect.toSatisfy((code) => code > 0),
      err: expect.stringContaining("--overwrite replaces the word vectors in it"),
    });
    expect(contents(words)).toEqual(old);
  });
});

describe("a folder of ours", () => {
  it("keeps other people's files through --overwrite, also in training/", async () => {
    const out = scratch.path("ours");
    const train = ["train", text, "--out", out, "--overwrite", ...model];
    expect(await unrolled(train)).toMatchObject({ code: 0 });
    folderWith("ours", { "notes.txt": "mine", "training/data.csv": "mine" });
    expect(await unrolled(train)).toMatchObject({ code: 0 });
    expect(Object.keys(contents(out))).toEqual(expect.arrayContaining(["notes.txt", "training/data.csv"]));
    const words = folderWith("our words", {});
    const learn = ["embed", "train", text, "--out", scratch.path("our words"), "--overwrite", ...vectors];
    expect(await unrolled(learn)).toMatchObject({ code: 0 });
    folderWith("our words", { "training/data.csv": "mine" });
    expect(await unrolled(learn)).toMatchObject({ code: 0 });
    expect(contents(words)["training/data.csv"]).toBe(Buffer.from("mine").toString("base64"));
  });
});
