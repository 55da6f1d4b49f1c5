// unrolled demo: trains a character-level LSTM on names of dinosaurs and generates new ones.

import {
  adamW,
  charTokenizer,
  dinosaurNames,
  type LanguageModel,
  languageModel,
  lstm,
  oneCycle,
  save,
  temperature,
  train,
} from "../../index.ts";
import { drawLines } from "../../node/tokens/corpus.ts";
import { generateTexts } from "../../tasks/index.ts";
import { formatDuration, formatWhole } from "../../terminal/index.ts";
import { jsonFlag, makeCommand, seedRange, threadsFlag } from "../command.ts";
import { int, text, type Values } from "../flags.ts";
import { command, type Host } from "../host.ts";
import { interrupt } from "../interrupt.ts";
import { output } from "../output.ts";
import { showTraining } from "../show-training.ts";

const recipe = {
  hiddenSize: 256,
  embeddingSize: 32,
  dropout: 0.5,
  inputDropout: 0.2,
  batchSize: 32,
  steps: 1500,
  learningRate: 4e-3,
  weightDecay: 0.1,
};

/** Longest training in seconds, so that a slow machine shows names, too. */
const atMost = 45;

const flags = {
  out: text("--out <folder>", "folder for the model; an earlier demo there is replaced", { value: "models/dinosaurs" }),
  seed: int("--seed <n>", "same seed, same names", seedRange, { value: 1337, fallback: "1337" }),
  ...threadsFlag,
  ...jsonFlag,
};

export const demoCommand = (host: Host) => makeCommand("demo", { flags }, (values) => runDemo(host, values));

async function runDemo(host: Host, { out, seed, threads, json }: Values<typeof flags>): Promise<void> {
  const show = output(host, json);
  const { bold, dim } = host.colors;
  const [names, held] = drawLines("names", dinosaurNames, 0.1, seed);
  const tokenizer = charTokenizer.fit(dinosaurNames, { specials: ["pad", "bos", "eos"] });
  const { hiddenSize, embeddingSize, dropout, inputDropout, batchSize, steps, learningRate, weightDecay } = recipe;
  const encoder = lstm({ hiddenSize, dropout });
  const model = languageModel({ tokenizer, encoder, embeddingSize, dropout: inputDropout, seed });
  const parameters = model.layout.count;
  const data = { rows: names.length, validRows: held.length };
  show.event("start", { task: model.task, out, resumed: false, step: 0, recipe, seed, parameters, frozen: 0, data });
  show.line(bold("A network learns what dinosaur names look like."));
  show.line(`It reads ${formatWhole(names.length)} names letter by letter and predicts each letter from those before.`);
  show.line(`${held.length} held-out names are used for validation. The network is an LSTM with ${hiddenSize} units:`);
  show.line(`${formatWhole(parameters)} parameters, initialized at random.\n`);
  const stop = interrupt();
  try {
    await showTraining(
      show,
      (signal, onEvaluation) =>
        train(model, names, {
          optimizer: adamW({ learningRate, betas: [0.9, 0.99], weightDecay }),
          schedule: oneCycle(),
          batchSize,
          steps,
          valid: held,
          evaluateEvery: Math.ceil(steps / 8),
          seed,
          threads,
          signal,
          onEvaluation,
        }),
      {
        stop,
        out,
        unit: "letters",
        save: () => save(model, out, { training: false }),
        sample: async () => (await draw(model, 5, seed)).join("  "),
        atMost,
      },
    );
  } finally {
    stop.end();
  }
  const known = new Set(dinosaurNames);
  const drawn = await draw(model, 40, seed + 1);
  const made = [...new Set(drawn)].filter((name) => name.length > 3 && !known.has(name)).slice(0, 10);
  const best = model.training?.best;
  const seconds = performance.now() / 1000;
  show.event("end", {
    out,
    steps: model.training?.step ?? 0,
    seconds,
    names: made,
    ...(best ? { best: { step: best.step, nats: best.nats } } : {}),
  });
  if (best)
    show.line(
      `Best checkpoint: step ${formatWhole(best.step)}, ${(best.nats / Math.LN2).toFixed(2)} bits per letter on held-out names.\n`,
    );
  show.line(
    `${bold("Ten names that are not in the data:")}\n  ${made.slice(0, 5).join("  ")}\n  ${made.slice(5).join("  ")}\n`,
  );
  show.line(`${dim(`The model is in ${out}, ${formatDuration(seconds)} after the start.`)} Next:`);
  show.line(`  ${command("sample", out, "--prompt", "Tyr", "--count", "5")}`);
  show.line(`  ${command("summary", out)}`);
  show.line(`  ${command("train", "YOUR-TEXT.txt", "--minutes", "1")}`);
  host.exitCode = stop.code();
}

/** Names that the model generates now. */
async function draw(model: LanguageModel, count: number, seed: number): Promise<string[]> {
  const names = new Array<string>(count).fill("");
  const options = { filters: [temperature(0.8)], maxTokens: 30, seed, count };
  for await (const { index, piece } of generateTexts(model, options)) names[index] += piece;
  return names.filter(Boolean);
}
