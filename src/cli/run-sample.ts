// unrolled sample: streams text as it is drawn.

import { type Host, writeJson } from "./host.ts";
import { interrupt } from "./interrupt.ts";
import { type Filter, generateTexts, load, temperature, topK, topP } from "./library.ts";

export interface SampleOptions {
  prompt?: string;
  temperature: number;
  topK?: number;
  topP?: number;
  length: number;
  count: number;
  seed?: number;
  threads?: number;
  json?: boolean;
}

export async function runSample(host: Host, folder: string, options: SampleOptions): Promise<void> {
  const { prompt = "", length, count, json = false, threads } = options;
  const seed = options.seed ?? Math.floor(Math.random() * 2 ** 32);
  const model = await load(folder, { task: "language-model" });
  const stop = interrupt();
  const drawn = generateTexts(model, {
    prompt,
    filters: filtersOf(options),
    maxTokens: length,
    count,
    seed,
    threads,
    signal: stop.signal,
  });
  const heading = (text: number) => {
    if (!json) host.out(`${text > 0 ? "\n" : ""}${host.colors.bold(prompt)}`);
  };
  let [current, text] = [-1, ""]; // nothing is shown before a first piece: the prompt may be refused
  const finish = () => {
    if (json) writeJson(host, { index: current, prompt, text, seed });
    else host.out("\n");
  };
  try {
    for await (const { index, piece } of drawn) {
      if (index !== current) {
        if (current >= 0) finish();
        [current, text] = [index, ""];
        heading(index);
      }
      text += piece;
      if (!json) host.out(piece);
    }
    if (current < 0) {
      current = 0;
      heading(current);
    }
    finish();
  } finally {
    stop.end();
  }
  host.exitCode = stop.code();
}

/** The temperature first, then what cuts the tail off. */
function filtersOf({ temperature: t, topK: k, topP: p }: SampleOptions): Filter[] {
  return [temperature(t), ...(k === undefined ? [] : [topK(k)]), ...(p === undefined ? [] : [topP(p)])];
}
