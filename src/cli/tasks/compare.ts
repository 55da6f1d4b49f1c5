// Trains several networks on one file with one budget, and puts what they reach into one table.
import { fail } from "../../base/index.ts";
import type { CompareFlags } from "../commands/compare.ts";
import { type Host, writeJson } from "../host.ts";
import { interrupt } from "../interrupt.ts";
import { adamW, oneCycle } from "../library.ts";
import { formatDuration, formatWhole, table } from "../terminal/index.ts";
import type { Contestant, Measured } from "./contest.ts";
import { recognizeFile } from "./recognized.ts";
import { lengthOf, tell } from "./run.ts";

export async function runCompare(host: Host, file: string | undefined, flags: CompareFlags): Promise<void> {
  const { seed = 1337, lr, threads, json } = flags;
  const { contest, source } = await contestFor(host, file, flags);
  if (!json) tell(host, "file", source);
  const { measures, others = [], note } = contest;
  const networks = chosen(contest.networks, flags.only);
  const batch = flags.batch ?? contest.batch;
  const length = contest.epochs === undefined ? stepsOf(flags) : lengthOf(flags, contest.epochs);
  if (!json) {
    tell(host, "data", contest.data);
    tell(host, "budget", `${describeLength(length)} each, ${batch} rows an update, seed ${seed}`);
  }
  const stop = interrupt();
  const lines: string[][] = [];
  const cells = (measured: Measured) =>
    Object.keys(measures).map((key) => {
      const value = measured[key];
      return value === undefined || Number.isNaN(value) ? "-" : value.toPrecision(4);
    });
  try {
    for (const { name, make } of networks) {
      if (stop.signal.aborted) break;
      const model = make();
      const began = performance.now();
      const optimizer = adamW({ learningRate: lr });
      const options = { optimizer, schedule: oneCycle(), batchSize: batch, seed, threads, signal: stop.signal };
      let steps = 0;
      for await (const report of model.train({ ...options, ...length })) steps = report.step;
      const seconds = (performance.now() - began) / 1000;
      const { parameters } = model;
      const measured = await model.measure();
      if (json) writeJson(host, { event: "network", name, parameters, steps, seconds, seed, ...measured });
      else if (host.isTTY) host.out(`${name}: ${cells(measured)[0]} in ${formatDuration(seconds)}\n`);
      lines.push([name, formatWhole(parameters), formatWhole(steps), formatDuration(seconds), ...cells(measured)]);
    }
  } finally {
    stop.end();
  }
  host.exitCode = stop.code();
  for (const { name, measured } of others) {
    if (json) writeJson(host, { event: "baseline", name, ...measured });
    lines.push([name, "", "", "", ...cells(measured)]);
  }
  if (json) return;
  const header = ["network", "parameters", "updates", "time", ...Object.values(measures)];
  const align = ["left" as const, ...header.slice(1).map(() => "right" as const)];
  host.out(`\n${table(lines, { header, align, colors: host.colors })}`);
  if (note) host.out(`\n${note}\n`);
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

async function contestFor(host: Host, file: string | undefined, flags: CompareFlags) {
  if (flags.toy !== undefined) {
    if (file !== undefined) fail({ where: "compare", expected: "--toy or a file", received: "both" });
    const contest = (await import("./compare-steps.ts")).toyContest(flags.toy, flags);
    return { contest, source: `toy ${flags.toy}` };
  }
  if (file === undefined)
    return fail({ where: "compare", expected: "a file, or --toy", received: "none", hint: "unrolled help compare" });
  const { recognized, task } = await recognizeFile(file, flags.task);
  const texts = () => import("./compare-texts.ts");
  const steps = () => import("./compare-steps.ts");
  const found = {
    classifier: async () => (await texts()).textContest(host, file, recognized, flags),
    regressor: async () => (await texts()).textContest(host, file, recognized, flags),
    tagger: async () => (await steps()).taggerContest(host, file, flags),
    "language-model": async () => (await steps()).languageContest(file, flags),
    forecaster: async () => (await steps()).forecasterContest(host, file, flags),
  }[task as "classifier"];
  if (!found) {
    const expected = "labels, numbers, tags, plain text or series";
    return fail({ where: file, expected, received: recognized.message, code: "data" });
  }
  return { contest: await found(), source: recognized.message };
}

/** A toy has no end, so there is no epoch. */
const stepsOf = ({ steps, minutes }: CompareFlags) => (minutes !== undefined ? { minutes } : { steps: steps ?? 1000 });

const describeLength = ({ minutes, steps, epochs }: ReturnType<typeof lengthOf>): string =>
  minutes !== undefined
    ? `${minutes} minutes`
    : steps !== undefined
      ? `${formatWhole(steps)} updates`
      : `${epochs} times through the data`;
