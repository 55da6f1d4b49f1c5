// A run is the same bits for any number of ranks that divides the shards: through training, evaluation and a resume with
// another number. The ranks of these tests live in one process; test/mpi/mpi.system.test.ts has real ones.
import { expect, it } from "vitest";
import { charTokenizer, type TokenStream, tokenStream } from "../../src/data/index.ts";
import type { Ranks } from "../../src/engine/ranks.ts";
import { gru } from "../../src/nn/index.ts";
import { nodeEngine } from "../../src/node/engine.ts";
import { languageModel } from "../../src/tasks/sequence/language-model.ts";
import { checkpoint, type Progress, type TrainingState, train } from "../../src/train/index.ts";
import { loopback } from "./loopback.ts";

const text = "she sells sea shells by the sea shore; the shells she sells are sea shells. ".repeat(6);
const lines = text.split(/(?<=[;.]) /).map((line, i) => line.slice(i % 7));
const tokenizer = charTokenizer.fit(text, { specials: ["bos", "eos"] });
const make = (dropout = 0.2) =>
  languageModel({ tokenizer, encoder: gru({ hiddenSize: 24, dropout }), embeddingSize: 6, dropout });

type Seen = [Pick<Progress, "step" | "loss" | "gradientNorm" | "valid">[], TrainingState];
type Data = string | string[] | TokenStream;

const stateOf = async (model: Parameters<typeof checkpoint>[0]): Promise<TrainingState> => ({
  ...(await checkpoint(model))!,
  elapsed: 0,
});

/** Four steps of a run, of which a rank takes its part; from a state where one is given. `half` gets the state after two. */
async function run(
  data: Data,
  ranks?: Ranks,
  {
    threads = 1,
    shards = 4,
    stop = 4,
    from = undefined as TrainingState | undefined,
    every = 0,
    half = undefined as ((state: TrainingState) => void) | undefined,
  } = {},
): Promise<Seen> {
  const engine = nodeEngine({ threads, ranks });
  const model = make();
  if (from) model.training = structuredClone(from);
  const seen: Seen[0] = [];
  const valid = Array.isArray(data) ? lines.slice(0, 9) : text.slice(0, 300);
  const options = { engine, steps: 4, batchSize: 10, bptt: 16, valid, evaluateEvery: 2, shards };
  const localSteps = every > 0 ? { every, replicas: 4, ranks, engine: nodeEngine({ threads }) } : undefined;
  for await (const { step, loss, gradientNorm, valid: found } of train(model, data, {
    ...options,
    localSteps,
    resume: !!from,
  })) {
    seen.push({ step, loss, gradientNorm, ...(found ? { valid: found } : {}) });
    if (step === 2 && half) half(structuredClone(await stateOf(model)));
    if (step === stop) break;
  }
  return [seen, await stateOf(model)];
}

let first: Promise<Seen> | undefined;
/** The run of one process that several tests compare with. */
const alone = () => (first ??= run(text));

const all = (size: number, data: Data, options?: Parameters<typeof run>[2]) =>
  Promise.all(loopback(size).map((ranks) => run(data, ranks, options)));

it.each<[string, Data]>([
  ["a stream with carried state", text],
  ["lines of other lengths, a last batch with fewer rows than shards", lines.slice(0, 13)],
])("%s: the same bits on 1, 2 and 4 ranks, on each of them", async (_, data) => {
  const expected = await (data === text ? alone() : run(data));
  expect(expected[0]).toHaveLength(4);
  for (const found of await all(4, data)) expect(found).toEqual(expected);
  for (const found of await all(2, data, { threads: 2 })) expect(found).toEqual(expected);
});

it("each rank reads its own lanes of a stream alone", async () => {
  const ids = tokenizer.encode(text);
  const seen = await Promise.all(
    loopback(2).map(async (ranks) => {
      const read: number[] = [];
      const stream = {
        length: ids.length,
        subarray: (from: number, to: number) => tokenStream(ids).subarray(from, to),
        read(from: number, to: number) {
          read.push(from);
          return ids.subarray(from, to);
        },
      };
      return [read, await run(stream, ranks)] as const;
    }),
  );
  const lane = Math.floor((ids.length - 1) / 10);
  for (const [rank, [read, found]] of seen.entries()) {
    expect(new Set(read.map((from) => Math.floor(from / lane)))).toEqual(
      new Set([0, 1, 2, 3, 4].map((i) => 5 * rank + i)),
    );
    expect(found).toEqual(await alone());
  }
});

it("goes on with another number of ranks as if nothing had happened", async () => {
  const [steps, end] = await alone();
  const [[, state]] = (await all(4, text, { stop: 2 })) as [Seen, ...Seen[]];
  for (const [later, found] of await all(2, text, { from: state }))
    expect([later, found]).toEqual([steps.slice(2), end]);
  expect(await run(text, undefined, { from: state, threads: 2 })).toEqual([steps.slice(2), end]);
});

it("goes on on ranks where a process with more threads than shards began", async () => {
  let state: TrainingState | undefined;
  const half = (found: TrainingState) => (state = found);
  const [steps, end] = await run(text, undefined, { threads: 4, shards: 2, half });
  for (const [later, found] of await all(2, text, { from: state, shards: 2 }))
    expect([later, found]).toEqual([steps.slice(2), end]);
});

it("sums in any order where that is asked for: close, not the same", async () => {
  const [steps] = await alone();
  const found = await Promise.all(loopback(4, { fast: true }).map((ranks) => run(text, ranks)));
  for (const [i, { loss }] of found[0]![0].entries()) expect(Math.abs(loss - steps[i]!.loss)).toBeLessThan(1e-4);
  expect(found[1]).toEqual(found[0]);
});

it("refuses a number of ranks that does not divide the shards", async () => {
  const [first] = loopback(8);
  await expect(run(text, first)).rejects.toThrow(
    "compile(ranks): expected a power of two that divides 4 shards, got 8",
  );
});

it("ends where a rank holds other parameters than the rest", async () => {
  const found = await Promise.allSettled(
    loopback(2).map(async (ranks) => {
      const model = make();
      if (ranks.rank === 1) model.parameters[0]! += 1e-6;
      const options = { engine: nodeEngine({ threads: 1, ranks }), steps: 1, batchSize: 8, bptt: 8, shards: 2 };
      for await (const _ of train(model, text, options));
    }),
  );
  for (const [rank, result] of found.entries())
    expect(String((result as PromiseRejectedResult).reason)).toMatch(
      `rank ${rank}: expected the same parameters on all 2 ranks, got other ones on rank 1 than on rank 0`,
    );
});

it("averages replicas to the same bits on 1, 2 and 4 ranks, and after a resume", async () => {
  const [steps, end] = await run(text, undefined, { every: 2 });
  expect(steps.map(({ step }) => step)).toEqual([2, 4]); // between, there is no one model
  expect(end.settings.localSteps).toEqual({ every: 2, replicas: 4 });
  const [[, state]] = (await all(4, text, { every: 2, stop: 2 })) as [Seen, ...Seen[]];
  for (const [later, found] of await all(2, text, { every: 2, from: state }))
    expect([later, found]).toEqual([steps.slice(1), end]);
  await expect(run(text, undefined, { every: 3, from: state })).rejects.toThrow(
    "train(resume, localSteps): expected 4 replicas that meet every 2 steps, as before, got 4 replicas, every 3 steps",
  );
});

it("averages replicas of which some have no rows in a batch", async () => {
  const few = lines.slice(0, 13);
  const expected = await run(few, undefined, { every: 4 });
  for (const found of await all(2, few, { every: 4 })) expect(found).toEqual(expected);
});

it("one replica that meets itself at each step takes the outer step of DiLoCo", async () => {
  const once = async (localSteps?: { every: number }) => {
    const model = make(0);
    const before = model.parameters.slice();
    const options = { engine: nodeEngine({ threads: 1 }), steps: 1, batchSize: 8, bptt: 8, shards: 1, localSteps };
    for await (const _ of train(model, text, options));
    return { before, after: model.parameters, moments: model.training!.moments };
  };
  const [inner, outer] = [await once(), await once({ every: 1 })];
  for (const [i, start] of inner.before.entries()) {
    const way = start - inner.after[i]!;
    expect(outer.moments.outer![i]).toBeCloseTo(way, 6); // momentum 0.9 of nothing, and the way
    expect(outer.after[i]).toBeCloseTo(start - 0.7 * (way + 0.9 * way), 6);
  }
});
