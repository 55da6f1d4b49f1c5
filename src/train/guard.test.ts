// A step that is not finite ends the run at that step, however seldom losses are read; an engine that is lost leaves the model
// as it was when it was last read back.
import { describe, expect, it } from "vitest";
import { UnrolledError } from "../base/index.ts";
import { charTokenizer } from "../data/index.ts";
import type { Engine, Session } from "../engine/index.ts";
import { lstm } from "../nn/index.ts";
import { nodeEngine } from "../node/engine.ts";
import { languageModel } from "../tasks/index.ts";
import { add, input, log } from "../tensor/index.ts";
import { train } from "./loop.ts";
import { adamW } from "./optimizers/index.ts";
import { trainingSpeed } from "./speed.ts";
import { checkpoint } from "./state.ts";
import type { Cursor } from "./trainable.ts";

const engine = nodeEngine({ threads: 1 });
const text = "she sells sea shells by the sea shore; ".repeat(8);
const make = () =>
  languageModel({ tokenizer: charTokenizer.fit(text), encoder: lstm({ hiddenSize: 6 }), embeddingSize: 4 });
/** A model whose loss is NaN at one step. */
function poisoned(at: number) {
  const model = make();
  const { trace, batches } = model;
  model.trace = (kind, parameters, masks) => {
    const step = trace.call(model, kind, parameters, masks);
    const total = add(step.loss.total, log(input("poison", [])));
    return { ...step, loss: { ...step.loss, total } };
  };
  model.batches = (data, more) => {
    const source = batches.call(model, data, more);
    const numbered = (cursor: Cursor) => {
      const batch = source.at(cursor);
      const last = batch.next.epoch === 0 && Object.values(batch.next).includes(at);
      const data = Float32Array.of(last ? -1 : 1);
      return { ...batch, feeds: { ...batch.feeds, poison: { shape: [], dtype: "float" as const, data } } };
    };
    return { ...source, at: numbered };
  };
  return model;
}
const options = { engine, batchSize: 4, bptt: 8, optimizer: adamW({ learningRate: 0.02 }), seed: 1 };

describe("the guard against NaN", () => {
  it.each([1, 4, 50])(
    "names the step and leaves the parameters before it, read every %i steps",
    async (reportEvery) => {
      const reference = make();
      for await (const _ of train(reference, text, { ...options, steps: 5 }));
      const model = poisoned(6);
      const diverging = train(model, text, { ...options, steps: 9, reportEvery });
      const seen: number[] = [];
      let between: number | undefined;
      const run = async () => {
        for await (const { step } of diverging) {
          seen.push(step);
          if (step === 7) between = (await checkpoint(model))!.step;
        }
      };
      await expect(run()).rejects.toThrow(/^train: loss became NaN at step 6/);
      expect(seen.at(-1)).toBe({ 1: 5, 4: 7, 50: 7 }[reportEvery]);
      expect(between).toBe({ 1: undefined, 4: 5, 50: 5 }[reportEvery]);
      expect(model.training!.step).toBe(5);
      expect(model.training!.cursor).toEqual(reference.training!.cursor);
      expect(model.parameters).toEqual(reference.parameters);
    },
  );

  it("reading seldom changes no parameter", async () => {
    const runs = [1, 3, 50].map(async (reportEvery) => {
      const model = make();
      const losses: number[] = [];
      for await (const { loss } of train(model, text, { ...options, steps: 7, reportEvery })) losses.push(loss);
      return { losses, parameters: model.parameters };
    });
    const [each, third, never] = await Promise.all(runs);
    expect(third!.parameters).toEqual(each!.parameters);
    expect(never!.parameters).toEqual(each!.parameters);
    expect(third!.losses).toEqual([Number.NaN, Number.NaN, ...[2, 2, 2, 5, 5].map((i) => each!.losses[i])]);
  });
});

/** An engine whose sessions fail from a call of `run` on. */
function losing(after: number): Engine {
  let runs = 0;
  const lost = () => Promise.reject(new UnrolledError({ where: "gpu", problem: "lost", code: "device" }));
  return {
    ...engine,
    async compile(program, more) {
      const session = await engine.compile(program, more);
      return new Proxy(session, {
        get(target, name: keyof Session) {
          if (name === "run") runs++;
          if ((name === "run" || name === "read") && runs > after) return lost;
          const value = target[name];
          return typeof value === "function" ? value.bind(target) : value;
        },
      });
    },
  };
}

describe("an engine that is lost", () => {
  it("leaves the model as it was last read, and the run goes on from there on another engine", async () => {
    const whole = make();
    for await (const _ of train(whole, text, { ...options, steps: 9 }));
    const model = make();
    const run = async () => {
      for await (const { step } of train(model, text, { ...options, engine: losing(5), steps: 9 }))
        if (step === 3) await checkpoint(model);
    };
    await expect(run()).rejects.toThrow("gpu: lost");
    expect(model.training!.step).toBe(3);
    for await (const _ of train(model, text, { ...options, steps: 9, resume: true }));
    expect(model.parameters).toEqual(whole.parameters);
  });
});

describe("trainingSpeed", () => {
  it("measures and changes nothing", async () => {
    const model = make();
    const before = model.parameters.slice();
    expect(await trainingSpeed(model, text, options, 0.02)).toBeGreaterThan(0);
    expect(model.parameters).toEqual(before);
    expect(model.training).toBeUndefined();
  });
});
