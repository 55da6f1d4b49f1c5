// Comparisons where there is an output at each step (tags, the next character), of series, and of toys.
import { fail } from "../base/index.ts";
import { formatWhole, plural } from "../base/words.ts";
import { all as collected } from "../data/batches/in-order.ts";
import { drawValidation, findSeason, type SeriesData, seriesScales, type Tokenizer, toy } from "../data/index.ts";
import type { Tagged } from "../data/tags/tagger-vocabulary.ts";
import { taggerVocabulary } from "../data/tags/tagger-vocabulary.ts";
import { feedForward } from "../networks/many-to-one.ts";
import { stepLayer, windowLayer } from "../networks/standard-network.ts";
import { bidirectional, crf, gru, independent, type Layer, lstm, rnn, stacked } from "../nn/index.ts";
import {
  forecaster,
  type LanguageModelData,
  languageModel,
  predict,
  report,
  type Tagger,
  tagger,
  toyModel,
} from "../tasks/index.ts";
import { spanF1, tokenAccuracy } from "../train/index.ts";
import { type Contest, type ContestOptions, contestant, type Measured, settled } from "./contest.ts";
import { middleOf, shift, windowNote } from "./texts.ts";

const n = formatWhole;

/** The recurrent networks of the lecture; those that look ahead only where that is allowed. */
function recurrent(
  { hiddenSize, dropout }: { hiddenSize: number; dropout: number },
  ahead: boolean,
): [string, Layer][] {
  const one = lstm({ hiddenSize });
  const both = bidirectional(one);
  return [
    ["RNN", rnn({ hiddenSize })],
    ["GRU", gru({ hiddenSize })],
    ["LSTM", one],
    ...(ahead
      ? ([
          ["bidirectional LSTM", both],
          ["deep bidirectional LSTM", stacked([both, both], { dropout })],
        ] as [string, Layer][])
      : ([["deep LSTM", stacked([one, one], { dropout })]] as [string, Layer][])),
  ];
}

/** Tx = Ty: words alone, without their characters, so that it is the networks that differ. */
export function taggerContest(
  rows: readonly Tagged[],
  options: ContestOptions & { readonly characters?: boolean; readonly source?: string } = {},
): Contest {
  const all = settled(options);
  const { seed, hiddenSize, embeddingSize, dropout, valid, threads } = all;
  const { characters = false, source = "data" } = options;
  const [data, held = []] = drawValidation(rows.slice(0, options.rows), valid, { seed, source });
  const vocabulary = taggerVocabulary(data, { characters });
  const lengths = held.map(({ tokens }) => tokens.length);
  const window = options.window ?? middleOf(lengths);
  const spans = vocabulary.scheme !== "none";
  const score = (gold: string[][], found: string[][]) =>
    gold.length === 0 ? Number.NaN : spans ? spanF1(gold, found).overall.f1 : tokenAccuracy(gold, found);
  const measure = async (model: Tagger): Promise<Measured> => {
    const gold = held.map(({ tags }) => [...tags]);
    const words = held.map(({ tokens }) => [...tokens]);
    const tagged = async (sentences: readonly string[][]) =>
      (await collected(predict(model, sentences, { threads }))).map(({ tags }) => tags);
    const found = await tagged(words);
    const moved = await tagged(words.map((tokens) => [...new Array<string>(shift).fill("\ufffd"), ...tokens]));
    const long = <T>(rows: readonly T[]) => rows.filter((_, i) => lengths[i]! > window);
    return {
      ...(spans ? { f1: score(gold, found) } : {}),
      accuracy: tokenAccuracy(gold, found),
      long: score(long(gold), long(found)),
      shifted: score(
        gold,
        moved.map((tags) => tags.slice(shift)),
      ),
    };
  };
  const encoders: [string, Layer][] = [
    [`standard (${window} words)`, windowLayer({ window, hiddenSize })],
    ...recurrent(all, true),
  ];
  const decoder = spans ? crf() : independent();
  const shared = { vocabulary, decoder, characters: false, embeddingSize, dropout, seed } as const;
  const what = spans ? "F1" : "accuracy";
  return {
    data: `${plural(data.length, "training sentence")}, ${plural(held.length, "test sentence")}, ${plural(vocabulary.tags.length, "tag")}; half of the sentences have over ${window} words`,
    epochs: Math.max(4, Math.min(20, Math.round(30_000 / data.length))),
    batchSize: data.length >= 8000 ? 32 : 16,
    measures: {
      ...(spans ? { f1: "F1" } : {}),
      accuracy: "accuracy",
      long: `${what} over ${window} words`,
      shifted: `${what} moved by ${shift}`,
    },
    networks: encoders.map(([name, encoder]) => contestant(name, () => tagger({ ...shared, encoder }), data, measure)),
    note: windowNote(window).replaceAll("tokens", "words"),
  };
}

/** A text that has been tokenized and split. */
interface SplitText {
  readonly tokenizer: Tokenizer;
  readonly train: LanguageModelData;
  readonly valid: LanguageModelData;
  readonly trainTokens: number;
  readonly validTokens: number;
}

/** The next character or word: nothing may look ahead, and the standard network knows the last one alone. */
export function languageContest(corpus: SplitText, options: ContestOptions = {}): Contest {
  const all = settled(options);
  const { seed, hiddenSize, embeddingSize, dropout, threads } = all;
  const { tokenizer } = corpus;
  const unit = tokenizer.kind === "char" ? "character" : "word";
  const measure = async (model: ReturnType<typeof languageModel>): Promise<Measured> => {
    const { bitsPerToken, perplexity } = await report(model, corpus.valid, { threads });
    return { bitsPerToken, perplexity };
  };
  const encoders: [string, Layer][] = [
    [`standard (1 ${unit})`, stepLayer({ hiddenSize: 2 * hiddenSize })],
    ...recurrent(all, false),
  ];
  return {
    data: `${plural(corpus.trainTokens, `training ${unit}`)}, ${plural(corpus.validTokens, `test ${unit}`)}, vocabulary ${n(tokenizer.vocabulary.size)}`,
    epochs: Math.max(1, Math.min(20, Math.round(1_000_000 / corpus.trainTokens))),
    batchSize: Math.max(1, Math.min(32, Math.floor(corpus.trainTokens / 256))),
    measures: { bitsPerToken: `bits per ${unit}`, perplexity: "perplexity" },
    networks: encoders.map(([name, encoder]) =>
      contestant(
        name,
        () => languageModel({ tokenizer, encoder, embeddingSize, dropout, seed }),
        corpus.train,
        measure,
      ),
    ),
    note: `The standard network reads only the last ${unit}; it has no access to what came before.`,
  };
}

/** The next value: the standard network reads the same window here, each step with weights of its own. */
export async function forecasterContest(
  series: SeriesData,
  options: ContestOptions & { /** Which series is forecast; the first by default. */ readonly target?: number } = {},
): Promise<Contest> {
  const all = settled(options);
  const { seed, hiddenSize, dropout, valid, threads } = all;
  const { target = 0 } = options;
  const to = Math.floor(series.length * (1 - valid));
  const season = findSeason(series.series[target]!.subarray(0, to));
  const length = options.window ?? Math.min(Math.max(12, season > 1 ? 2 * season : 24), Math.floor(to / 3));
  const inputs = seriesScales({ series, to });
  const shared = { inputs, target, length, season, dropout, seed };
  const test = { series, from: to };
  const encoders: [string, Parameters<typeof forecaster>[0]["encoder"]][] = [
    [`standard (${length} steps)`, feedForward({ window: length, hiddenSize: 2 * hiddenSize })],
    ...recurrent(all, true),
  ];
  const make = (encoder: (typeof encoders)[number][1]) => forecaster({ ...shared, encoder, pooling: "last" });
  const measure = async (model: ReturnType<typeof forecaster>): Promise<Measured> => {
    const { rmse, mae } = await report(model, test, { threads });
    return { rmse, mae };
  };
  const { naive, seasonal, linear } = await report(make(gru({ hiddenSize: 1 })), test, { threads });
  const rows = to - length;
  return {
    data: `${plural(series.length, "time step")} of ${series.names.join(", ")}; ${series.names[target]} is forecast one step ahead, from step ${n(to)} on`,
    epochs: Math.max(5, Math.min(50, Math.round(30_000 / rows))),
    batchSize: 32,
    measures: { rmse: "RMSE", mae: "MAE" },
    networks: encoders.map(([name, encoder]) => contestant(name, () => make(encoder), { series, to }, measure)),
    others: [
      { name: "last value", measured: { rmse: naive.rmse, mae: naive.mae } },
      ...(season > 1
        ? [{ name: `one season (${season} steps) earlier`, measured: { rmse: seasonal.rmse, mae: seasonal.mae } }]
        : []),
      ...(linear ? [{ name: "linear autoregression", measured: { rmse: linear.rmse, mae: linear.mae } }] : []),
    ],
  };
}

/** Problems that need memory: how far back do the networks reach? */
export function toyContest(spec: string, options: ContestOptions = {}): Contest {
  const all = settled(options);
  const { seed, embeddingSize, threads } = all;
  const problem = toy(spec);
  if (problem.kind === "pairs")
    return fail({ where: `compare(${spec})`, expected: "adding, copy, anbn or agreement", received: problem.name });
  const accuracy = problem.kind !== "regression" && problem.name !== "agreement";
  const verbs = problem.name === "agreement";
  const baseline = "baseline" in problem ? problem.baseline : undefined;
  return {
    data: problem.task,
    batchSize: 32,
    measures: {
      loss: problem.kind === "regression" ? "mean squared error" : "loss",
      ...(accuracy ? { accuracy: "accuracy where it can be known" } : {}),
      ...(verbs ? { verbs: "correct verbs past other nouns" } : {}),
    },
    networks: recurrent({ ...all, dropout: 0 }, false).map(([name, encoder]) =>
      contestant(
        name,
        () => toyModel({ toy: spec, encoder, embeddingSize, seed }),
        { from: 10_000, count: 1_000_000 },
        async (model) => {
          const found = await report(model, { from: 0, count: 1000 }, { threads });
          const hard = (found.verbs ?? []).filter(({ distractors }) => distractors > 0);
          const sum = (key: "right" | "count") => hard.reduce((total, score) => total + score[key], 0);
          return {
            loss: found.loss,
            ...(accuracy ? { accuracy: found.accuracy! } : {}),
            ...(verbs ? { verbs: sum("right") / sum("count") } : {}),
          };
        },
      ),
    ),
    others: baseline === undefined ? [] : [{ name: "without memory", measured: { loss: baseline } }],
  };
}
