// Fifty steps of each optimizer, gradient clipping and schedules against PyTorch 2.13 (fixtures by make_fixtures.py).
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { referenceEngine, type Value } from "../../src/engine/index.ts";
import { nodeEngine } from "../../src/node/engine.ts";
import {
  adam,
  adamW,
  constantRate,
  cosineDecay,
  oneCycle,
  rmsprop,
  type Schedule,
  sgd,
  warmup,
} from "../../src/train/index.ts";
import { optimizerSession } from "../optimizer-session.ts";

type Values = Record<"weight" | "bias", { shape: number[]; data: number[] }>;
interface Fixture<C> {
  cases: C[];
}
const read = <C>(name: string): C[] =>
  (JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), "utf8")) as Fixture<C>).cases;

const sizes = { weight: 12, bias: 4 };
/** The gradients of one step. */
const at = (values: Values, step: number): Record<string, number[]> =>
  Object.fromEntries(
    Object.entries(values).map(([name, { data }]) => {
      const size = sizes[name as keyof Values];
      return [name, data.slice(step * size, (step + 1) * size)];
    }),
  );
/** The largest distance, relative where values exceed 1. */
function distance(found: Readonly<Record<string, Value>>, expected: Values): number {
  const gaps = Object.entries(expected).flatMap(([name, { data }]) =>
    data.map((y, i) => Math.abs(found[name]!.data[i]! - y) / Math.max(1, Math.abs(y))),
  );
  return Math.max(...gaps);
}

const makers = { sgd, rmsprop, adam, adamw: adamW };
interface OptimizerCase {
  name: string;
  options: Record<string, number>;
  start?: Values;
  gradients?: Values;
  expected: { after: Record<string, Values> };
}
const rows = read<OptimizerCase>("optimizers");
/** Options of PyTorch's that Unrolled does not offer. */
const offered = rows.filter(({ options }) => !("dampening" in options || "centered" in options));

const engines = { "onnxruntime-node": nodeEngine({ threads: 1 }), reference: referenceEngine() };

describe.each(Object.entries(engines))("optimizers on %s", (_, engine) => {
  it.each(offered.map((row) => [row.name, row] as const))(
    "%s = PyTorch over 50 steps",
    async (row, { options, expected }) => {
      const optimizer = makers[row.split(" ")[0] as keyof typeof makers](options);
      const session = await optimizerSession(engine, optimizer, rows[0]!.start!);
      for (let step = 1; step <= 50; step++) {
        await session.update(step, at(rows[0]!.gradients!, step - 1));
        const known = expected.after[step];
        if (known)
          expect(distance(await session.read(), known), `after step ${step}`).toBeLessThan(step === 1 ? 2e-7 : 2e-6);
      }
      await session.release();
    },
  );
  it.each(
    read<{ name: string; maxNorm: number; gradients: Values; expected: { norm: number; clipped: Values } }>(
      "clipping",
    ).map((row) => [row.name, row] as const),
  )("clipping by global norm: %s", async (_name, { maxNorm, gradients, expected }) => {
    const zeros = Object.fromEntries(
      Object.entries(gradients).map(([slot, { shape, data }]) => [slot, { shape, data: data.map(() => 0) }]),
    );
    const session = await optimizerSession(engine, sgd({ learningRate: 1 }), zeros, { clipNorm: maxNorm });
    expect((await session.update(1, at(gradients, 0))) / expected.norm).toBeCloseTo(1, 6);
    const found = await session.read();
    for (const { data } of Object.values(found)) for (let i = 0; i < data.length; i++) data[i] = -data[i]!;
    expect(distance(found, expected.clipped)).toBeLessThan(2e-7);
    await session.release();
  });
});

interface ScheduleOptions {
  peak: number;
  totalSteps: number;
  final: number;
  warmup: number;
  divFactor: number;
  finalDivFactor: number;
  anneal?: "linear";
  warmupSteps: number;
  startFactor: number;
}
const schedules: Record<string, (o: ScheduleOptions) => Schedule> = {
  cosine: (o) => cosineDecay({ minimum: o.final / o.peak }),
  "one-cycle": ({ warmup: share, divFactor, finalDivFactor, anneal }) =>
    oneCycle({ warmup: share, divFactor, finalDivFactor, anneal }),
  "linear warm-up": (o) => warmup({ steps: o.warmupSteps, startFactor: o.startFactor }),
  "warm-up then cosine": (o) => warmup({ steps: o.warmupSteps, startFactor: o.startFactor }, cosineDecay()),
  constant: constantRate,
};
it.each(
  read<{ name: string; options: ScheduleOptions; expected: { learningRates: number[] } }>("schedules").map(
    (row) => [row.name, row] as const,
  ),
)("schedule %s = PyTorch's learning rates", (name, { options, expected: { learningRates } }) => {
  const schedule = schedules[name.replace(/ (early|linear)$/, "")]!(options);
  const ours = learningRates.map((_, step) => options.peak * schedule(step, learningRates.length));
  for (const [step, rate] of learningRates.entries()) expect(ours[step]! / rate, `step ${step}`).toBeCloseTo(1, 8);
});
