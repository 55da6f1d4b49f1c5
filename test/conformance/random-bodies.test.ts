// The law of passes, on bodies that nobody wrote. A failure prints its seed and its graph.
//
//   RANDOM_BODIES=100000        so many programs; 100 by default, 2,000 in CI
//   RANDOM_BODIES_FROM=5001     from another seed
//   RANDOM_BODIES_ALL=1         each through every pass and schedule, not only through two of them
import { describe, expect, it } from "vitest";
import { nodeEngine } from "../../src/node/engine.ts";
import { evaluate } from "../gradient-check.ts";
import { thorough } from "../thorough.ts";
import { difference, differentiatedAfter, fault, report, run, told, withGradients } from "./random-law.ts";
import { randomProgram } from "./random-programs.ts";

const every = process.env.RANDOM_BODIES_ALL !== undefined;
const count = Number(process.env.RANDOM_BODIES ?? (thorough ? 2000 : 100));
const first = Number(process.env.RANDOM_BODIES_FROM ?? 1);

describe("on random bodies", () => {
  const batch = 100;
  for (let from = first; from < first + count; from += batch) {
    const to = Math.min(from + batch, first + count);
    it(`passes and schedules change nothing, seeds ${from} to ${to - 1}`, () => {
      for (let seed = from; seed < to; seed++) {
        const found = fault(seed, { thorough: every });
        if (found) expect.fail(report(seed, found));
      }
    });
  }
});

it.each([19449, 23684, 84893])("seed %i, whose maximum was stored and its operand computed again", (seed) => {
  const found = fault(seed, { thorough: true });
  if (found) expect.fail(report(seed, found));
});

it.each(thorough ? [1, 51, 101, 151] : [1])(
  "ONNX Runtime computes what the reference does, 50 seeds from %i",
  async (from) => {
    const engine = nodeEngine({ threads: 1 });
    for (let seed = from; seed < from + 50; seed++) {
      const program = randomProgram(seed, { smooth: true });
      const want = run({ ...withGradients(program, program.results), ...program.inputs }, program.feeds);
      // The passes before differentiation are the caller's; they may drop the last reader of an input that has an axis.
      const outputs =
        seed % 2 === 0
          ? withGradients(program, program.results)
          : { ...differentiatedAfter(program), ...program.inputs };
      const what = await evaluate(outputs, program.feeds, engine).then(
        (got) => difference(got, want, 1e-3),
        (error) => String(error),
      );
      if (what !== undefined) expect.fail(told(`seed ${seed}`, { where: "ONNX Runtime", what }, program));
    }
  },
);
