// What a training run is, as it is saved with the model: enough to continue it, and to refuse to continue another one.
import { resolve } from "node:path";
import { fail } from "../base/index.ts";
import { load } from "../index.ts";
import { loadStart } from "../node/index.ts";
import type { Recipe, TaskName } from "../tasks/index.ts";
import { type Flags, flagName } from "./flags.ts";
import { absolute, shown } from "./source.ts";
import { commandNames } from "./tasks/registry.ts";

export interface SavedRun {
  readonly task: TaskName;
  /** Files, folders and patterns by absolute paths; `-` is standard input. */
  readonly inputs: readonly string[];
  /** SHA-256 of the training and validation files. */
  readonly fingerprint: string;
  /** The options that were given and decide the run. */
  readonly flags: Readonly<Record<string, unknown>>;
  readonly recipe: Recipe;
  readonly seed: number;
  /** Where it was trained; a resumed run goes on there unless `--engine` names another. */
  readonly engine?: "cpu" | "webgpu";
  /** File to report on at the end. */
  readonly test?: string;
}

/** Flags whose values are paths, if they are texts. */
const paths = new Set(["valid", "test", "embeddings", "targetEmbeddings"]);

/** The given options that decide a run, with absolute paths. */
export function decisive(given: Readonly<Record<string, unknown>>, flags: Flags): Record<string, unknown> {
  const kept = Object.entries(given).filter(([name]) => flags[name] && !flags[name].free);
  return Object.fromEntries(
    kept.map(([name, value]) => [name, paths.has(name) && typeof value === "string" ? absolutePaths(value) : value]),
  );
}

/** Absolute paths of one file, or of several with commas between. */
export const absolutePaths = (value: string): string =>
  value
    .split(",")
    .map((one) => resolve(one))
    .join(",");

/** Loads a run that was stopped. With `restart` it has no checkpoint: the model has its initial weights. */
export async function loadRun(folder: string) {
  const model = await load(folder, { training: true });
  const start = model.training ? undefined : await loadStart(folder);
  const run = (start ?? model.training?.recipe) as SavedRun | undefined;
  if (!run?.recipe || !Array.isArray(run.inputs) || !commandNames.includes(run.task)) {
    const problem = "there is no training state: the run has finished, or its model was saved without one";
    return fail({ where: `--resume ${folder}`, problem, hint: "start a new run with another --out", code: "file" });
  }
  return { model, run, restart: start !== undefined };
}

/** Refuses inputs and options that would make it another run. */
export function checkSameRun(
  folder: string,
  run: SavedRun,
  inputs: readonly string[],
  given: Readonly<Record<string, unknown>>,
  flags: Flags,
): void {
  const hint = "leave it out to continue this run, or start a new run with another --out";
  const where = (name: string) => `--resume ${folder}: ${name}`;
  const again = absolute(inputs);
  if (again.length > 0 && JSON.stringify(again) !== JSON.stringify(run.inputs))
    fail({
      where: where("files"),
      expected: run.inputs.map(shown).join(", ") || "none",
      received: again.map(shown).join(", "),
      hint,
    });
  if (given.task !== undefined && given.task !== run.task)
    fail({ where: where("--task"), expected: run.task, received: String(given.task), hint });
  if (given.out !== undefined && resolve(String(given.out)) !== resolve(folder))
    fail({ where: where("--out"), expected: folder, received: String(given.out), hint });
  for (const [name, value] of Object.entries(decisive(given, flags))) {
    const { field } = flags[name]!;
    const before = run.flags[name] ?? (name === "seed" ? run.seed : field && run.recipe[field as keyof Recipe]);
    if (JSON.stringify(before) === JSON.stringify(value)) continue;
    fail({ where: where(flagName(name)), expected: show(before), received: show(value), hint });
  }
}

const show = (value: unknown): string =>
  value === undefined
    ? "no value, because the run began without this option"
    : typeof value === "object"
      ? JSON.stringify(value)
      : String(value);
