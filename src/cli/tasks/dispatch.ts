// From files and flags to the task that they are for.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fail } from "../../base/index.ts";
import { toy } from "../../data/index.ts";
import type { TrainFlags } from "../commands/train.ts";
import { type Host, writeJson } from "../host.ts";
import { runTrain } from "../run-train.ts";
import { checkEmbeddingFlags } from "./pretrained.ts";
import { recognizeFile, type TaskFlag } from "./recognized.ts";
import { commandsOf, type EvaluateFlags, refuseWith, trainable } from "./registry.ts";

/** Recognizes the first file, says what it is, and trains what it is for. */
export async function dispatchTrain(host: Host, files: readonly string[], flags: TrainFlags): Promise<void> {
  if (flags.resume !== undefined) {
    const task = taskIn(flags.resume);
    const resume = task === undefined ? undefined : (await commandsOf(task))?.resume;
    if (!resume) return runTrain(host, files, flags);
    const { loadModel } = await import("../library.ts");
    const { lockFolder } = await import("../../node/index.ts");
    const lock = await lockFolder(flags.resume); // before the state is read
    try {
      return await resume(host, flags.resume, await loadModel(flags.resume, { training: true }), flags);
    } finally {
      await lock.release();
    }
  }
  if (flags.toy !== undefined) checkEmbeddingFlags(flags, "toy");
  if (flags.toy !== undefined) return trainToy(host, files, flags);
  if (files.length === 0) return runTrain(host, files, flags);
  const { task, recognized } = await recognizeFile(files[0]!, flags.task ?? impliedBy(flags));
  checkEmbeddingFlags(flags, task);
  // Plain text is the ordinary case and needs no word about it, but where the name says something else.
  if (task === "language-model" && recognized.kind === "text") {
    const ending = /\.(tsv|csv|jsonl|conllu?)(\.gz)?$/i.exec(files[0]!)?.[1];
    if (ending && flags.task === undefined && impliedBy(flags) === undefined)
      host.err(`warning: ${files[0]}: not recognized as ${ending}, read as plain text; --task says what it is for\n`);
    return runTrain(host, files, flags);
  }
  const told = flags.task === undefined ? task : `${task}, as --task says`;
  if (flags.json) writeJson(host, { event: "recognized", file: files[0], task, ...recognized });
  else host.out(`${host.colors.dim("file  ")} ${recognized.message}\n${host.colors.dim("task  ")} ${told}\n`);
  if (task === "language-model") return runTrain(host, files, flags);
  const commands = await trainable(task, files[0]!);
  await commands.train(host, { files, flags, recognized });
}

/** A problem that is made: its kind says what it is for. */
async function trainToy(host: Host, files: readonly string[], flags: TrainFlags): Promise<void> {
  const { kind, spec, task } = toy(flags.toy!);
  if (kind !== "pairs") return (await import("./toy.ts")).trainToy(host, spec, files, flags);
  if (files.length > 0) fail({ where: "--toy", expected: "no file beside it", received: files.join(", ") });
  if (!flags.json) host.out(`${host.colors.dim("toy   ")} ${task}\n`);
  const recognized = { kind: "pairs", format: "tsv", message: task } as const;
  await (await trainable("translator", spec)).train(host, { files, flags, recognized });
}

/** Options that only a language model has say that the file is its text. */
const impliedBy = ({ lines, tie, bptt }: TrainFlags): TaskFlag | undefined =>
  lines || tie || bptt !== undefined ? "language-model" : undefined;

/** Evaluates a model of a task that has commands of its own; false for a language model. */
export async function evaluateTask(
  host: Host,
  folder: string,
  file: string | undefined,
  flags: EvaluateFlags,
): Promise<boolean> {
  const task = taskIn(folder);
  if (task !== undefined) refuseWith(folder, task, flags.with);
  const { evaluate, evaluateToy } = (task === undefined ? undefined : await commandsOf(task)) ?? {};
  if (evaluateToy && (flags.toy !== undefined || !evaluate)) {
    if (file !== undefined) {
      const hint = task === "toy" ? "a toy makes its own samples; --toy says another size" : undefined;
      fail({ where: "evaluate", expected: "no file beside a toy", received: file, hint });
    }
    const { loadModel } = await import("../library.ts");
    await evaluateToy(host, await loadModel(folder), flags);
    return true;
  }
  if (flags.toy !== undefined) fail({ where: "--toy", expected: "a model of a toy", received: `a ${task}` });
  if (file === undefined) {
    const hint = evaluateToy ? "or --toy dates" : undefined;
    return fail({ where: "evaluate", expected: "a file to measure on", received: "none", hint });
  }
  if (!evaluate) return false;
  const { loadModel } = await import("../library.ts");
  await evaluate(host, await loadModel(folder), file, flags);
  return true;
}

/** The task of a saved model, or undefined where the folder has none: loading it says what is wrong. */
export function taskIn(folder: string): string | undefined {
  try {
    const config: unknown = JSON.parse(readFileSync(join(folder, "config.json"), "utf8"));
    return String((config as { task?: unknown })?.task);
  } catch {
    return undefined;
  }
}
