// Trains several networks on the same data with the same budget, and puts their measures into one table.
import { fail } from "../../base/index.ts";
import { adamW, oneCycle } from "../../index.ts";
import type { Budget } from "../../tasks/index.ts";
import { command, type Host } from "../host.ts";
import { interrupt } from "../interrupt.ts";
import { type Output, output } from "../output.ts";
import { filesOf, named, recognizeFile } from "../source.ts";
import { taskFor } from "../tasks/registry.ts";
import { formatDuration, formatWhole, plural } from "../terminal/index.ts";
import type { Contest, Contestant, Measured } from "./contest.ts";
import type { CompareFlags } from "./flags.ts";

export async function runCompare(host: Host, input: string | undefined, flags: CompareFlags): Promise<void> {
  if (flags.toy !== undefined && input !== undefined)
    fail({ where: "compare", expected: "--toy or a file", received: `--toy ${flags.toy} and ${input}` });
  if (flags.toy === undefined && input === undefined)
    fail({ where: "compare", expected: "a file, or --toy", received: "none", hint: command("help", "compare") });
  const show = output(host, flags.json);
  const files = await filesOf(show, input === undefined ? [] : [input]);
  const { seed, lr, threads } = flags;
  const contest = await contestFor(show, files, flags);
  const { measures, others = [], note } = contest;
  const networks = chosen(contest.networks, flags.only);
  const batchSize = flags.batch ?? contest.batch;
  const length = lengthOf(flags, contest);
  show.fact("data", contest.data);
  show.fact("run", `${describeLength(length)} each, batch size ${batchSize}, learning rate ${lr}, seed ${seed}`);
  show.line();
  const cells = (measured: Measured): string[] =>
    Object.keys(measures).map((name) => {
      const value = measured[name];
      return value === undefined || Number.isNaN(value) ? "" : value.toPrecision(4);
    });
  const lines: string[][] = [];
  const stop = interrupt();
  try {
    for (const { name, make } of networks) {
      if (stop.signal.aborted) break;
      const runner = make();
      const began = performance.now();
      let steps = 0;
      const options = { optimizer: adamW({ learningRate: lr, weightDecay: 0.01 }), schedule: oneCycle(), batchSize };
      for await (const { step } of runner.train({ ...options, ...length, seed, threads, signal: stop.signal }))
        steps = step;
      if (stop.signal.aborted) break;
      const measured = await runner.measure();
      const seconds = (performance.now() - began) / 1000;
      const { parameters } = runner;
      show.event("comparison", { name, parameters, steps, seconds, ...measured });
      show.line(`${name.padEnd(24)} ${Object.values(measures)[0]} ${cells(measured)[0]} in ${formatDuration(seconds)}`);
      lines.push([name, formatWhole(parameters), formatWhole(steps), formatDuration(seconds), ...cells(measured)]);
    }
  } finally {
    stop.end();
  }
  host.exitCode = stop.code();
  for (const { name, measured } of others) {
    show.event("comparison", { name, baseline: true, ...measured });
    lines.push([name, "", "", "", ...cells(measured)]);
  }
  show.line();
  const header = ["network", "parameters", "steps", "time", ...Object.values(measures)];
  show.table(lines, { header, align: ["left", ...header.slice(1).map(() => "right" as const)] });
  if (note) show.line(`\n${note}`);
}

/** The networks that `--only` names, by the first word of their names. */
function chosen(networks: readonly Contestant[], only: readonly string[] | undefined): readonly Contestant[] {
  if (only === undefined) return networks;
  const word = ({ name }: Contestant) => name.split(" ")[0]!;
  const known = networks.map((one) => word(one).toLowerCase());
  const strange = only.find((name) => !known.includes(name.trim().toLowerCase()));
  if (strange !== undefined) fail({ where: "--only", expected: networks.map(word).join(", "), received: strange });
  const wanted = new Set(only.map((name) => name.trim().toLowerCase()));
  return networks.filter((one) => wanted.has(word(one).toLowerCase()));
}

async function contestFor(show: Output, files: readonly string[], flags: CompareFlags): Promise<Contest> {
  const texts = () => import("./texts.ts");
  const steps = () => import("./steps.ts");
  const [file] = files;
  if (!file) return (await steps()).toyContest(flags.toy!, flags);
  if (files.length > 1) fail({ where: "compare", expected: "one file", received: plural(files.length, "file") });
  const recognized = await recognizeFile(file);
  const task = flags.task ?? taskFor(recognized.kind);
  show.event("recognized", { file, task, message: recognized.message });
  show.fact("file", `${named(file)}: ${recognized.message}`);
  switch (task) {
    case "classifier":
    case "regressor":
      return (await texts()).textContest(show, file, recognized, flags);
    case "tagger":
      return (await steps()).taggerContest(show, file, flags);
    case "language-model":
      return (await steps()).languageContest(show, file, flags);
    case "forecaster":
      return (await steps()).forecasterContest(show, file, flags);
    default:
      return fail({
        where: named(file),
        expected: "labeled texts, texts with numbers, tags, plain text or series",
        received: recognized.message,
        code: "data",
      });
  }
}

/** A synthetic problem has no end, so it has no epochs. */
function lengthOf({ steps, epochs, minutes }: CompareFlags, contest: Contest): Budget {
  if (minutes !== undefined) return { minutes };
  if (steps !== undefined) return { steps };
  return contest.epochs === undefined ? { steps: 1000 } : { epochs: epochs ?? contest.epochs };
}

const describeLength = ({ minutes, steps, epochs }: Budget): string =>
  minutes !== undefined
    ? plural(minutes, "minute")
    : steps !== undefined
      ? plural(steps, "step")
      : `${epochs} ${epochs === 1 ? "epoch" : "epochs"}`;
