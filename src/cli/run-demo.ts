// unrolled demo: trains a character-level LSTM on names of dinosaurs and makes up new ones.

import { drawLines } from "./corpus.ts";
import { type Host, writeJson } from "./host.ts";
import {
  adamW,
  charTokenizer,
  dinosaurNames,
  generateTexts,
  type LanguageModel,
  languageModel,
  lstm,
  oneCycle,
  save,
  temperature,
  train,
} from "./library.ts";
import { quoted } from "./run-train.ts";
import { formatDuration, formatWhole } from "./terminal/index.ts";
import { showTraining } from "./training.ts";

const recipe = {
  hidden: 256,
  embedding: 32,
  dropout: 0.5,
  inputDropout: 0.2,
  batch: 32,
  steps: 1500,
  lr: 4e-3,
  weightDecay: 0.1,
};

export async function runDemo(
  host: Host,
  { out, seed = 1337, threads, json = false }: { out: string; seed?: number; threads?: number; json?: boolean },
): Promise<void> {
  const { bold, dim } = host.colors;
  const [names, held] = drawLines(dinosaurNames, 0.1, seed);
  const tokenizer = charTokenizer.fit(dinosaurNames, { specials: ["pad", "bos", "eos"] });
  const { hidden: hiddenSize, embedding: embeddingSize, dropout, inputDropout, batch: batchSize, steps } = recipe;
  const model = languageModel({
    tokenizer,
    encoder: lstm({ hiddenSize, dropout }),
    embeddingSize,
    dropout: inputDropout,
    seed,
  });
  if (json) {
    writeJson(host, { event: "start", out, ...recipe, seed, names: names.length, held: held.length });
  } else {
    host.out(`${bold("A network learns what names of dinosaurs sound like.")}\n`);
    host.out(
      `It reads ${formatWhole(names.length)} names letter by letter, and guesses each next letter from those before;\n`,
    );
    host.out(
      `${held.length} further names, which it never learns from, tell how well. An LSTM of ${hiddenSize} units,\n`,
    );
    host.out(`${formatWhole(model.layout.count)} parameters that begin as random numbers.\n\n`);
  }
  const letters = names.reduce((sum, name) => sum + name.length + 1, 0);
  const { interrupted } = await showTraining(
    host,
    (signal) =>
      train(model, names, {
        optimizer: adamW({ learningRate: recipe.lr, betas: [0.9, 0.99], weightDecay: recipe.weightDecay }),
        schedule: oneCycle(),
        batchSize,
        steps,
        valid: held,
        evaluateEvery: Math.ceil(steps / 8),
        seed,
        threads,
        signal,
      }),
    {
      json,
      unit: "letters",
      tokensPerStep: (letters / names.length) * batchSize,
      totalSteps: steps,
      save: () => save(model, out, { training: false }),
      sample: async () => (await draw(model, 5, seed)).join("  "),
      atMost: 45,
    },
  );
  const known = new Set(dinosaurNames);
  const drawn = await draw(model, 40, seed + 1);
  const made = [...new Set(drawn)].filter((name) => name.length > 3 && !known.has(name)).slice(0, 10);
  const best = model.training?.best;
  if (json) {
    writeJson(host, {
      event: "end",
      out,
      names: made,
      ...(best ? { valid: { nats: best.nats }, bestStep: best.step } : {}),
    });
  } else {
    if (best)
      host.out(
        `The best was step ${formatWhole(best.step)}: ${(best.nats / Math.LN2).toFixed(2)} bits a letter on names it had not seen.\n\n`,
      );
    host.out(
      `${bold("Ten names that are in no list:")}\n  ${made.slice(0, 5).join("  ")}\n  ${made.slice(5).join("  ")}\n\n`,
    );
    host.out(
      `${dim(`The model is kept in ${out}, ${formatDuration(performance.now() / 1000)} after the start.`)} Try next:\n`,
    );
    host.out(`  npx unrolled sample ${quoted(out)} --prompt Tyr --count 5\n`);
    host.out(`  npx unrolled summary ${quoted(out)}\n`);
    host.out("  npx unrolled train YOUR-TEXT.txt --minutes 1\n");
  }
  host.exitCode = interrupted;
}

/** Names as the model makes them up now. */
async function draw(model: LanguageModel, count: number, seed: number): Promise<string[]> {
  const names = new Array<string>(count).fill("");
  const options = { filters: [temperature(0.8)], maxTokens: 30, seed, count };
  for await (const { index, piece } of generateTexts(model, options)) names[index] += piece;
  return names.filter(Boolean);
}
