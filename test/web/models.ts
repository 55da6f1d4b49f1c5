// Models of several tasks in a real browser: saved in Node, loaded in a page, the same answers; kept in the page's own
// file system and loaded again.
import { beforeAll, describe, expect, it } from "vitest";
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
import { build } from "../built.ts";
import { type Browser, chromium, sharedChromium, withoutChromium } from "./chromium.ts";

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
    build();
    browser = await sharedChromium();
  });

  it("give the same answers as in Node, also out of the page's own files", async () => {
    const here: Record<string, unknown[]> = {};
    const files: Record<string, Record<string, string>> = {};
    const options: Record<string, object> = { "language-model": { maxTokens: 12 } };
    for (const [name, model] of Object.entries(models)) {
      here[name] = [];
      for await (const found of predict(model, texts as never, options[name] as never)) here[name].push(plain(found));
      const saved = [...(await modelFiles(model))];
      files[name] = Object.fromEntries(saved.map(([file, bytes]) => [file, Buffer.from(bytes).toString("base64")]));
    }
    const there = await browser.run<Record<string, { task: TaskName; found: unknown[]; again: unknown[] }>>(`
      const { load, predict, save } = await import("unrolled/index.web.js");
      const plain = ${plain};
      const ask = async (model, options) => {
        const all = [];
        for await (const found of predict(model, ${JSON.stringify(texts)}, options)) all.push(plain(found));
        return all;
      };
      const options = ${JSON.stringify(options)};
      const bytes = (base64) => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
      const results = {};
      for (const [name, files] of Object.entries(${JSON.stringify(files)})) {
        const model = await load(Object.fromEntries(Object.entries(files).map(([file, base64]) => [file, bytes(base64)])));
        const directory = await (await navigator.storage.getDirectory()).getDirectoryHandle(name, { create: true });
        await save(model, directory);
        const found = await ask(model, options[name]);
        results[name] = { task: model.task, found, again: await ask(await load(directory), options[name]) };
      }
      return results;`);
    expect(Object.keys(there)).toEqual(Object.keys(models));
    for (const [name, { task, found, again }] of Object.entries(there)) {
      expect(task).toBe(name);
      expect(found, name).toEqual(here[name]);
      expect(again, name).toEqual(here[name]);
    }
  });
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
