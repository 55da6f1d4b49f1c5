import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { charTokenizer, melodyCoder } from "../data/index.ts";
import { lstm } from "../nn/index.ts";
import { type Content, compose, type Generator, generator } from "../tasks/index.ts";
import { nodeEngine } from "./engine.ts";
import { load, save } from "./save.ts";

const contents: [string, Content][] = [
  ["text", { type: "text", tokenizer: charTokenizer.fit("abc", { specials: ["pad", "bos", "eos"] }) }],
  ["melody", { type: "melody", coder: melodyCoder({ lowest: 60, highest: 72 }) }],
  ["frames", { type: "frames", stepsPerQuarter: 2 }],
];

it.each(contents)("a saved generator writes the same (%s)", async (_, content) => {
  const folder = join(await mkdtemp(join(tmpdir(), "unrolled-")), "m");
  const options = { fields: { style: ["jig", "reel"] }, encoder: lstm({ hiddenSize: 5 }), embeddingSize: 4 };
  const model = generator({ content, ...options });
  await save(model, folder);
  const again = await load(folder);
  if (again.task !== "generator") throw new Error(again.task);
  expect(again.config).toEqual(model.config);
  const write = async (one: Generator) => {
    const found = [];
    const engine = nodeEngine({ threads: 1 });
    for await (const piece of compose(one, { engine, count: 2, maxTokens: 6 })) found.push(piece);
    return found;
  };
  expect(await write(again)).toEqual(await write(model));
});
