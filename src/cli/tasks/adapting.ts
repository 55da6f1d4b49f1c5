// unrolled evaluate --cache and --dynamic: language models that adapt to the text that they are scored on.
import { fail } from "../../base/index.ts";
import { unitOf } from "../../node/tokens/tokenize-text.ts";
import {
  chooseCache,
  chooseDynamic,
  evaluateCache,
  evaluateDynamic,
  type LanguageModel,
  type LanguageModelData,
  type Model,
  report,
} from "../../tasks/index.ts";
import { formatWhole, plural } from "../../terminal/index.ts";
import { flagName, int, real, text, toggle, type Values } from "../flags.ts";
import { filesOf } from "../source.ts";
import { aModel } from "./describe.ts";
import type { AnyTask, Context, Report } from "./task.ts";

const cacheFlags = {
  theta: real("--theta <x>", "with --cache: how sharply similar states are preferred", { min: 0 }, { fallback: "0.3" }),
  lambda: real(
    "--lambda <x>",
    "with --cache: weight of the cache in the probabilities",
    { min: 0, max: 1 },
    { fallback: "0.1" },
  ),
  window: int(
    "--window <n>",
    "with --cache: number of tokens in the cache",
    { min: 1, max: 65_536 },
    { fallback: "2,000" },
  ),
};
const dynamicFlags = {
  adaptRate: real("--adapt-rate <x>", "with --dynamic: learning rate", { min: 0 }, { fallback: "0.1" }),
  adaptDecay: real(
    "--adapt-decay <x>",
    "with --dynamic: decay toward the trained weights at each step",
    { min: 0, max: 1 },
    { fallback: "0.005" },
  ),
  adaptLength: int("--adapt-length <n>", "with --dynamic: tokens per gradient step", { min: 1 }, { fallback: "20" }),
};
export const adaptFlags = {
  cache: toggle("--cache", "language models: also predict words that followed similar states (neural cache)", {
    conflicts: ["dynamic"],
  }),
  dynamic: toggle(
    "--dynamic",
    "language models: learn from the text after each segment is scored (dynamic evaluation)",
  ),
  tune: text(
    "--tune <file>",
    "validation text for choosing --theta and --lambda, or --adapt-rate and --adapt-decay, where they are not given",
  ),
  ...cacheFlags,
  ...dynamicFlags,
};
export type AdaptValues = Values<typeof adaptFlags>;

/** @throws UnrolledError for a model that is no language model, and for a number of what was not asked for */
export function checkAdapting(folder: string, model: Model, given: AdaptValues): void {
  const named = (Object.keys(adaptFlags) as (keyof AdaptValues)[]).filter((name) => given[name] !== undefined);
  if (named[0] !== undefined && model.task !== "language-model")
    fail({ where: folder, problem: `${aModel(model)} does not read ${flagName(named[0])}` });
  const idle = named.find(
    (name) =>
      (name in cacheFlags && !given.cache) ||
      (name in dynamicFlags && !given.dynamic) ||
      (name === "tune" && !given.cache && !given.dynamic),
  );
  if (idle !== undefined) {
    const expected = idle in cacheFlags ? "--cache" : idle in dynamicFlags ? "--dynamic" : "--cache or --dynamic";
    fail({ where: flagName(idle), expected, received: "neither" });
  }
}

/** Reports with the adaptation that was asked for, beside the plain measures. */
export async function adaptingReport(
  task: AnyTask,
  model: LanguageModel,
  data: LanguageModelData,
  given: AdaptValues,
  context: Context,
): Promise<Report> {
  const { threads, signal, show } = context;
  const held = async (files: string) =>
    (await task.heldOut!(model, await filesOf(show, files.split(",")), context)) as LanguageModelData;
  const tune = given.tune === undefined ? undefined : await held(given.tune);
  const found = await (given.cache ? withCache : withDynamic)(model, data, tune, { ...given, threads, signal });
  const { nats, bitsPerToken, perplexity, tokens, plain, numbers, method } = found;
  const unit = unitOf(model.tokenizer);
  const chosen = tune === undefined ? "" : `, chosen on ${given.tune}`;
  const shown = Object.entries(numbers).map(([name, value]) => `${name} ${formatNumber(value)}`);
  return {
    json: { tokens, unit, nats, bitsPerToken, perplexity, plainPerplexity: plain, method, ...numbers },
    line: `${nats.toFixed(4)} nats, ${bitsPerToken.toFixed(4)} bits per ${unit}, perplexity ${perplexity.toPrecision(4)}, ${plural(tokens, unit)}`,
    show(to) {
      to.line(`  with ${method}: ${shown.join(", ")}${chosen}`);
      to.line(`  without: perplexity ${plain.toPrecision(4)}`);
    },
  };
}

type Adapting = AdaptValues & Pick<Context, "threads" | "signal">;

async function withCache(
  model: LanguageModel,
  data: LanguageModelData,
  tune: LanguageModelData | undefined,
  { theta, lambda, window = 2000, threads, signal }: Adapting,
) {
  const options = { window, threads, signal };
  const ranges = { thetas: only(theta), lambdas: only(lambda) };
  const chosen = tune === undefined ? undefined : await chooseCache(model, tune, { ...options, ...ranges });
  const found = await evaluateCache(model, data, {
    ...options,
    theta: theta ?? chosen?.theta,
    lambda: lambda ?? chosen?.lambda,
  });
  const numbers = { theta: found.theta, lambda: found.lambda, window };
  return { ...found, plain: found.plainPerplexity, numbers, method: "a neural cache" };
}

async function withDynamic(
  model: LanguageModel,
  data: LanguageModelData,
  tune: LanguageModelData | undefined,
  { adaptRate, adaptDecay, adaptLength: length, threads, signal }: Adapting,
) {
  const options = { length, threads, signal, statistics: tune };
  const ranges = { learningRates: only(adaptRate), decays: only(adaptDecay) };
  const chosen = tune === undefined ? undefined : await chooseDynamic(model, tune, { ...options, ...ranges });
  const found = await evaluateDynamic(model, data, {
    ...options,
    learningRate: adaptRate ?? chosen?.learningRate,
    decay: adaptDecay ?? chosen?.decay,
  });
  const { perplexity: plain } = await report(model, data, { threads, signal });
  const numbers = { rate: found.learningRate, decay: found.decay, length: found.length };
  return { ...found, plain, numbers, method: "dynamic evaluation" };
}

/** What is given is the only value to try. */
const only = (given: number | undefined): number[] | undefined => (given === undefined ? undefined : [given]);

const formatNumber = (value: number): string => (value >= 1000 ? formatWhole(value) : String(value));
