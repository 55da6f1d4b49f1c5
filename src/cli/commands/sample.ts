// unrolled sample and compose: what language models, generators and synthetic languages generate.
import { join } from "node:path";
import { fail } from "../../base/index.ts";
import { type Score, synthesize, writeAbc, writeMidi, writeWav } from "../../data/index.ts";
import { type Filter, load, temperature, topK, topP } from "../../index.ts";
import { pianoRoll } from "../../inspect/index.ts";
import { makeOutputFolder, writeOutput } from "../../node/index.ts";
import { labelOf, startOf } from "../../run/asked-piece.ts";
import {
  compose,
  type Generator,
  generateTexts,
  type LanguageModel,
  type ToyModel,
  toySentences,
} from "../../tasks/index.ts";
import { clean } from "../../terminal/index.ts";
import { jsonFlag, makeCommand, modelArgument, seedRange, threadsFlag } from "../command.ts";
import { int, real, several, text, type Values } from "../flags.ts";
import { command, type Host } from "../host.ts";
import { interruptible } from "../interrupt.ts";
import { type Output, output } from "../output.ts";
import { aModel, anInput } from "../tasks/describe.ts";

const flags = {
  prompt: text("--prompt <text>", "beginning of the text", { fallback: "none" }),
  label: several(
    "--label <label...>",
    "generators: labels to condition on, such as Korean or style=reel; the others are sampled",
  ),
  temperature: real(
    "--temperature <x>",
    "below 1 is more conservative, above 1 more random, 0 is greedy",
    { min: 0, max: 100 },
    { value: 0.8 },
  ),
  topK: int("--top-k <n>", "sample from the n most likely tokens only", { min: 1 }),
  topP: real("--top-p <x>", "sample from the most likely tokens that make up this share", { above: 0, max: 1 }),
  length: int(
    "--length <n>",
    "maximum number of tokens; a model of lines stops at the end of a line",
    { min: 1 },
    { value: 500 },
  ),
  count: int("--count <n>", "number of texts", { min: 1 }, { value: 1 }),
  seed: int("--seed <n>", "same seed, same text", seedRange, { fallback: "a new seed each time" }),
  ...threadsFlag,
  ...jsonFlag,
};
type SampleFlags = Values<typeof flags> & {
  /** Folder for music. */
  readonly out?: string;
  /** Nothing but a generator will do. */
  readonly generator?: boolean;
};

export const sampleCommand = (host: Host) =>
  makeCommand("sample", { arguments: [modelArgument], flags }, (values, folder) => runSample(host, folder, values));

export async function runSample(host: Host, folder: string, given: SampleFlags): Promise<void> {
  const model = await load(folder);
  const show = output(host, given.json);
  const { label, out } = given;
  if (given.generator && model.task !== "generator")
    fail({ where: folder, expected: "a generator", received: aModel(model) });
  const seed = given.seed ?? Math.floor(Math.random() * 2 ** 32);
  if (label !== undefined && model.task !== "generator")
    fail({ where: "--label", expected: "a generator", received: `${folder}, ${aModel(model)}` });
  if (out !== undefined && (model.task !== "generator" || model.content.type === "text"))
    fail({ where: "--out", expected: "a generator of music", received: `${folder}, ${aModel(model)}` });
  await interruptible(host, async ({ signal }) => {
    const options = { ...given, seed, signal };
    if (model.task === "language-model") await sampleTexts(show, model, options);
    else if (model.task === "generator") await samplePieces(show, model, options);
    else if (model.task === "toy") await sampleToy(show, model, options);
    else {
      const hint = command(model.task === "translator" ? "translate" : "predict", folder, ...anInput(model));
      fail({ where: folder, expected: "a model that generates", received: aModel(model), hint });
    }
  });
}

type Options = SampleFlags & { seed: number; signal: AbortSignal };

/** Texts appear as they are drawn. */
async function sampleTexts(show: Output, model: LanguageModel, options: Options): Promise<void> {
  const { prompt = "", length: maxTokens, count, seed, threads, signal } = options;
  const { json, host } = show;
  const write = (text: string) => {
    if (!json) host.out(clean(text, { lines: true }));
  };
  let [current, text] = [-1, ""];
  const begin = (index: number) => {
    [current, text] = [index, ""];
    if (!json) host.out(`${index > 0 ? "\n" : ""}${host.colors.bold(clean(prompt, { lines: true }))}`);
  };
  const finish = () => {
    show.event("sample", { index: current, prompt, text, seed });
    write("\n");
  };
  const drawn = generateTexts(model, { prompt, filters: filtersOf(options), maxTokens, count, seed, threads, signal });
  for await (const { index, piece } of drawn) {
    if (index !== current) {
      if (current >= 0) finish();
      begin(index); // not before a first piece: the prompt may be refused
    }
    text += piece;
    write(piece);
  }
  if (current < 0) begin(0);
  finish();
}

/** The temperature first, then what cuts the tail off. */
function filtersOf({ temperature: t, topK: k, topP: p }: SampleFlags): Filter[] {
  return [temperature(t), ...(k === undefined ? [] : [topK(k)]), ...(p === undefined ? [] : [topP(p)])];
}

/** Texts go to the terminal, music to files of four kinds. */
async function samplePieces(show: Output, model: Generator, options: Options): Promise<void> {
  const { prompt, label = [], count, seed, length: maxTokens, out, threads, signal } = options;
  const { dim } = show.host.colors;
  const pieces = compose(model, {
    labels: Object.fromEntries(label.map((text) => labelOf(model, text, "--label"))),
    temperature: options.temperature,
    filters: filtersOf({ ...options, temperature: 1 }).slice(1),
    maxTokens,
    count,
    seed,
    threads,
    signal,
    ...(prompt === undefined ? {} : { start: startOf(model, prompt, options.generator ? "--start" : "--prompt") }),
  });
  let index = 0;
  for await (const { text, music, labels } of pieces) {
    const described = Object.entries(labels).map(([name, value]) => `${name} ${value}`);
    const after = described.length > 0 ? dim(`  ${clean(described.join(", "))}`) : "";
    const event = { index, labels, seed };
    if (text !== undefined) {
      show.event("sample", { ...event, text });
      show.line(`${clean(text)}${after}`);
    } else if (out === undefined) {
      const abc = writeAbc(music!, { number: index + 1 });
      show.event("sample", { ...event, abc });
      show.line(clean(abc, { lines: true }));
    } else {
      await makeOutputFolder(out);
      const files: string[] = [];
      for (const [name, data] of musicFiles(music!, index)) {
        await writeOutput(join(out, name), data);
        files.push(join(out, name));
      }
      show.event("sample", { ...event, files });
      show.line(`${files.map((file) => clean(file)).join("  ")}${after}`);
    }
    index++;
  }
}

const musicFiles = (music: Score, index: number): [name: string, data: string | Uint8Array][] => [
  [`piece-${index + 1}.abc`, writeAbc(music, { number: index + 1 })],
  [`piece-${index + 1}.mid`, writeMidi(music)],
  [`piece-${index + 1}.wav`, writeWav(synthesize(music))],
  [`piece-${index + 1}.svg`, pianoRoll(music)],
];

async function sampleToy(show: Output, model: ToyModel, options: Options): Promise<void> {
  const { count, temperature: t, length: maxTokens, seed, threads } = options;
  const between = model.toy.name === "anbn" ? "" : " ";
  for (const [index, words] of (
    await toySentences(model, { count, temperature: t, maxTokens, seed, threads })
  ).entries()) {
    show.event("sample", { index, text: words.join(between), seed });
    show.line(words.join(between));
  }
}
