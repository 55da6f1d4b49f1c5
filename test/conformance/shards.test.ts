// The same bits for any number of workers that divides the shards, through training, evaluation, and a resume with another
// number of workers.
import { describe, expect, it } from "vitest";
import { gradient } from "../../src/compile/gradient.ts";
import { charTokenizer } from "../../src/data/index.ts";
import { gru } from "../../src/nn/index.ts";
import { nodeEngine } from "../../src/node/engine.ts";
import { languageModel } from "../../src/tasks/sequence/language-model.ts";
import { add, div, gather, input, mul, sum, type Tensor } from "../../src/tensor/index.ts";
import { checkpoint, type Progress, type TrainingState, train } from "../../src/train/index.ts";
import { thorough } from "../thorough.ts";

const text = "she sells sea shells by the sea shore; the shells she sells are sea shells. ".repeat(12);
const lines = text.split(/(?<=[;.]) /).map((line, i) => line.slice(i % 7));
const tokenizer = charTokenizer.fit(text, { specials: ["bos", "eos"] });
/** Wide enough that the gradient is cut into several slices. */
const make = (dropout = 0.2) =>
  languageModel({ tokenizer, encoder: gru({ hiddenSize: 40, dropout }), embeddingSize: 6, dropout: dropout / 2 });

type Facts = Pick<Progress, "loss" | "gradientNorm" | "valid">;
interface Split {
  shards: number;
  workers: number;
  threads?: number;
}

/** A short run, in one sitting or in two with other workers; returns the steps and the state at the end. */
async function run(
  data: string | string[],
  first: Split,
  second?: Split,
  dropout?: number,
): Promise<[Facts[], TrainingState]> {
  const engine = nodeEngine({ threads: first.threads ?? first.workers });
  const model = make(dropout);
  const valid = typeof data === "string" ? text.slice(0, 300) : lines.slice(0, 9);
  const options = { engine, steps: 4, batchSize: 12, bptt: 16, valid, evaluateEvery: 2 };
  const seen: Facts[] = [];
  const drain = async (split: Split, from: Partial<{ resume: boolean }>, stop = Infinity) => {
    for await (const { step, loss, gradientNorm, valid: found } of train(model, data, {
      ...options,
      ...from,
      ...(from.resume ? {} : { shards: split.shards }),
      workers: split.workers,
      threads: split.threads ?? split.workers,
    })) {
      seen.push({ loss, gradientNorm, ...(found ? { valid: found } : {}) });
      if (step === stop) break;
    }
  };
  await drain(first, {}, second ? 2 : Infinity);
  if (second) await drain(second, { resume: true });
  return [seen, { ...(await checkpoint(model))!, elapsed: 0 }];
}

/** Numbers of workers: of whole runs, and before and after a resume. */
const cases: [string, string | string[], number, number[], [number, number]?][] = [
  ["a stream with carried state, 4 shards", text, 4, [2], [4, 1]],
  ["lines of other lengths, 4 shards", lines, 4, [], [4, 2]],
];
if (thorough) cases.push(["a stream with carried state, 8 shards", text, 8, [4]]);

describe("shards", () => {
  it.each(cases)(
    "%s: the same bits for any number of workers, and after a resume with another",
    async (_, data, shards, others, resumed) => {
      const alone = await run(data, { shards, workers: 1 });
      expect(alone[1].settings.shards).toBe(shards);
      for (const workers of others) expect(await run(data, { shards, workers })).toEqual(alone);
      if (!resumed) return;
      const [before, after] = resumed.map((workers) => ({ shards, workers })) as [Split, Split];
      expect(await run(data, before, after)).toEqual(alone);
    },
  );

  it("another number of shards is another order of sums: close, not equal", async () => {
    const [one] = await run(text, { shards: 1, workers: 1 }, undefined, 0);
    const [four] = await run(text, { shards: 4, workers: 1 }, undefined, 0);
    for (const [i, { loss }] of one.entries()) expect(Math.abs(loss - four[i]!.loss)).toBeLessThan(1e-3);
    expect(four).not.toEqual(one);
  });
});

it("refuses workers that do not divide the shards, and a resume with other shards", async () => {
  await expect(run(text, { shards: 4, workers: 3 })).rejects.toThrow(
    "compile(workers): expected a power of two that divides 4 shards, got 3",
  );
  const model = make();
  const engine = nodeEngine({ threads: 1 });
  for await (const _ of train(model, text, { engine, steps: 1, batchSize: 4, bptt: 8, shards: 2 }));
  const again = train(model, text, { engine, steps: 2, batchSize: 4, bptt: 8, shards: 4, resume: true });
  await expect(again.next()).rejects.toThrow("train(resume, shards): expected 2, as before, got 4");
});

it("a step of which one shard fails changes nothing, and the next one runs", async () => {
  const table = input("table", [4, 2]);
  const total = sum(gather(table, input("ids", ["B"], { dtype: "int" })));
  const [slope] = gradient(total, [table]) as [Tensor];
  const program = {
    outputs: { total, slope },
    state: { table: { next: add(table, mul(slope, div(1, total))) } },
    shards: { count: 2, sum: ["total", "slope"] },
  };
  const session = await nodeEngine({ threads: 2 }).compile(program, { workers: 2 });
  const at = (...ids: number[]) => ({ ids: { dtype: "int" as const, shape: [2], data: Int32Array.from(ids) } });
  const held = async () => Array.from((await session.read(["table"])).table!.data);
  await session.write({ table: { dtype: "float", shape: [4, 2], data: new Float32Array(8).fill(1) } });
  await expect(session.run(at(0, 9))).rejects.toThrow("shard: "); // in the worker
  await expect(session.run(at(9, 0))).rejects.toThrow("9"); // in the calling thread
  expect(await held()).toEqual([1, 1, 1, 1, 1, 1, 1, 1]);
  expect((await session.run(at(0, 3))).total!.data[0]).toBe(4);
  expect(await held()).toEqual([1.25, 1.25, 1, 1, 1, 1, 1.25, 1.25]);
  await session.release();
});

it("one model is trained once at a time", async () => {
  const model = make();
  const options = { engine: nodeEngine({ threads: 1 }), steps: 3, batchSize: 2, bptt: 8 };
  const first = train(model, text, options);
  await first.next();
  await expect(train(model, text, options).next()).rejects.toThrow("train: this model is being trained already");
  await first.return();
  expect((await train(model, text, options).next()).value!.step).toBe(1);
});
