// Where each task's part of the command line is. A further task is one line more.
import { fail } from "../../base/index.ts";
import type { Recognized } from "../../data/index.ts";
import type { Model } from "../../tasks/index.ts";
import type { TrainFlags } from "../commands/train.ts";
import type { Host } from "../host.ts";
import type { TaskFlag } from "./recognized.ts";

export interface TrainJob {
  files: readonly string[];
  flags: TrainFlags;
  recognized: Recognized;
}

export interface PredictFlags {
  /** Folders of further classifiers. */
  with?: string[];
  json?: boolean;
  threads?: number;
}

export interface EvaluateFlags {
  /** A toy in place of a file. */
  toy?: string;
  /** Folders of further classifiers. */
  with?: string[];
  json?: boolean;
  threads?: number;
}

/** A task's part of the command line. The model is loaded; a function refuses one of another task by its types. */
export interface TaskCommands {
  train?(host: Host, job: TrainJob): Promise<void>;
  /** Goes on with a run; the model has its training state. */
  resume?(host: Host, folder: string, model: Model, flags: TrainFlags): Promise<void>;
  /** `inputs` are texts or the names of files; `[]` for toys. */
  predict?(host: Host, model: Model, inputs: readonly string[], flags: PredictFlags): Promise<void>;
  evaluate?(host: Host, model: Model, file: string, flags: EvaluateFlags): Promise<void>;
  /** Measures on what is made without end, in place of a file. */
  evaluateToy?(host: Host, model: Model, flags: EvaluateFlags): Promise<void>;
}

/** By the name in `config.json`. The language model's commands are the older ones beside this folder. */
const commands: { readonly [task: string]: () => Promise<TaskCommands> } = {
  classifier: async () => (await import("./labeled.ts")).labeledCommands,
  regressor: async () => (await import("./labeled.ts")).labeledCommands,
  translator: async () => (await import("./translator.ts")).translatorCommands,
  generator: async () => (await import("./generator.ts")).generatorCommands,
  forecaster: async () => (await import("./forecaster.ts")).forecasterCommands,
  tagger: async () => (await import("./tagger.ts")).taggerCommands,
  toy: async () => (await import("./toy.ts")).toyCommands,
};

/** The commands of a task, or undefined where it has none here. */
export const commandsOf = async (task: string): Promise<TaskCommands | undefined> =>
  Object.hasOwn(commands, task) ? commands[task]!() : undefined;

/** Whether a task of this name is trained here, and what to say where it is not. */
export async function trainable(
  task: TaskFlag,
  file: string,
): Promise<TaskCommands & Required<Pick<TaskCommands, "train">>> {
  const found = await commandsOf(task);
  if (found?.train) return found as TaskCommands & Required<Pick<TaskCommands, "train">>;
  const able = ["language-model", ...Object.keys(commands)].join(", ");
  return fail({
    where: file,
    expected: `data for one of ${able}`,
    received: `data for a ${task}`,
    hint: "--task says which",
  });
}

/** Only classifiers answer together. */
export function refuseWith(folder: string, task: string, others: readonly string[] | undefined): void {
  if (others && task !== "classifier")
    fail({ where: folder, expected: "a classifier, for --with", received: `a ${task}` });
}
