// What `inspect` looks at: rows of a file, read as the model's task does, or a text, with the model's own answer for target.
import { existsSync } from "node:fs";
import { fail } from "../../base/index.ts";
import { linesOf, readConll, readConllu, readLabeled, readTaggedJsonl, recognize } from "../../data/index.ts";
import { readText } from "../../node/index.ts";
import type { InspectOptions, Model } from "../../tasks/index.ts";
import type { Host } from "../host.ts";
import {
  classify,
  type InspectedRow,
  inspectGradients,
  rate,
  type Tagged,
  tagTexts,
  translateAll,
} from "../library.ts";
import { readColumns } from "./forecaster.ts";
import { readPieces } from "./music-files.ts";
import { readPairFiles } from "./pairs.ts";

export interface LookOptions extends InspectOptions {
  /** The first row to look at, from 1. */
  row?: number;
  rows: number;
}

export interface Looked extends InspectedRow {
  /** What is read at each step, where it can be written. */
  tokens?: readonly string[];
  /** Of series, the place of each step: -1 is the one before the forecast. */
  x?: readonly number[];
}

/** Follows the gradients of some rows. `file` is a file's name or a text. */
export async function look(
  host: Host,
  model: Model,
  file: string | undefined,
  { row = 1, ...options }: LookOptions,
): Promise<Looked[]> {
  const { rows: count } = options;
  if (model.task === "toy") {
    const { toy } = model;
    const rows = await inspectGradients(model, { from: row - 1, count }, options);
    return toy.kind === "regression" ? rows : named(rows, (id) => toy.vocabulary.token(id));
  }
  if (file === undefined)
    return fail({ where: "inspect", expected: "a file or a text", received: "none", hint: "only toys make their own" });
  const isText = !existsSync(file) && !/^\S+\.[a-z]+(\.gz)?$/i.test(file);
  const some = <T>(all: readonly T[]): T[] => {
    const taken = all.slice(row - 1, row - 1 + count);
    if (taken.length > 0) return taken;
    return fail({ where: file, expected: `a row ${row}`, received: `${all.length} rows`, code: "data" });
  };
  switch (model.task) {
    case "language-model": {
      const text = isText ? file : await readText(file);
      const { tokenizer } = model;
      const lines = tokenizer.special.eos === undefined ? text : [...linesOf(text)].filter((line) => line !== "");
      const data = typeof lines === "string" ? lines : some(lines);
      return named(await inspectGradients(model, data, options), (id) => tokenizer.vocabulary.token(id));
    }
    case "tagger": {
      const sentences = some<Tagged>(isText ? await tagTexts(model, [file]) : await taggedIn(file));
      const looked: Looked[] = [];
      for (const sentence of sentences)
        for (const one of await inspectGradients(model, [sentence], options))
          looked.push({ ...one, tokens: sentence.tokens });
      return looked;
    }
    case "classifier":
    case "regressor": {
      const data = isText ? { rows: [await answered(model, file)] } : await labeledIn(file, model.task === "regressor");
      // Each alone, so that the rows keep the file's order.
      const looked: InspectedRow[] = [];
      for (const one of some(data.rows))
        looked.push(...(await inspectGradients(model as ClassifierLike, { ...data, rows: [one] }, options)));
      return named(looked, (id) => model.tokenizer.vocabulary.token(id));
    }
    case "translator": {
      const pairs = isText
        ? (await translateAll(model, [file])).map(({ translations }) => ({
            source: file,
            target: translations[0]!.text,
          }))
        : (await readPairFiles(host, file.split(","))).pairs;
      const looked: InspectedRow[] = [];
      for (const pair of some(pairs)) looked.push(...(await inspectGradients(model, [pair], options)));
      return named(looked, (id) => model.tokenizers.source.vocabulary.token(id));
    }
    case "generator": {
      const { content } = model;
      const pieces = isText ? [{ text: file }] : (await readPieces(host, [file], 0, 0)).train;
      const looked: InspectedRow[] = [];
      for (const piece of some(pieces)) looked.push(...(await inspectGradients(model, [piece], options)));
      if (content.type === "frames") return looked;
      const { vocabulary } = content.type === "text" ? content.tokenizer : content.coder;
      return named(looked, (id) => vocabulary.token(id));
    }
    case "forecaster": {
      const names = model.config.inputs.map(({ name }) => name);
      const series = await readColumns(host, file, names);
      const { horizon, length } = model.config;
      // The last forecasts that the file can tell right or wrong.
      const to = series.length - row + 1;
      const from = Math.max(length, to - count - horizon + 1);
      const rows = await inspectGradients(model, { series, from, to }, options);
      return rows.map((one) => ({ ...one, x: Array.from({ length }, (_, t) => t - length) }));
    }
  }
}

type ClassifierLike = Extract<Model, { task: "classifier" }>;

const named = (rows: readonly InspectedRow[], token: (id: number) => string): Looked[] =>
  rows.map((row) => ({ ...row, ...(row.ids ? { tokens: row.ids.map(token) } : {}) }));

/** A text with what the model says of it; a number is moved by one deviation, for at its own answer a squared error is flat. */
async function answered(model: Extract<Model, { task: "classifier" | "regressor" }>, text: string) {
  if (model.task === "classifier") return { text, label: (await classify(model, [text]))[0]!.label };
  return { text, label: String((await rate(model, [text]))[0]! - model.config.scale.deviation) };
}

async function taggedIn(file: string) {
  const text = await readText(file);
  const { format } = recognize(text, file);
  const read = format === "conllu" ? readConllu : format === "jsonl" ? readTaggedJsonl : readConll;
  return read(text, { source: file }).sentences;
}

async function labeledIn(file: string, numeric: boolean) {
  const text = await readText(file);
  return readLabeled(text, { source: file, recognized: recognize(text, file), keepEmpty: false, numeric });
}
