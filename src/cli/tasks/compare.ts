// Trains six networks on one file with one budget. Two columns show why the standard network is not enough: texts longer
// than its window, and texts moved to the right, where its weights for each place have not learned the words.
import { fail, foldIn, random, randomKey } from "../../base/index.ts";
import type { LabelledText } from "../../data/index.ts";
import { adamW, classifier, classify, feedForward, oneCycle, train } from "../../index.ts";
import { bidirectional, gru, lstm, type Pooling, rnn, stacked } from "../../nn/index.ts";
import type { Classifier } from "../../tasks/index.ts";
import type { CompareFlags } from "../commands/compare.ts";
import { type Host, writeJson } from "../host.ts";
import { interrupt } from "../interrupt.ts";
import { formatDuration, formatWhole, table } from "../terminal/index.ts";
import { fitTokenizer, partRows, readRows } from "./labelled-data.ts";
import { recogniseFile } from "./recognised.ts";
import { lengthOf, tell } from "./run.ts";

/** Unknown tokens put in front of a text to move it. */
const shift = 5;

export async function runCompare(host: Host, file: string, flags: CompareFlags): Promise<void> {
  const { seed = 1337, hidden: hiddenSize, embedding: embeddingSize, dropout, lr, valid, threads, json } = flags;
  const { recognised, task } = await recogniseFile(file, undefined);
  if (task !== "classifier")
    fail({ where: file, expected: "texts with labels", received: recognised.message, code: "data" });
  if (!json) tell(host, "file", recognised.message);
  const all = await readRows(host, file, { recognised, keepEmpty: false, numeric: false });
  const drawn = flags.rows === undefined ? all : { ...all, rows: draw(all.rows, flags.rows, seed) };
  const [data, test] = partRows(drawn, valid, seed);
  const labels = [...new Set(Array.from(data.rows, ({ label }) => label))].sort();
  const tokenizer = fitTokenizer(data.rows, { tokens: flags.tokens, vocabulary: flags.vocabulary });
  const rows = test!.rows.filter(({ label }) => labels.includes(label));
  const lengths = rows.map(({ text }) => tokenizer.encode(text).length);
  const window = flags.window ?? Math.max(4, lengths.toSorted((a, b) => a - b)[Math.floor(lengths.length / 2)]!);
  const batch = flags.batch ?? (data.rows.length >= 20_000 ? 128 : data.rows.length >= 2000 ? 32 : 16);
  const length = lengthOf(flags, Math.max(3, Math.min(20, Math.round(30_000 / data.rows.length))));
  const both = bidirectional(lstm({ hiddenSize }));
  // Each pools as it is known to do best: the last state for one direction, the maximum over both.
  const networks: [name: string, encoder: Parameters<typeof classifier>[0]["encoder"], pooling: Pooling][] = [
    [`standard (${window} tokens)`, feedForward({ window, hiddenSize: 2 * hiddenSize }), "last"],
    ["RNN", rnn({ hiddenSize }), "last"],
    ["GRU", gru({ hiddenSize }), "last"],
    ["LSTM", lstm({ hiddenSize }), "last"],
    ["bidirectional LSTM", both, "max"],
    ["deep bidirectional LSTM", stacked([both, both], { dropout }), "max"],
  ];
  if (!json) {
    tell(
      host,
      "data",
      `${formatWhole(data.rows.length)} rows to train on, ${formatWhole(rows.length)} to measure on, ${labels.length} classes; half of the texts have over ${window} tokens`,
    );
    tell(host, "budget", `${describeLength(length)} each, ${batch} rows an update, seed ${seed}\n`);
  }
  const stop = interrupt();
  const lines: string[][] = [];
  try {
    for (const [name, encoder, pooling] of networks) {
      if (stop.signal.aborted) break;
      const model = classifier({ tokenizer, labels, encoder, pooling, embeddingSize, dropout, seed });
      const began = performance.now();
      const options = {
        optimizer: adamW({ learningRate: lr }),
        schedule: oneCycle(),
        batchSize: batch,
        seed,
        threads,
        signal: stop.signal,
        ...length,
      };
      let steps = 0;
      for await (const report of train(model, { rows: data.rows }, options)) steps = report.step;
      const seconds = (performance.now() - began) / 1000;
      const result = await measure(model, rows, lengths, window, threads);
      if (json)
        writeJson(host, { event: "network", name, parameters: model.layout.count, steps, seconds, seed, ...result });
      else if (host.isTTY) host.out(`${name}: ${result.accuracy.toFixed(4)} in ${formatDuration(seconds)}\n`);
      const three = (value: number) => (Number.isNaN(value) ? "-" : value.toFixed(4));
      lines.push([
        name,
        formatWhole(model.layout.count),
        formatWhole(steps),
        formatDuration(seconds),
        three(result.accuracy),
        three(result.long),
        three(result.shifted),
      ]);
    }
  } finally {
    stop.end();
  }
  host.exitCode = stop.code();
  if (json) return;
  const header = ["network", "parameters", "updates", "time", "accuracy", `over ${window} tokens`, `moved by ${shift}`];
  host.out(
    `\n${table(lines, { header, align: ["left", "right", "right", "right", "right", "right", "right"], colors: host.colors })}`,
  );
}

/** Accuracy on all rows, on those longer than the window, and on all with unknown tokens put in front. */
async function measure(
  model: Classifier,
  rows: readonly LabelledText[],
  lengths: readonly number[],
  window: number,
  threads?: number,
) {
  const right = async (texts: readonly string[]) =>
    (await classify(model, texts, { threads })).map(({ label }, i) => label === rows[i]!.label);
  const plain = await right(rows.map(({ text }) => text));
  const moved = await right(rows.map(({ text }) => `${"\ufffd ".repeat(shift)}${text}`));
  const share = (hits: readonly boolean[]) => hits.filter(Boolean).length / hits.length;
  return { accuracy: share(plain), long: share(plain.filter((_, i) => lengths[i]! > window)), shifted: share(moved) };
}

function draw(rows: readonly LabelledText[], count: number, seed: number): LabelledText[] {
  const order = Int32Array.from({ length: rows.length }, (_, i) => i);
  random(foldIn(randomKey(seed), "draw")).shuffle(order);
  return Array.from(order.subarray(0, count), (i) => rows[i]!);
}

const describeLength = ({ minutes, steps, epochs }: ReturnType<typeof lengthOf>): string =>
  minutes !== undefined
    ? `${minutes} minutes`
    : steps !== undefined
      ? `${formatWhole(steps)} updates`
      : `${epochs} times through the data`;
