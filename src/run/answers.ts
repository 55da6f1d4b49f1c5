// What a model makes of an input, as plain data that can be posted and drawn; and the row of data that an input is.
import type { Engine } from "../engine/index.ts";
import { attentionOf, compose, type ForecastInput, type Model, predict, type Translator } from "../tasks/index.ts";
import type { Trainable } from "../train/index.ts";
import type { Answer, Ask } from "./protocol.ts";
import { readable } from "./reader.ts";

interface AnswerOptions {
  readonly engine: Engine;
  /** What a forecaster reads. */
  readonly series?: unknown;
  /** Labels that are known to be right, for the input of an example. */
  readonly expected?: string | undefined;
}

/** Steps of a series that are drawn before a forecast. */
const shownPast = 96;

/** Every task but language models, which a `Reader` writes with. */
export async function answer(model: Model, ask: Ask, { engine, series, expected }: AnswerOptions): Promise<Answer> {
  const options = { engine, threads: 1 };
  const right = expected === undefined ? {} : { expected };
  const { text } = ask;
  switch (model.task) {
    case "classifier": {
      const { probabilities, label } = await first(predict(model, [text], options));
      const classes = model.config.labels
        .map((name, i) => ({ label: name, probability: probabilities[i]! }))
        .sort((a, b) => b.probability - a.probability)
        .slice(0, 12);
      return { task: model.task, text, label, classes, ...right };
    }
    case "regressor": {
      const { value } = await first(predict(model, [text], options));
      const { mean, deviation } = model.config.scale as { mean?: number; deviation?: number };
      return { task: model.task, text, value, mean: mean ?? 0, deviation: deviation ?? 1, ...right };
    }
    case "tagger": {
      const { tokens, tags, spans, offsets } = await first(predict(model, [text], options));
      const places = spans.map(({ start, end, label }) => ({ start, end, label }));
      return { task: model.task, text, tokens, tags, offsets, spans: places, ...right };
    }
    case "translator": {
      const beamSize = ask.beam ?? 4;
      const { translations } = await first(
        predict(model, [text], { ...options, beamSize, nBest: Math.min(3, beamSize) }),
      );
      const shown = translations.map(({ text: one, score }) => ({ text: one, score }));
      return { task: model.task, text, translations: shown, ...right };
    }
    case "forecaster": {
      const { length, target, inputs } = model.config;
      const given = series as ForecastInput["series"];
      const values = given.series[Math.max(0, given.names.indexOf(inputs[target]!.name))]!;
      const horizon = model.config.horizon;
      const at = Math.min(given.length, Math.max(length, Math.round((ask.at ?? 1) * (given.length - horizon))));
      const { values: future } = await first(predict(model, [{ series: given, at }], options));
      const from = Math.max(0, at - Math.max(shownPast, length));
      return {
        task: model.task,
        name: inputs[target]!.name,
        at,
        past: [...values.subarray(from, at)],
        future: [...future],
        actual: [...values.subarray(at, at + horizon)],
      };
    }
    case "generator": {
      const { temperature = 1, seed = 1, labels } = ask;
      const start = text && model.content.type === "text" ? { start: { text } } : {};
      const wanted = { temperature, seed, maxTokens: 160, ...(labels ? { labels } : {}), ...start };
      const piece = await first(compose(model, { ...wanted, ...options }));
      return {
        task: model.task,
        ...(piece.text === undefined ? {} : { text: piece.text }),
        ...(piece.music ? { music: piece.music } : {}),
        labels: piece.labels,
      };
    }
    default:
      throw new Error(`${model.task} answers elsewhere`);
  }
}

async function first<T>(found: AsyncGenerator<T, void, void>): Promise<T> {
  for await (const one of found) return one;
  throw new Error("no answer");
}

/** The input as a row of the model's own data, with the answer that it gives now: what is traced and followed back. */
export async function rowFor(
  model: Model & Trainable<unknown>,
  text: string,
  { engine, series }: AnswerOptions,
): Promise<{ data: unknown; tokens?: readonly string[]; targetTokens?: readonly string[] }> {
  const options = { engine, threads: 1 };
  switch (model.task) {
    case "language-model": {
      const { tokenizer } = model;
      const kept = readable(tokenizer)(text);
      const ids = tokenizer.encode(kept);
      const tokens = Array.from(ids, (id) => tokenizer.vocabulary.token(id));
      return tokenizer.special.eos === undefined ? { data: ids, tokens } : { data: [kept], tokens: ["▸", ...tokens] };
    }
    case "classifier": {
      const { label } = await first(predict(model, [text], options));
      return { data: { rows: [{ text, label }] }, tokens: tokensOf(model.tokenizer!, text) };
    }
    case "regressor": {
      const { value } = await first(predict(model, [text], options));
      // Off by one deviation: at its own answer the loss is flat.
      const { deviation = 1 } = model.config.scale as { deviation?: number };
      const label = String(value + deviation);
      return { data: { rows: [{ text, label }] }, tokens: tokensOf(model.tokenizer!, text) };
    }
    case "tagger": {
      const found = await first(predict(model, [text], options));
      return { data: [found], tokens: found.tokens };
    }
    case "translator": {
      const { translations } = await first(predict(model, [text], { ...options, beamSize: 1 }));
      const target = translations[0]!.text;
      const { tokenizers } = model;
      return {
        data: [{ source: text, target }],
        tokens: [...tokensOf(tokenizers.source, text), "◂"],
        targetTokens: ["▸", ...tokensOf(tokenizers.target, target)],
      };
    }
    case "forecaster": {
      const given = series as { length: number };
      const { length, horizon } = model.config;
      return { data: { series, from: given.length - horizon, to: given.length }, tokens: steps(length) };
    }
    case "generator": {
      const piece = await first(compose(model, { ...options, maxTokens: 64, seed: 1 }));
      return { data: [piece] };
    }
    default:
      return { data: [] };
  }
}

const steps = (length: number): string[] => Array.from({ length }, (_, i) => String(i - length));

interface Tokens {
  encode(text: string): ArrayLike<number>;
  readonly vocabulary: { token(id: number): string };
}

const tokensOf = (tokenizer: Tokens, text: string): string[] =>
  Array.from(tokenizer.encode(text), (id) => tokenizer.vocabulary.token(id));

/** Where a translator looks while it writes. Undefined for models without attention. */
export async function attention(model: Translator, text: string, engine: Engine) {
  if (!model.network.memory) return undefined;
  const { translations } = await first(predict(model, [text], { engine, threads: 1, beamSize: 1 }));
  const { weights, source, target } = await attentionOf(
    model,
    { source: text, target: translations[0]!.text },
    { engine },
  );
  return { source, target, weights };
}
