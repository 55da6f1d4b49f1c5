// Fifty steps of each optimizer, gradient clipping and schedules against PyTorch 2.13 (fixtures by make_fixtures.py).
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parameterLayout, view } from "../../src/tensor/parameters.ts";
import {
  adam,
  adamW,
  clipByGlobalNorm,
  constantRate,
  cosineDecay,
  flatMemory,
  oneCycle,
  rmsprop,
  type Schedule,
  sgd,
  warmup,
} from "../../src/train/index.ts";

type Values = Record<"weight" | "bias", { shape: number[]; data: number[] }>;
interface Fixture<C> {
  cases: C[];
}
const read = <C>(name: string): C[] =>
  (JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), "utf8")) as Fixture<C>).cases;

const layout = parameterLayout([
  { name: "weight", shape: [3, 4] },
  { name: "bias", shape: [4] },
]);
function fill(flat: Float32Array, values: Values, step = 0): void {
  for (const slot of layout.slots) {
    const { data } = values[slot.name as keyof Values];
    view(flat, slot).set(data.slice(step * slot.size, (step + 1) * slot.size));
  }
}
/** The largest distance, relative where values exceed 1. */
function distance(flat: Float32Array, expected: Values): number {
  const gaps = layout.slots.flatMap((slot) =>
    [...view(flat, slot)].map((x, i) => {
      const y = expected[slot.name as keyof Values].data[i]!;
      return Math.abs(x - y) / Math.max(1, Math.abs(y));
    }),
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

describe.each(["kernel", "plain loops"])("optimizers on the %s", (path) => {
  it.each(offered.map((row) => [row.name, row] as const))(
    "%s = PyTorch over 50 steps",
    (name, { options, expected }) => {
      const optimizer = makers[name.split(" ")[0] as keyof typeof makers](options);
      const { buffers } = flatMemory({
        length: layout.length,
        buffers: 2 + optimizer.stateBuffers,
        plain: path !== "kernel",
      });
      const [parameters, gradients, ...state] = buffers as [Float32Array, Float32Array, ...Float32Array[]];
      fill(parameters, rows[0]!.start!);
      for (let step = 1; step <= 50; step++) {
        fill(gradients, rows[0]!.gradients!, step - 1);
        optimizer.update({ parameters, gradients, state, step });
        const known = expected.after[step];
        if (known) expect(distance(parameters, known), `after step ${step}`).toBeLessThan(step === 1 ? 2e-7 : 2e-6);
      }
    },
  );
});

it.each(
  read<{ name: string; maxNorm: number; gradients: Values; expected: { norm: number; clipped: Values } }>(
    "clipping",
  ).map((row) => [row.name, row] as const),
)("clipping by global norm: %s", (_, { maxNorm, gradients, expected }) => {
  const flat = new Float32Array(layout.length);
  fill(flat, gradients);
  expect(clipByGlobalNorm(flat, maxNorm) / expected.norm).toBeCloseTo(1, 6);
  expect(distance(flat, expected.clipped)).toBeLessThan(2e-7);
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
