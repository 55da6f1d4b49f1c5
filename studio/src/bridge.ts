// The exact command and the program that train what this page trains.

import { evaluateEveryOf } from "unrolled/run";
import { file, run, source } from "./app.ts";

const flags: Readonly<Record<string, string>> = {
  cell: "--cell",
  tokens: "--tokens",
  direction: "--direction",
  pooling: "--pooling",
  attention: "--attention",
  hiddenSize: "--hidden",
  embeddingSize: "--embedding",
  numLayers: "--layers",
  dropout: "--dropout",
  learningRate: "--lr",
  batchSize: "--batch",
  horizon: "--horizon",
  length: "--window",
  season: "--season",
  bptt: "--bptt",
  steps: "--steps",
  epochs: "--epochs",
};

export const fileName = (): string =>
  source.value === "own" ? (file.value?.name ?? "text.txt") : `${source.value}.txt`;

const quoted = (name: string): string => (/^[\w.-]+$/.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`);

export function commandOf(): string {
  const ready = run.ready.value;
  if (!ready) return "";
  const { recipe, task } = ready;
  const skip = task === "tagger" || task === "forecaster" ? ["tokens"] : [];
  if (task === "generator" || task === "forecaster") skip.push("direction", "attention", "tokens");
  const given = Object.entries(recipe).flatMap(([name, value]) =>
    flags[name] && !skip.includes(name) && value !== undefined ? [`${flags[name]} ${value}`] : [],
  );
  return [
    `npx unrolled train ${quoted(fileName())} --task ${task}`,
    ...(recipe.kind === "lines" ? ["--lines"] : []),
    ...given,
    ...(recipe.steps === undefined ? [] : [`--evaluate-every ${evaluateEveryOf(recipe.steps)}`]),
    `--seed ${recipe.seed}`,
    "--shards 1",
  ].join(" \\\n  ");
}

export function programOf(): string {
  const ready = run.ready.value;
  if (!ready) return "";
  const { seed, ...recipe } = ready.recipe;
  const chosen = JSON.stringify({ ...recipe, seed }, null, 2).replace(/^( *)"(\w+)":/gm, "$1$2:");
  return `import { readFile } from "node:fs/promises";
import { nodeEngine, save, train } from "unrolled";
import { openSubject } from "unrolled/run";
import { trainOptions } from "unrolled/tasks";

const name = ${JSON.stringify(fileName())};
const chosen = ${chosen};
const { model, train: data, valid, recipe } = await openSubject(
  { name, bytes: await readFile(name) },
  { chosen, seed: ${seed}, light: false },
  ${JSON.stringify(ready.task)},
);
for await (const { step, loss, valid: found } of train(model, data, {
  ...trainOptions(recipe),
  seed: ${seed},
  shards: 1,
  valid,
  engine: nodeEngine(),
}))
  if (found) console.log(step, loss, found.nats);
await save(model, "models/mine");
`;
}
