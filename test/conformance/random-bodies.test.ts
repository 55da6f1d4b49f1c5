// The law of passes, on bodies that nobody wrote: each pass alone and each schedule leave values and gradients
// unchanged, and gradients agree with differences of the loss. A failure prints its seed and its graph.
//
//   RANDOM_BODIES=100000        so many programs
//   RANDOM_BODIES_FROM=5001     from another seed
//   RANDOM_BODIES_ALL=1         each through every pass and schedule, not only through two of them
import { describe, expect, it } from "vitest";
import { gradient } from "../../src/compile/gradient.ts";
import { forwardPasses, runPasses, stepPasses } from "../../src/compile/passes/index.ts";
import { printGraph } from "../../src/compile/print.ts";
import type { Value } from "../../src/engine/index.ts";
import { onnxPasses, optimize } from "../../src/engine/onnx/passes.ts";
import { neutral } from "../../src/engine/passes.ts";
import { evaluate as evaluateGraph } from "../../src/engine/reference/evaluate.ts";
import { nodeEngine } from "../../src/node/engine.ts";
import { liveOrder } from "../../src/tensor/graph.ts";
import { isOp, type Tensor } from "../../src/tensor/tensor.ts";
import { evaluate } from "../gradient-check.ts";
import { axes, type ProgramOptions, type RandomProgram, randomProgram } from "./random-programs.ts";

type Outputs = Readonly<Record<string, Tensor>>;

const thorough = process.env.RANDOM_BODIES_ALL !== undefined;
const count = Number(process.env.RANDOM_BODIES ?? 2000);
const first = Number(process.env.RANDOM_BODIES_FROM ?? 1);
/** Regrouped sums round otherwise; the values stay below some hundreds. */
const tolerance = 1e-8;

/** The results and d loss / d input of each float input. */
function withGradients({ loss, wrt }: RandomProgram, outputs: Outputs, from = loss): Outputs {
  const gradients = gradient(from, Object.values(wrt));
  return { ...outputs, ...Object.fromEntries(Object.keys(wrt).map((name, i) => [`d.${name}`, gradients[i]!])) };
}

type Schedule = (program: RandomProgram) => Outputs;
const alone = Object.entries({ ...forwardPasses, ...onnxPasses, ...stepPasses })
  .filter(([name]) => !/^simplify./.test(name)) // one pass under several names
  .map(([name, pass]): [string, Schedule] => [
    `${name} alone`,
    (program) => runPasses(withGradients(program, program.results), { [name]: pass }),
  ]);
const training: [string, Schedule] = ["training on ONNX Runtime", (program) => optimize(differentiatedAfter(program))];
const others: [string, Schedule][] = [
  ["training elsewhere", (program) => neutral(differentiatedAfter(program))],
  ["differentiated before any pass", (program) => optimize(withGradients(program, program.results))],
  ["one step at a time", (program) => runPasses(runPasses(program.results, stepPasses), onnxPasses)],
  ...alone,
];
/** Each program goes through the longest schedule and, in turn, through one of the others; through all if there is time. */
const schedulesFor = (seed: number): readonly [string, Schedule][] =>
  thorough ? [training, ...others] : [training, others[seed % others.length]!];

function differentiatedAfter(program: RandomProgram): Outputs {
  const { loss, ...results } = runPasses({ ...program.results, loss: program.loss }, forwardPasses);
  return withGradients(program, results, loss);
}

function run(outputs: Outputs, feeds: Record<string, Value>): Record<string, Value> {
  const order = liveOrder(Object.values(outputs));
  const leaves = order.flatMap((tensor): [Tensor, Value][] =>
    isOp(tensor, "input") ? [[tensor, feeds[tensor.attrs.name]!]] : [],
  );
  const scope = evaluateGraph(order, new Map(leaves), axes);
  return Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, scope.get(tensor)!]));
}

/** What differs, in a line; undefined if nothing does. */
function difference(got: Record<string, Value>, want: Record<string, Value>, bound: number): string | undefined {
  for (const [name, { shape, dtype, data }] of Object.entries(got)) {
    const expected = want[name]!;
    if (String(shape) !== String(expected.shape) || dtype !== expected.dtype)
      return `${name}: ${dtype} [${shape}], not ${expected.dtype} [${expected.shape}]`;
    for (const [i, value] of data.entries()) {
      const right = expected.data[i]!;
      if (!(Math.abs(value - right) <= bound * (1 + Math.abs(right)))) return `${name}[${i}]: ${value}, not ${right}`;
    }
  }
  return undefined;
}

interface Fault {
  /** The schedule that changed something. */
  where: string;
  what: string;
}

/** The first fault that a seed shows. `where`: look for it only there. */
function fault(seed: number, options?: ProgramOptions, where?: string): Fault | undefined {
  const program = randomProgram(seed, options);
  const plain = withGradients(program, program.results);
  const want = run(plain, program.feeds);
  const slope = where === undefined || where === "gradient" ? wrongSlope(program, want) : undefined;
  if (slope) return { where: "gradient", what: slope };
  for (const [name, rewrite] of schedulesFor(seed)) {
    if (where !== undefined && name !== where) continue;
    try {
      const outputs = rewrite(program);
      if (Object.entries(plain).every(([key, tensor]) => outputs[key] === tensor)) continue;
      const what = difference(run(outputs, program.feeds), want, tolerance);
      if (what !== undefined) return { where: name, what };
    } catch (error) {
      return { where: name, what: error instanceof Error ? (error.stack ?? error.message) : String(error) };
    }
  }
  return undefined;
}

/** The slope of the loss in a random direction, by gradients and by central differences. */
function wrongSlope({ loss, wrt, feeds }: RandomProgram, values: Record<string, Value>): string | undefined {
  const step = 1e-5;
  const direction = (i: number) => Math.sin(12.9898 * (i + 1));
  let at = 0;
  let slope = 0;
  const [up, down] = [{ ...feeds }, { ...feeds }];
  for (const name of Object.keys(wrt)) {
    const { shape, data } = feeds[name]!;
    const gradient = values[`d.${name}`]!.data;
    const start = at;
    for (const value of gradient) slope += value * direction(at++);
    const moved = (sign: number): Value => ({
      shape,
      dtype: "float",
      data: Float64Array.from(data, (value, i) => value + sign * step * direction(start + i)),
    });
    up[name] = moved(1);
    down[name] = moved(-1);
  }
  const lossAt = (moved: Record<string, Value>) => run({ loss }, moved).loss!.data[0]!;
  const measured = (lossAt(up) - lossAt(down)) / (2 * step);
  return Math.abs(slope - measured) <= 1e-4 * (1 + Math.abs(slope))
    ? undefined
    : `the slope of the loss is ${measured}, by gradients ${slope}`;
}

/** The fault in the smallest program of this seed that shows it, with its graph. */
function report(seed: number, found: Fault): string {
  for (let operations = 0; operations < 10; operations++) {
    const smaller = fault(seed, { operations }, found.where);
    if (smaller)
      return told(`seed ${seed} with ${operations} operations a body`, smaller, randomProgram(seed, { operations }));
  }
  return told(`seed ${seed}`, found, randomProgram(seed));
}

const told = (name: string, { where, what }: Fault, { results, loss }: RandomProgram): string =>
  `${name}, ${where}: ${what}\n${printGraph({ ...results, loss })}`;

describe("on random bodies", () => {
  const batch = 100;
  for (let from = first; from < first + count; from += batch) {
    const to = Math.min(from + batch, first + count);
    it(`passes and schedules change nothing, seeds ${from} to ${to - 1}`, () => {
      for (let seed = from; seed < to; seed++) {
        const found = fault(seed);
        if (found) expect.fail(report(seed, found));
      }
    });
  }
});

it.each([1, 101])("ONNX Runtime computes what the reference does, 100 seeds from %i", async (from) => {
  const engine = nodeEngine({ threads: 1 });
  for (let seed = from; seed < from + 100; seed++) {
    const program = randomProgram(seed, { smooth: true });
    const want = run({ ...withGradients(program, program.results), ...program.inputs }, program.feeds);
    // The passes before differentiation are the caller's; they may drop the last reader of an input that has an axis.
    const outputs =
      seed % 2 === 0 ? withGradients(program, program.results) : { ...differentiatedAfter(program), ...program.inputs };
    const what = await evaluate(outputs, program.feeds, engine).then(
      (got) => difference(got, want, 1e-3),
      (error) => String(error),
    );
    if (what !== undefined) expect.fail(told(`seed ${seed}`, { where: "ONNX Runtime", what }, program));
  }
});
