// The commands. Only the one that is called is loaded, so that help comes at once.
import { Command } from "commander";
import type { Host } from "./host.ts";

interface Entry {
  about: string;
  load(host: Host): Promise<Command>;
}

/** In the order of the help. A further command is one line more. */
const entries: Readonly<Record<string, Entry>> = {
  demo: {
    about: "train on the dinosaur names that come with the package, and make up new ones",
    load: async (host) => (await import("./commands/demo.ts")).demoCommand(host),
  },
  train: {
    about: "train a model on your own file: text, labeled texts, series of numbers, ...",
    load: async (host) => (await import("./commands/train.ts")).trainCommand(host),
  },
  sample: {
    about: "let a model write",
    load: async (host) => (await import("./commands/sample.ts")).sampleCommand(host),
  },
  predict: {
    about: "what a model says of a text or a file",
    load: async (host) => (await import("./commands/predict.ts")).predictCommand(host),
  },
  translate: {
    about: "translate texts with a model of pairs, by beam search",
    load: async (host) => (await import("./commands/translate.ts")).translateCommand(host),
  },
  compose: {
    about: "let a generator write: names by label, tunes as ABC, MIDI, WAV or a picture",
    load: async (host) => (await import("./commands/compose.ts")).composeCommand(host),
  },
  compare: {
    about: "train the standard network and the recurrent ones on one file, side by side",
    load: async (host) => (await import("./commands/compare.ts")).compareCommand(host),
  },
  evaluate: {
    about: "measure a model on a file",
    load: async (host) => (await import("./commands/evaluate.ts")).evaluateCommand(host),
  },
  summary: {
    about: "list the parameters of a model, in our notation and in the lecture's",
    load: async (host) => (await import("./commands/summary.ts")).summaryCommand(host),
  },
  inspect: {
    about: "see how far back a gradient reaches, what gates do, what an output hangs on",
    load: async (host) => (await import("./commands/inspect.ts")).inspectCommand(host),
  },
  embed: {
    about: "learn word vectors, ask them, look at them",
    load: async (host) => (await import("./commands/embed/index.ts")).embedCommand(host),
  },
  walk: {
    about: "follow one cell through trace, passes, gradient and ONNX",
    load: async (host) => (await import("./commands/walk.ts")).walkCommand(host),
  },
};

/** The program for these arguments: the command that they name in full, the others by name only. */
export async function makeProgram(args: readonly string[], host: Host, version: string): Promise<Command> {
  const program = new Command("unrolled")
    .description("Train recurrent networks on text, measure them, look inside, and let them write.")
    .version(version, "--version", "the version of this package")
    .helpOption("-h, --help", "this help")
    .addHelpText("after", "\nunrolled help COMMAND explains a command and its options.");
  const named = args[0] === "help" ? args[1] : args.find((arg) => !arg.startsWith("-"));
  for (const [name, { about, load }] of Object.entries(entries)) {
    const command = name === named ? await load(host) : new Command(name);
    program.addCommand(command.description(about));
  }
  return quietly(program, host);
}

/** Commander's own output goes through the host, and it throws where it would end the process. */
function quietly(command: Command, host: Host): Command {
  command.exitOverride().configureOutput({
    writeOut: (text) => host.out(text),
    writeErr: (text) => host.err(text),
    getOutHelpWidth: () => Math.min(120, host.columns()),
    getErrHelpWidth: () => Math.min(120, host.columns()),
  });
  for (const inner of command.commands) quietly(inner, host);
  return command;
}

/** Runs the program with these arguments; what it throws is for `describeFault`. */
export async function runProgram(args: readonly string[], host: Host, version: string): Promise<void> {
  const program = await makeProgram(args, host, version);
  if (args.length === 0) {
    program.outputHelp();
    return;
  }
  await program.parseAsync(args, { from: "user" });
}
