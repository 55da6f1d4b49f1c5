// Models of several tasks in a real browser: saved in Node, loaded in a page, the same answers; kept in the page's own
// file system and loaded again.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  charTokenizer,
  classifier,
  gru,
  languageModel,
  lstm,
  type Model,
  modelFiles,
  predict,
  type TaskName,
  tagger,
  taggerVocabulary,
} from "../../src/index.ts";
import { type Browser, chromium, startChromium, withoutChromium } from "./chromium.ts";

const tokenizer = charTokenizer.fit("abcde ", { specials: ["pad", "bos", "eos", "unk"] });
const sentences = [{ tokens: ["ab", "cd"], tags: ["B-X", "O"] }];
const vocabulary = taggerVocabulary(sentences, { minCount: 1 });
const texts = ["abc", "edcba ab", "a"];
const models: Record<string, Model> = {
  classifier: classifier({ tokenizer, labels: ["x", "y", "z"], encoder: gru({ hiddenSize: 5 }), embeddingSize: 4 }),
  tagger: tagger({ vocabulary, encoder: lstm({ hiddenSize: 4 }), embeddingSize: 3 }),
  "language-model": languageModel({ tokenizer, encoder: lstm({ hiddenSize: 6 }), embeddingSize: 4 }),
};

describe.skipIf(!chromium)(`models in Chromium${withoutChromium}`, () => {
  let browser: Browser;
  beforeAll(async () => {
    const root = join(import.meta.dirname, "..", "..");
    const built = spawnSync(process.execPath, [join(root, "scripts", "build.mjs")], { encoding: "utf8" });
    expect(built.stdout + built.stderr).toBe("");
    browser = await startChromium();
  });
  afterAll(() => browser?.close());

  it.each(Object.entries(models))(
    "%s: the same answers as in Node, also out of the page's own files",
    async (name, model) => {
      const options = name === "language-model" ? { maxTokens: 12 } : {};
      const here: unknown[] = [];
      for await (const found of predict(model, texts as never, options as never)) here.push(plain(found));
      const files = Object.fromEntries([...(await modelFiles(model))].map(([file, bytes]) => [file, [...bytes]]));
      const there = await browser.run<{ task: TaskName; found: unknown[]; again: unknown[] }>(`
      const { load, predict, save } = await import("unrolled/index.web.js");
      const plain = ${plain};
      const ask = async (model) => {
        const all = [];
        for await (const found of predict(model, ${JSON.stringify(texts)}, ${JSON.stringify(options)})) all.push(plain(found));
        return all;
      };
      const files = ${JSON.stringify(files)};
      const model = await load(Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, Uint8Array.from(bytes)])));
      const directory = await (await navigator.storage.getDirectory()).getDirectoryHandle("${name}", { create: true });
      await save(model, directory);
      return { task: model.task, found: await ask(model), again: await ask(await load(directory)) };`);
      expect(there.task).toBe(name);
      expect(there.found).toEqual(here);
      expect(there.again).toEqual(here);
    },
  );
});

/** Numbers to five digits: engines round differently. */
function plain(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_, x) =>
      ArrayBuffer.isView(x)
        ? Array.from(x as Float32Array, (n) => +n.toFixed(5))
        : typeof x === "number"
          ? +x.toFixed(5)
          : x,
    ),
  );
}
