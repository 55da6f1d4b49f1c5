import { expect, it } from "vitest";
import type { Progress } from "../index.ts";
import { divergenceWatch } from "./divergence.ts";

const at = (step: number, trainLoss: number, nats: number | undefined = trainLoss, best?: number): Progress =>
  ({
    step,
    trainLoss,
    valid: nats === undefined ? undefined : { nats, means: {} },
    best: best === undefined ? undefined : { step: best, nats: 0 },
  }) as Progress;

it("a training loss that rises far above its lowest is named once", () => {
  const watch = divergenceWatch();
  const losses = [1.9, 1.66, 1.75, 3.27, 3.5].map((loss, i) => watch(at(100 * (i + 1), loss, loss, 200)));
  expect(losses.map(Boolean)).toEqual([false, false, false, true, false]);
  expect(losses[3]).toBe(
    "the training loss rose from 1.660 at step 200 to 3.270: the run is diverging. Ctrl-C stops the run and keeps the best parameters so far (step 200); then try a lower --lr",
  );
});

it("overfitting, and a loss that was tiny, are not", () => {
  const watch = divergenceWatch();
  for (const [step, report] of [
    at(100, 0.3, 0.4),
    at(200, 0.2, 0.6),
    at(300, 0.1, 1.4, 100),
    at(400, 0.001, 3),
    at(500, 0.04, 3),
  ].entries())
    expect(watch(report), `report ${step}`).toBeUndefined();
});

it("the first steps do not tell: the average is over few batches", () => {
  const watch = divergenceWatch();
  for (const report of [at(1, 0.8), at(2, 1.6), at(60, 1.5), at(120, 1.4)]) expect(watch(report)).toBeUndefined();
  expect(watch(at(180, 2))).toMatch(
    /^the training loss rose from 1.400 at step 120 to 2.000: the run is diverging; try/,
  );
});

it("a training loss that is not known yet, as on a GPU, is no rise", () => {
  const watch = divergenceWatch();
  expect(watch(at(4, Number.NaN, 2))).toBeUndefined();
  expect(watch(at(100, 1.5))).toBeUndefined();
  expect(watch(at(200, Number.NaN, 1.5))).toBeUndefined();
});

it("steps without a validation are not looked at; guessing needs no earlier step", () => {
  const watch = divergenceWatch(2);
  expect(watch({ ...at(1, 0.1), valid: undefined })).toBeUndefined();
  expect(watch(at(2, 2.1, 2.3))).toBeUndefined();
  expect(watch(at(3, 2.1, 2.5))).toBe(
    "the validation loss 2.500 is higher than that of guessing (2.000): the run is diverging; try a lower --lr",
  );
});
