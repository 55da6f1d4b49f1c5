// Word vectors of other programs here, and ours there: gensim and fastText (fixtures/make_vectors.py wrote the fixtures).
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { embeddingTrainer, readCorpus } from "../src/embeddings/index.ts";
import { loadVectors, saveVectors } from "../src/node/index.ts";
import { scratchFolder } from "./cli/terminal.ts";

interface Fixture {
  files: { name: string; format: string; bytes: string; vectors: Record<string, number[]> }[];
}
const { files } = JSON.parse(
  readFileSync(join(import.meta.dirname, "fixtures", "word-vectors.json"), "utf8"),
) as Fixture;
const scratch = scratchFolder();
afterAll(() => scratch.remove());

const near = (found: ArrayLike<number>, wanted: ArrayLike<number>, digits: number) => {
  expect(found).toHaveLength(wanted.length);
  for (let i = 0; i < wanted.length; i++) expect(found[i]).toBeCloseTo(wanted[i]!, digits);
};

describe("files of gensim and fastText", () => {
  for (const { name, format, bytes, vectors: wanted } of files) {
    it(`${name}: every vector, packed or not, whole or in part`, async () => {
      const plain = Buffer.from(bytes, "base64");
      const digits = name.startsWith("ft") ? 4 : 6; // fastText prints five
      for (const [file, contents] of [
        [name, plain],
        [`${name}.gz`, gzipSync(plain)],
      ] as const) {
        const read = await loadVectors(scratch.write(file, contents));
        expect(read).toMatchObject({ format, warnings: [] });
        for (const [word, vector] of Object.entries(wanted)) near(read.vectors.vector(word), vector, digits);
      }
      const only = await loadVectors(scratch.path(name), { only: new Set(["한국", "café", "unseen"]) });
      expect([...only.vectors.words].sort()).toEqual(["café", "한국"]);
      near(only.vectors.vector("한국"), wanted.한국!, digits);
    });
  }
});

const python = process.env.PYTHON ?? "/usr/bin/python3";
const hasGensim = spawnSync(python, ["-c", "import gensim"]).status === 0;
const hasFastText = spawnSync("fasttext", [], { stdio: "ignore" }).error === undefined;
const text = "the 한국 naïve café of the 사람 new_york the of 한국 x\n".repeat(40);
const asked = ["the", "naïve", "한국", "한국인", "cafés"];

async function ours() {
  const corpus = await readCorpus([new TextEncoder().encode(text)], { minCount: 1 });
  const trainer = embeddingTrainer({ corpus, dim: 6, epochs: 2, subwords: { minn: 2, maxn: 4, bucket: 70 } });
  for await (const _ of trainer.run());
  return trainer;
}

describe("ours", () => {
  it.skipIf(!hasFastText)(`load in fastText${hasFastText ? "" : " (skipped: no fasttext in the path)"}`, async () => {
    const trainer = await ours();
    const vectors = trainer.vectors();
    await saveVectors(scratch.path("ours.bin"), vectors, { format: "fasttext", fastText: trainer.fastText() });
    const { stdout, stderr } = spawnSync("fasttext", ["print-word-vectors", scratch.path("ours.bin")], {
      input: `${asked.join("\n")}\n`,
      encoding: "utf8",
    });
    expect(stderr).toBe("");
    const lines = stdout.trim().split("\n");
    expect(lines).toHaveLength(asked.length);
    for (const [i, word] of asked.entries()) {
      const [name, ...numbers] = lines[i]!.trim().split(" ");
      expect(name).toBe(word);
      near(numbers.map(Number), vectors.vector(word), 4);
    }
  });
  it.skipIf(!hasGensim)(`load in gensim${hasGensim ? "" : ` (skipped: ${python} has no gensim)`}`, async () => {
    const trainer = await ours();
    const vectors = trainer.vectors();
    await saveVectors(scratch.path("g.bin"), vectors, { format: "fasttext", fastText: trainer.fastText() });
    await saveVectors(scratch.path("w.bin"), vectors);
    await saveVectors(scratch.path("w.txt"), vectors);
    await saveVectors(scratch.path("w.txt.gz"), vectors);
    await saveVectors(scratch.path("glove.txt"), vectors);
    const script = `
import json, sys
from gensim.models import KeyedVectors
from gensim.models.fasttext import load_facebook_model
at, asked = sys.argv[1], sys.argv[2:]
load = KeyedVectors.load_word2vec_format
found = {
  "w.bin": load(at + "/w.bin", binary=True), "w.txt": load(at + "/w.txt"), "w.txt.gz": load(at + "/w.txt.gz"),
  "glove.txt": load(at + "/glove.txt", no_header=True), "g.bin": load_facebook_model(at + "/g.bin").wv,
}
print(json.dumps({name: {w: [float(x) for x in v[w]] for w in asked if name == "g.bin" or w in v} for name, v in found.items()}))`;
    const { stdout, stderr, status } = spawnSync(python, ["-c", script, scratch.path("."), ...asked], {
      encoding: "utf8",
    });
    expect({ status, stderr: status === 0 ? "" : stderr }).toEqual({ status: 0, stderr: "" });
    const found = JSON.parse(stdout.trim().split("\n").at(-1)!) as Record<string, Record<string, number[]>>;
    for (const [name, words] of Object.entries(found)) {
      expect(Object.keys(words)).toHaveLength(name === "g.bin" ? 5 : 3);
      for (const [word, vector] of Object.entries(words)) near(vector, vectors.vector(word), 6);
    }
  });
});
