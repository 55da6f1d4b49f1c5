import { expect, it } from "vitest";
import { wordTokenizer } from "../data/index.ts";
import { bidirectional, lstm } from "../nn/index.ts";
import { nodeEngine } from "../node/engine.ts";
import { classifier, predictor } from "./index.ts";

const texts = Array.from({ length: 400 }, (_, i) => `${"a film so good ".repeat(1 + (i % 5))}${i % 3 ? "yes" : "no"}`);
const model = () =>
  classifier({
    tokenizer: wordTokenizer.fit(texts, { specials: ["pad", "unk"] }),
    labels: ["a", "b"],
    encoder: bidirectional(lstm({ hiddenSize: 6 })),
  });
const engine = nodeEngine();
const answers = async (threads: number, { count = 400, ...options }: { batchSize?: number; count?: number } = {}) => {
  const compiled = await predictor(model(), { engine, threads });
  const found = await compiled.run(texts.slice(0, count), options);
  await compiled.release();
  return found.map(({ probability }) => probability);
};

it("many inputs on two threads = on one, = one by one", async () => {
  const one = await answers(1);
  expect(await answers(2)).toEqual(one);
  const alone = await answers(2, { batchSize: 1, count: 30 });
  for (const [i, probability] of alone.entries()) expect(probability).toBeCloseTo(one[i]!, 5);
});

it("cuts a batch only where several of many rows come, and answers overlapping calls", async () => {
  const programs: number[] = [];
  const watched = {
    ...engine,
    cores: 2,
    compile: (...[program, options]: Parameters<typeof engine.compile>) => {
      programs.push(program.shards?.count ?? 1);
      return engine.compile(program, options);
    },
  };
  const compiled = await predictor(model(), { engine: watched });
  await compiled.run(texts.slice(0, 20));
  expect(programs).toEqual([1]);
  const [first, second] = await Promise.all([compiled.run(texts), compiled.run(texts)]);
  expect(programs).toEqual([1, 2]);
  expect(first.map(({ probability }) => probability)).toEqual(second.map(({ probability }) => probability));
  await compiled.release();
});

it("never answers with weights that have changed since it was compiled", async () => {
  const own = model();
  const compiled = await predictor(own, { engine, threads: 2 });
  const before = await compiled.run(texts.slice(0, 64));
  own.parameters.fill(0);
  const after = await compiled.run(texts);
  expect(after.slice(0, 64).map(({ label }) => label)).toEqual(before.map(({ label }) => label));
  await compiled.release();
});
