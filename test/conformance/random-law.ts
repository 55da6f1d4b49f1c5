// The law of passes for one random program: each pass alone and each schedule leave its values and gradients unchanged,
// and the gradients agree with differences of the loss.
import { gradient } from "../../src/compile/gradient.ts";
import { forwardPasses, runPasses, stepPasses } from "../../src/compile/passes/index.ts";
import { printGraph } from "../../src/compile/print.ts";
import type { Value } from "../../src/engine/index.ts";
import { onnxPasses, optimize } from "../../src/engine/onnx/passes.ts";
import { neutral } from "../../src/engine/passes.ts";
import { evaluate as evaluateGraph } from "../../src/engine/reference/evaluate.ts";
import { liveOrder } from "../../src/tensor/graph.ts";
import { isOp, type Tensor } from "../../src/tensor/tensor.ts";
import { axes, type ProgramOptions, type RandomProgram, randomProgram } from "./random-programs.ts";

export type Outputs = Readonly<Record<string, Tensor>>;

/** Regrouped sums round otherwise; the values stay below some hundreds. */
const tolerance = 1e-8;

/** The results and d loss / d input of each float input. */
export function withGradients({ loss, wrt }: RandomProgram, outputs: Outputs, from = loss): Outputs {
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

export function differentiatedAfter(program: RandomProgram): Outputs {
  const { loss, ...results } = runPasses({ ...program.results, loss: program.loss }, forwardPasses);
  return withGradients(program, results, loss);
}

export function run(outputs: Outputs, feeds: Record<string, Value>): Record<string, Value> {
  const order = liveOrder(Object.values(outputs));
  const leaves = order.flatMap((tensor): [Tensor, Value][] =>
    isOp(tensor, "input") ? [[tensor, feeds[tensor.attrs.name]!]] : [],
  );
  const scope = evaluateGraph(order, new Map(leaves), axes);
  return Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, scope.get(tensor)!]));
}

/** What differs, in a line; undefined if nothing does. */
export function difference(got: Record<string, Value>, want: Record<string, Value>, bound: number): string | undefined {
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

export interface Fault {
  /** The schedule that changed something. */
  where: string;
  what: string;
}

export interface LawOptions extends ProgramOptions {
  /** Every pass and schedule; otherwise the longest schedule and, in turn, one of the others. */
  thorough?: boolean;
  /** Only this pass or schedule. */
  where?: string;
}

/** The first fault that a seed shows, if any. */
export function fault(seed: number, { thorough = false, where, ...options }: LawOptions = {}): Fault | undefined {
  const schedules = thorough || where !== undefined ? [training, ...others] : [training, others[seed % others.length]!];
  const program = randomProgram(seed, options);
  const plain = withGradients(program, program.results);
  const want = run(plain, program.feeds);
  const slope = where === undefined || where === "gradient" ? wrongSlope(program, want) : undefined;
  if (slope) return { where: "gradient", what: slope };
  for (const [name, rewrite] of schedules) {
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
  const names = Object.keys(wrt);
  const direction = (name: string, i: number) => Math.sin(12.9898 * (i + 1) + names.indexOf(name));
  let slope = 0;
  for (const name of names)
    for (const [i, value] of values[`d.${name}`]!.data.entries()) slope += value * direction(name, i);
  const lossAt = (step: number) => {
    const moved = Object.fromEntries(
      names.map((name) => {
        const { shape, data } = feeds[name]!;
        const there = Float64Array.from(data, (value, i) => value + step * direction(name, i));
        return [name, { shape, dtype: "float" as const, data: there }];
      }),
    );
    return run({ loss }, { ...feeds, ...moved }).loss!.data[0]!;
  };
  let measured = 0;
  // A second, smaller step: the first may cross a kink (of abs, relu, maximum).
  for (const step of [1e-5, 1e-7]) {
    measured = (lossAt(step) - lossAt(-step)) / (2 * step);
    if (Math.abs(slope - measured) <= 1e-4 * (1 + Math.abs(slope))) return undefined;
  }
  return `the slope of the loss is ${measured}, by gradients ${slope}`;
}

/** The fault in the smallest program of this seed that shows it, with its graph. */
export function report(seed: number, found: Fault): string {
  for (let operations = 0; operations < 10; operations++) {
    const smaller = fault(seed, { operations, where: found.where });
    if (smaller)
      return told(`seed ${seed} with ${operations} operations a body`, smaller, randomProgram(seed, { operations }));
  }
  return told(`seed ${seed}`, found, randomProgram(seed));
}

export const told = (name: string, { where, what }: Fault, { results, loss }: RandomProgram): string =>
  `${name}, ${where}: ${what}\n${printGraph({ ...results, loss })}`;
