// Trains a model of any task and shows it: what the tasks' train commands share.
import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { fail } from "../../base/index.ts";
import { lockFolder } from "../../node/index.ts";
import type { Model } from "../../tasks/index.ts";
import type { TrainFlags } from "../commands/train.ts";
import { type Host, writeJson } from "../host.ts";
import { adamW, type Optimizer, oneCycle, save, type Trainable, type TrainOptions, train } from "../library.ts";
import { quoted } from "../run-train.ts";
import { formatDuration, formatWhole } from "../terminal/index.ts";
import { showTraining } from "../training.ts";

/** What decides a run beside its data; saved with the model, so that `--resume` is the same run. */
export interface RunRecipe {
  task: string;
  /** Absolute. */
  files: readonly string[];
  batch: number;
  lr: number;
  seed: number;
  /** One of the three. */
  steps?: number;
  epochs?: number;
  minutes?: number;
}

export interface Run<Data> {
  model: Trainable<Data> & Model;
  data: Data;
  valid: Data | undefined;
  recipe: RunRecipe;
  out: string;
  flags: TrainFlags;
  resume: boolean;
  /** Tokens read in an epoch, for the speed. */
  tokensPerEpoch: number;
  rows: number;
  unit: string;
}

/** Trains to the end or to Ctrl-C; the model is saved in either case. False where it was stopped. */
export async function runTraining<Data>(host: Host, run: Run<Data>): Promise<boolean> {
  const lock = await lockFolder(run.out);
  try {
    return await runLocked(host, run);
  } finally {
    await lock.release();
  }
}

async function runLocked<Data>(host: Host, run: Run<Data>): Promise<boolean> {
  const { model, data, valid, recipe, out, flags, resume, rows } = run;
  const { json = false, threads } = flags;
  const { batch, lr, seed, steps, epochs, minutes } = recipe;
  if (!resume) await save(model, out); // whatever is wrong with the folder shows now
  const perEpoch = Math.ceil(rows / batch);
  const optimizer: Optimizer = adamW({ learningRate: lr, weightDecay: 0.01 });
  const length: Pick<TrainOptions<Data>, "steps" | "epochs" | "minutes"> = minutes !== undefined
    ? { minutes }
    : steps !== undefined
      ? { steps }
      : { epochs };
  const totalSteps = minutes !== undefined ? undefined : (steps ?? Math.max(1, Math.round(epochs! * perEpoch)));
  const { last, interrupted } = await showTraining(
    host,
    (signal) =>
      train<Data>(model, data, {
        optimizer,
        schedule: oneCycle(),
        batchSize: batch,
        valid,
        seed,
        ...length,
        threads,
        signal,
        resume,
        recipe,
      }),
    {
      json,
      unit: run.unit,
      tokensPerStep: run.tokensPerEpoch / perEpoch,
      totalSteps,
      seconds: minutes === undefined ? undefined : minutes * 60,
      save: () => save(model, out),
      sample: async () => "",
    },
  );
  if (interrupted) {
    host.exitCode = interrupted;
    const again = `unrolled train --resume ${quoted(out)}`;
    if (json) writeJson(host, { event: "stopped", step: last?.step ?? 0, out, resume: again });
    else host.out(`stopped after step ${formatWhole(last?.step ?? 0)}; all is kept. To go on:\n  ${again}\n`);
    return false;
  }
  await save(model, out, { training: false });
  const best = model.training?.best;
  const seconds = performance.now() / 1000;
  if (json) {
    writeJson(host, { event: "end", out, steps: last?.step, seconds, ...(best ? { bestStep: best.step } : {}) });
    return true;
  }
  const kept = best ? `, the best step on the validation part, ${formatWhole(best.step)}, kept` : "";
  host.out(`${host.colors.bold("done")} in ${formatDuration(seconds)}${kept}\n`);
  return true;
}

/** The folder to write to: the one asked for, or a new one named after the data. */
export function folderFor(files: readonly string[], flags: TrainFlags): string {
  const isEmpty = (folder: string) => {
    try {
      return readdirSync(folder).length === 0;
    } catch {
      return true;
    }
  };
  if (flags.out !== undefined) {
    if (isEmpty(flags.out) || flags.overwrite) return flags.out;
    const hint = "--overwrite replaces the model in it, --resume goes on with it";
    const where = `--out ${flags.out}`;
    return fail({ where, expected: "an empty or new folder", received: "one with files", hint, code: "file" });
  }
  const name =
    basename(files[0]!)
      .replace(/(\.gz)?$/i, "")
      .replace(/\.[a-z0-9]+$/i, "") || "model";
  const first = join("models", name);
  if (flags.overwrite || isEmpty(first)) return first;
  for (let i = 2; ; i++) if (isEmpty(`${first}-${i}`)) return `${first}-${i}`;
}

/** One line of facts: `data   train.tsv: 150,000 rows`. */
export function tell(host: Host, name: string, text: string): void {
  host.out(`${host.colors.dim(name.padEnd(6))} ${text}\n`);
}

/** The length of the run as it was given, or `epochs`. */
export function lengthOf(
  { steps, epochs, minutes }: TrainFlags,
  fallback: number,
): Pick<RunRecipe, "steps" | "epochs" | "minutes"> {
  if (minutes !== undefined) return { minutes };
  if (steps !== undefined) return { steps };
  return { epochs: epochs ?? fallback };
}
