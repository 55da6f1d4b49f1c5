// The commands. Only the one that is called is loaded, so that help comes at once.
import { Command } from "commander";
import { fail } from "../base/index.ts";
import { setDefaultEngine } from "../engine/default.ts";
import { nodeEngine } from "../node/engine.ts";
import { launchOf } from "../node/mpi/launch.ts";
import { describeFault } from "./errors.ts";
import { command as commandLine, type Host } from "./host.ts";
import { output } from "./output.ts";

setDefaultEngine(nodeEngine);

type Entry = readonly [about: string, load: (host: Host, args: readonly string[]) => Promise<Command>];

/** In the order of the help. A further command is one line more. */
const entries: Readonly<Record<string, Entry>> = {
  demo: [
    "train on the dinosaur names that come with the package, and generate new ones",
    async (host) => (await import("./commands/demo.ts")).demoCommand(host),
  ],
  train: [
    "train a model on your own data: text, labeled texts, tags, pairs, series, music",
    async (host, args) => (await import("./commands/train.ts")).trainCommand(host, args),
  ],
  tokenize: [
    "turn texts into shards of tokens on disk, to train on corpora larger than memory",
    async (host) => (await import("./commands/tokenize.ts")).tokenizeCommand(host),
  ],
  sample: [
    "generate text from a trained model",
    async (host) => (await import("./commands/sample.ts")).sampleCommand(host),
  ],
  predict: [
    "run a trained model on text or files",
    async (host) => (await import("./commands/predict.ts")).predictCommand(host),
  ],
  translate: [
    "translate texts with a trained translator, by beam search",
    async (host) => (await import("./commands/translate.ts")).translateCommand(host),
  ],
  compose: [
    "generate names by label, or tunes as ABC, MIDI, WAV and SVG",
    async (host) => (await import("./commands/compose.ts")).composeCommand(host),
  ],
  compare: [
    "train a standard (feed-forward) network and recurrent networks on the same data, and compare them",
    async (host) => (await import("./commands/compare.ts")).compareCommand(host),
  ],
  evaluate: [
    "score a trained model on held-out data",
    async (host) => (await import("./commands/evaluate.ts")).evaluateCommand(host),
  ],
  summary: [
    "list a model's parameters, with their names in the lecture's notation",
    async (host) => (await import("./commands/summary.ts")).summaryCommand(host),
  ],
  inspect: [
    "plot gradient flow, gate activations and input saliency",
    async (host) => (await import("./commands/inspect.ts")).inspectCommand(host),
  ],
  export: [
    "write a trained model as ONNX, as a JavaScript module, or for the Hugging Face Hub",
    async (host) => (await import("./commands/export.ts")).exportCommand(host),
  ],
  import: [
    "turn a PyTorch or Keras model into a model folder",
    async (host) => (await import("./commands/import.ts")).importCommand(host),
  ],
  embed: [
    "train, query and plot word vectors",
    async (host) => (await import("./commands/embed/index.ts")).embedCommand(host),
  ],
  studio: [
    "watch a network learn in the browser, on your own text",
    async (host) => (await import("./commands/studio.ts")).studioCommand(host),
  ],
  serve: [
    "answer requests over HTTP with trained models",
    async (host) => (await import("./commands/serve.ts")).serveCommand(host),
  ],
  walk: [
    "follow one cell through tracing, compiler passes, gradient and ONNX",
    async (host) => (await import("./commands/walk.ts")).walkCommand(host),
  ],
};

/** The program for these arguments: the command that they name in full, the others by name only. */
export async function makeProgram(args: readonly string[], host: Host, version: string): Promise<Command> {
  const program = new Command("unrolled")
    .description("Train recurrent neural networks on your data, measure them, inspect them, and generate from them.")
    .version(version, "--version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand("help [command]", "print the help of a command")
    .addHelpText("after", "\nnpx unrolled help COMMAND explains a command and its options.");
  const named = args[0] === "help" ? args[1] : args.find((arg) => !arg.startsWith("-"));
  for (const [name, [about, load]] of Object.entries(entries)) {
    const command = name === named ? await load(host, args) : new Command(name);
    program.addCommand(command.description(about).helpOption("-h, --help", "print this help"));
  }
  return quietly(program, host);
}

/** Commander's own output goes through the host, and it throws instead of ending the process. */
function quietly(command: Command, host: Host): Command {
  command
    .exitOverride()
    .configureHelp({ minWidthToWrap: 16 })
    .configureOutput({
      writeOut: (text) => host.out(text),
      writeErr: (text) => host.err(text),
      getOutHelpWidth: () => Math.min(110, host.columns()),
      getErrHelpWidth: () => Math.min(110, host.columns()),
    });
  const names = [];
  for (let one: Command | null = command; one?.parent; one = one.parent) names.unshift(one.name());
  const what = command.commands.length > 0 ? "the commands" : "the options";
  command.showHelpAfterError(`  hint: ${commandLine(...names, "--help")} lists ${what}`);
  for (const inner of command.commands) quietly(inner, host);
  return command;
}

/** Runs the program with these arguments; throws what `describeFault` describes. */
export async function runProgram(args: readonly string[], host: Host, version: string): Promise<void> {
  const launch = launchOf(host.env);
  const named = args.find((arg) => !arg.startsWith("-")) ?? "";
  const words = args.filter((arg) => !arg.startsWith("-"));
  const whole = named === "embed" ? words.slice(0, 2).join(" ") : named;
  if (launch && Object.hasOwn(entries, named) && whole !== "train" && whole !== "embed train")
    fail({
      where: launch.launcher,
      expected: "train or embed train, which run on several ranks",
      received: whole,
      hint: `start ${commandLine(...whole.split(" "))} as a single process, without mpirun or srun`,
    });
  const program = await makeProgram(args, host, version);
  // `help train --task tagger`: commander's own help takes the name of a command alone.
  const plain = args[0] === "help" ? args.slice(0, 2) : args;
  if (args.length === 0) program.outputHelp();
  else await program.parseAsync(plain, { from: "user" });
}

/** Runs the program and shows what goes wrong; resolves to the exit code. With `--json` an error is an event, too. */
export async function runCommand(args: readonly string[], host: Host, version: string): Promise<number> {
  try {
    await runProgram(args, host, version);
    return host.exitCode;
  } catch (error) {
    const { text, code, event } = describeFault(error, host.env.UNROLLED_DEBUG === "1");
    if (code !== 0 && args.includes("--json")) output(host, true).event("error", event);
    if (text) host.err(text);
    return code;
  }
}
