// unrolled evaluate --cache and --dynamic: language models that adapt to the text that they are scored on.
import { fail } from "../../base/index.ts";
import { type Ids, isTokenStream } from "../../data/index.ts";
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
  tune: text("--tune <file>", "validation text for choosing the values of --cache or --dynamic that are not given"),
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
  const read = async (files: string) => {
    const found = (await task.heldOut!(
      model,
      await filesOf(context.show, files.split(",")),
      context,
    )) as LanguageModelData;
    return streamOf(found, files);
  };
  const stream = streamOf(data, "evaluate");
  const tune = given.tune === undefined ? undefined : await read(given.tune);
  const found = given.cache
    ? await withCache(model, stream, tune, given, context)
    : await withDynamic(model, stream, tune, given, context);
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

async function withCache(
  model: LanguageModel,
  data: Ids,
  tune: Ids | undefined,
  { theta, lambda, window = 2000 }: AdaptValues,
  { threads, signal }: Context,
) {
  const options = { window, threads, signal };
  const one = <T>(value: T | undefined) => (value === undefined ? undefined : [value]);
  const chosen = tune && (await chooseCache(model, tune, { ...options, thetas: one(theta), lambdas: one(lambda) }));
  const numbers = { theta: theta ?? chosen?.theta, lambda: lambda ?? chosen?.lambda };
  const found = await evaluateCache(model, data, { ...options, ...numbers });
  const used = { theta: found.theta, lambda: found.lambda, window };
  return { ...found, plain: found.plainPerplexity, numbers: used, method: "a neural cache" };
}

async function withDynamic(
  model: LanguageModel,
  data: Ids,
  tune: Ids | undefined,
  { adaptRate, adaptDecay, adaptLength }: AdaptValues,
  { threads, signal }: Context,
) {
  const options = { length: adaptLength, threads, signal, statistics: tune };
  const chosen =
    tune &&
    (await chooseDynamic(model, tune, {
      ...options,
      ...(adaptRate === undefined ? {} : { learningRates: [adaptRate] }),
      ...(adaptDecay === undefined ? {} : { decays: [adaptDecay] }),
    }));
  const numbers = { learningRate: adaptRate ?? chosen?.learningRate, decay: adaptDecay ?? chosen?.decay };
  const found = await evaluateDynamic(model, data, { ...options, ...numbers });
  const { perplexity: plain } = await report(model, data, { threads, signal });
  const used = { rate: found.learningRate, decay: found.decay, length: found.length };
  return { ...found, plain, numbers: used, method: "dynamic evaluation" };
}

/** Ids in memory: an adaptation follows one text from its beginning to its end. */
function streamOf(data: LanguageModelData, where: string): Ids {
  if (isTokenStream(data)) return Int32Array.from(data.read(0, data.length));
  if (ArrayBuffer.isView(data)) return data as Ids;
  return fail({
    where,
    expected: "a model of one stream, for --cache and --dynamic",
    received: "a model of lines",
  });
}

const formatNumber = (value: number): string => (value >= 1000 ? formatWhole(value) : String(value));
