// unrolled train: its options and its help. The options of all tasks are parsed; the flow refuses those of another task.
import { Command } from "commander";
import { recognizeFile } from "../../node/index.ts";
import { taskFor } from "../../tasks/index.ts";
import { wrap } from "../../terminal/index.ts";
import { type Flag, type Flags, optionOf } from "../flags.ts";
import { command as commandLine, type Host } from "../host.ts";
import { aTask } from "../tasks/describe.ts";
import { allCommands, commandOf } from "../tasks/registry.ts";
import { wordFlags } from "../tasks/regularization.ts";
import type { AnyTask } from "../tasks/task.ts";
import * as shared from "../train-flags.ts";
import { type Given, runTrain } from "../train-flow.ts";

const { commonFlags, outputFlags, selectionFlags } = shared;

export async function trainCommand(host: Host, args: readonly string[]): Promise<Command> {
  const task = await taskInHelp(args);
  const command = new Command("train")
    .argument("[file...]", "data files, folders or patterns, also compressed (.gz, .zst); - is standard input")
    .usage("[options] FILE...\n       unrolled train --resume FOLDER");
  if (task) addTask(command, task);
  else addAll(command, await allCommands(), host.columns());
  return command.action((inputs: string[], given: Given) => runTrain(host, inputs, given));
}

/** The options of one task with its defaults. */
function addTask(command: Command, task: AnyTask): void {
  const recipe: Readonly<Record<string, unknown>> = { ...task.defaults };
  const left: Record<string, Flag> = { ...commonFlags, ...task.flags };
  /** Takes the flags of one heading out of what is left. */
  const take = (...groups: Flags[]): Flags => {
    const names = groups.flatMap((group) => Object.keys(group)).filter((name) => name in left);
    const taken = Object.fromEntries(names.map((name) => [name, left[name]!]));
    for (const name of names) delete left[name];
    return taken;
  };
  const training = take(commonFlags, shared.epochsFlag, shared.bpttFlag);
  const network = take(
    ...[shared.networkFlags, shared.embeddingFlag, wordFlags],
    ...[shared.directionFlag, shared.poolingFlag, shared.attentionFlags],
  );
  const vectors = take(
    ...[shared.vectorFlags, shared.learnedRowsFlag, shared.vectorVocabularyFlag, shared.targetVectorsFlag],
  );
  const add = (heading: string, flags: Flags) => {
    for (const flag of Object.values(flags)) command.addOption(optionOf(flag, recipe).helpGroup(heading));
  };
  add("Data:", { task: selectionFlags.task, ...left });
  add("Network:", network);
  add("Pretrained word vectors:", vectors);
  add("Training:", training);
  add("Output:", outputFlags);
  command.addHelpText(
    "after",
    `\nThese are the options of ${aTask(task.name)} with their defaults. Ctrl-C stops cleanly; --resume continues.`,
  );
}

/** Common options with an overview of the rest; all are parsed. */
function addAll(command: Command, tasks: readonly AnyTask[], columns: number): void {
  const seen = new Set<string>();
  const add = (heading: string | undefined, flags: Flags) => {
    for (const [name, flag] of Object.entries(flags)) {
      if (seen.has(name)) continue;
      seen.add(name);
      const option = optionOf(heading === undefined ? { ...flag, fallback: undefined, field: undefined } : flag);
      command.addOption(heading === undefined ? option.hideHelp() : option.helpGroup(heading));
    }
  };
  add("Data:", selectionFlags);
  add("Training, for every task:", commonFlags);
  add("Output:", outputFlags);
  for (const task of tasks) add(undefined, task.flags);
  const width = Math.min(100, columns);
  const lines = tasks.map((task) => {
    const names = Object.keys(task.flags).filter((name) => !(name in commonFlags) && !(name in selectionFlags));
    const flags = names.map((name) => task.flags[name]!.usage.split(" ")[0]).join(" ");
    const indent = 18;
    return wrap(
      `  ${(task.name === "toy" ? "--toy NAME" : task.name).padEnd(indent - 2)}${flags}`,
      Math.min(100, columns),
      indent,
    );
  });
  command.addHelpText(
    "after",
    `\n${wrap(`Further options by task. ${commandLine("help", "train", "--task")} TASK explains them with their defaults:`, width)}\n${lines.join("\n")}\n\n${wrap("Ctrl-C stops cleanly: the model is saved, and --resume continues the run.", width)}`,
  );
}

/** The task that a request for help is about: of `--task`, or of the file that is named. */
async function taskInHelp(args: readonly string[]): Promise<AnyTask | undefined> {
  if (args[0] !== "help" && !args.some((arg) => arg === "--help" || arg === "-h")) return undefined;
  const at = args.findIndex((arg) => arg === "--task" || arg.startsWith("--task="));
  const named = args[at]?.split("=")[1] ?? args[at + 1];
  const task = shared.fileTasks.find((name) => name === named);
  if (at >= 0 && task !== undefined) return commandOf(task);
  if (args.some((arg) => arg.startsWith("--toy"))) return commandOf("toy");
  const file = args.find((arg, i) => i > 0 && !arg.startsWith("-") && arg !== "train");
  if (file === undefined) return undefined;
  try {
    return await commandOf(taskFor((await recognizeFile(file)).kind));
  } catch {
    return undefined; // no such file: the general help
  }
}
