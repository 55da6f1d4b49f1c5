// One flow for every task: options of other tasks are refused, a run continues exactly or not at all, help states the recipe,
// and every line of --json follows docs/json.schema.json.
import { readFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { eventNames } from "../../src/cli/output.ts";
import { allCommands, commandNames } from "../../src/cli/tasks/registry.ts";
import { commonFlags, outputFlags } from "../../src/cli/train-flags.ts";
import { eventFaults, eventNamesInSchema } from "./schema.ts";
import { jsonLines, type Ran, scratchFolder, smallText, unrolled } from "./terminal.ts";

const scratch = scratchFolder();
afterAll(() => scratch.remove());

const lines = (n: number, line: (i: number) => string) =>
  `${Array.from({ length: n }, (_, i) => line(i)).join("\n")}\n`;
const noise = (i: number) => ((i * 7919) % 13) / 13;

interface Case {
  task: string;
  file?: [name: string, contents: string, changed: string];
  /** Flags of this task besides the tiny ones. */
  flags?: string[];
  /** An option of another task. */
  foreign: string[];
  predict?: string[];
  held?: boolean;
}

const labeled = lines(40, (i) => `so ${i % 3 ? "good" : "bad"} a film ${i % 7}\t${i % 3 ? "pos" : "neg"}`);
const numbers = lines(40, (i) => `so ${i % 3 ? "good" : "bad"} a film\t${(i % 3) + noise(i)}`);
const tagged = lines(24, (i) => `Ann B-PER\nsaw O\n${i % 2 ? "Paris" : "Rome"} B-LOC\n`);
const pairs = lines(30, (i) => `one ${i}\teins ${i}`);
const series = `load\n${lines(90, (t) => (50 + 9 * Math.sin((t * Math.PI) / 6) + noise(t)).toFixed(2))}`;
const tune = (i: number) => `X:${i + 1}\nR:${i % 2 ? "reel" : "jig"}\nL:1/8\nK:G\nGABc dedB|G4 ${"ABcd"[i % 4]}4|]\n`;

const cases: Case[] = [
  {
    task: "language-model",
    file: ["a.txt", smallText, `${smallText}more`],
    flags: ["--bptt", "8"],
    foreign: ["--pooling", "max"],
    held: true,
  },
  {
    task: "classifier",
    file: ["b.tsv", `text\tlabel\n${labeled}`, `text\tlabel\n${labeled}so good\tpos\n`],
    foreign: ["--bptt", "8"],
    predict: ["so good"],
    held: true,
  },
  {
    task: "regressor",
    file: ["c.tsv", `text\tstars\n${numbers}`, `text\tstars\n${numbers}so bad\t0.5\n`],
    foreign: ["--class-weights"],
    predict: ["so good"],
    held: true,
  },
  {
    task: "tagger",
    file: ["d.conll", tagged, `${tagged}Ann B-PER\n`],
    foreign: ["--pooling", "max"],
    predict: ["Ann saw Rome"],
    held: true,
  },
  {
    task: "translator",
    file: ["e.tsv", pairs, `${pairs}two\tzwei\n`],
    foreign: ["--season", "4"],
    predict: ["one 3"],
    held: true,
  },
  {
    task: "forecaster",
    file: ["f.csv", series, `${series}51\n`],
    flags: ["--window", "6"],
    foreign: ["--embedding", "4"],
    held: false,
  },
  {
    task: "generator",
    file: ["g.abc", lines(12, tune), lines(13, tune)],
    foreign: ["--attention", "none"],
    held: true,
  },
  { task: "toy", flags: ["--toy", "adding:6"], foreign: ["--pooling", "max"] },
];

const tiny = "--hidden 4 --batch 4 --seed 3 --threads 1 --evaluate-every 2 --steps 5".split(" ");
/** Every line follows the schema. */
function valid(ran: Ran) {
  const events = jsonLines(ran);
  expect(events.flatMap(eventFaults)).toEqual([]);
  return events;
}
const weights = (folder: string) => readFileSync(`${folder}/model.safetensors`);

describe.each(cases)("$task", ({ task, file, flags = [], foreign, predict, held }) => {
  const data = file ? [scratch.write(file[0], file[1])] : [];
  const path = (name: string) => scratch.path(`${task}-${name}`);
  const args = (out: string) => ["train", ...data, ...flags, ...tiny, "--out", path(out), "--json"];

  it("refuses an option of another task, with a hint", async () => {
    const ran = await unrolled([...args("never"), ...foreign]);
    expect(ran.code).toBe(2);
    expect(ran.err).toMatch(
      new RegExp(`^error: ${foreign[0]}: an? .* does not read this option\n {2}hint: .*npx unrolled help train`),
    );
    expect(valid(ran).at(-1)).toMatchObject({ event: "error", code: "argument" });
  });

  it("continues a stopped run bit for bit, and no other run", async () => {
    const test = held === true ? ["--test", data[0]!] : [];
    const whole = await unrolled([...args("whole"), ...test]);
    expect(whole).toMatchObject({ code: 0 });
    const events = valid(whole);
    expect(events.filter(({ event }) => event === "validation").map(({ step }) => step)).toEqual([2, 4, 5]);
    const stop = (text: string) => void (text.includes('"validation"') && process.emit("SIGINT"));
    const part = await unrolled([...args("part"), ...test], stop);
    expect(part.code).toBe(130);
    expect(valid(part).at(-1)).toMatchObject({ event: "stopped", step: 2 });

    const resume = ["train", "--resume", path("part"), "--json"];
    const changed = await unrolled([...resume, "--lr", "0.5"]);
    expect(changed).toMatchObject({ code: 2, err: expect.stringMatching(/--lr: expected [\d.e-]+, got 0.5/) });
    if (file) {
      const other = await unrolled(["train", scratch.write(`other-${file[0]}`, file[1]), ...resume.slice(1)]);
      expect(other).toMatchObject({ code: 2, err: expect.stringContaining(": files: expected ") });
      scratch.write(file[0], file[2]);
      const grown = await unrolled(resume);
      expect(grown).toMatchObject({
        code: 1,
        err: expect.stringContaining("the data has changed since the run began"),
      });
      scratch.write(file[0], file[1]);
    }
    const resumed = await unrolled(resume);
    expect(resumed.code).toBe(0);
    const rest = valid(resumed);
    expect(rest[0]).toMatchObject({ event: "start", resumed: true, step: 2 });
    expect(weights(path("part")).equals(weights(path("whole")))).toBe(true);
    // The train loss is an average over the whole run, also the part before the stop.
    const losses = (of: typeof events) =>
      of.filter(({ event, step }) => event === "validation" && Number(step) > 2).map(({ trainLoss }) => trainLoss);
    expect(losses(rest)).toEqual(losses(events));
    const squared = task === "regressor" || task === "forecaster" || task === "toy";
    for (const { event, valid, best } of events)
      if (event === "validation" || event === "end")
        expect(Object.keys({ ...(valid as object), ...(best as object) }).includes("nats")).toBe(!squared);
    const reports = (of: typeof events) => of.filter(({ event }) => event === "report");
    expect(reports(rest)).toHaveLength(reports(events).length); // --test is remembered
    if (held) expect(reports(rest).at(-1)).toMatchObject({ part: "test", task });

    const finished = await unrolled(resume);
    expect(finished.err).toContain("there is no training state");
    const evaluated = await unrolled(["evaluate", path("whole"), ...data, "--json"]);
    expect(valid(evaluated)).toMatchObject([{ event: "report", part: "evaluation", task }]);
    const asked = task === "forecaster" ? data : predict;
    if (asked || task === "toy")
      for (const event of valid(await unrolled(["predict", path("whole"), ...(asked ?? []), "--json"])))
        expect(event).toMatchObject({ event: "prediction", task });
    const inspected = await unrolled(["inspect", "gradients", path("whole"), ...data, "--rows", "1", "--json"]);
    expect(valid(inspected)[0]).toMatchObject({ event: "inspection", kind: "gradients" });
    expect(valid(await unrolled(["summary", path("whole"), "--json"]))).toHaveLength(1);
  });

  it("stops within --minutes, and shows its header", async () => {
    const limit = String((performance.now() / 1000 + 0.05) / 60); // the life of this process counts
    const timed = tiny.slice(0, -4);
    const ran = await unrolled(["train", ...data, ...flags, ...timed, "--minutes", limit, "--out", path("timed")]);
    expect(ran.code).toBe(0);
    for (const name of ["data", "model", "run", "out"]) expect(ran.out).toMatch(new RegExp(`^${name} +\\S`, "m"));
    expect(ran.out).toMatch(/^run .* batch size 4, (?:bptt 8, )?learning rate \S+, dropout \S+, seed 3$/m);
  });
});

describe("help of train", () => {
  it("states each task's flags with the values of its recipe", async () => {
    for (const task of await allCommands()) {
      const recipe = task.defaults as unknown as Record<string, unknown>;
      const asked =
        task.name === "toy" ? ["train", "--toy", "adding:5", "--help"] : ["help", "train", "--task", task.name];
      const { out, code } = await unrolled(asked);
      expect(code).toBe(0);
      const flat = out.replaceAll(/\s+/g, " ");
      for (const flag of Object.values({ ...commonFlags, ...task.flags, ...outputFlags })) {
        expect(flat).toContain(flag.usage);
        const value = flag.fallback ?? (flag.field === undefined ? undefined : recipe[flag.field]);
        if (value === undefined || value === false) continue; // what is off is not stated
        const shown =
          typeof value === "number" ? value.toLocaleString("en-US", { maximumSignificantDigits: 6 }) : value;
        expect(flat).toContain(`(default: ${shown})`);
      }
    }
  });
  it("shows the options of the task that a file is for", async () => {
    const file = scratch.write("help.conll", tagged);
    const { out } = await unrolled(["train", file, "--help"]);
    expect(out).toContain("These are the options of a tagger");
    expect(out).not.toContain("--bptt");
  });
  it("names flags as commander does", async () => {
    for (const task of await allCommands())
      for (const [name, flag] of Object.entries({ ...commonFlags, ...outputFlags, ...task.flags })) {
        const spelled = /--([a-z-]+)/.exec(flag.usage)![1]!.replaceAll(/-[a-z]/g, (two) => two[1]!.toUpperCase());
        expect(name).toBe(spelled);
      }
  });
  it("never breaks a word, however narrow the terminal", async () => {
    for (const columns of [60, 80]) {
      const { out } = await unrolled(["train", "--help"], undefined, columns);
      for (const line of out.split("\n")) expect(line.length, line).toBeLessThanOrEqual(columns + 12);
    }
  });
});

describe("--json", () => {
  it("has a schema for every event", () => {
    expect([...eventNamesInSchema].sort()).toEqual([...eventNames].sort());
  });
  it("describes walk, sample, compare and errors", async () => {
    const text = scratch.write("json.txt", smallText);
    await unrolled(["train", text, "--out", scratch.path("lm"), ...tiny, "--bptt", "8", "--embedding", "4"]);
    for (const args of [
      ["walk"],
      ["sample", scratch.path("lm"), "--length", "4", "--count", "2", "--seed", "1"],
      ["compare", text, "--only", "standard,RNN", "--hidden", "3", "--embedding", "3", "--steps", "1"],
      ["compare", "--toy", "copy:3", "--only", "RNN", "--hidden", "3", "--embedding", "3", "--steps", "1"],
      ["sample", scratch.path("none")],
      ["train", scratch.path("none.txt")],
      ["train", "--hidden", "x"],
    ])
      expect(valid(await unrolled([...args, "--json"])).length).toBeGreaterThan(0);
  });
  it("knows the tasks of the registry", () => expect(commandNames).toHaveLength(8));
});

describe("what comes from elsewhere", () => {
  it("does not reach the terminal raw: labels, texts and file names", async () => {
    const evil = "\x1b]0;owned\x07";
    const rows = lines(30, (i) => `so ${i % 2 ? "good" : "bad"} ${evil}\t${i % 2 ? `up${evil}` : "down"}`);
    const file = scratch.write(`evil\x1b[31m.tsv`, `text\tlabel\n${rows}`);
    const trained = await unrolled(["train", file, "--out", scratch.path("evil"), ...tiny, "--embedding", "4"]);
    const predicted = await unrolled(["predict", scratch.path("evil"), `so good ${evil}`, file]);
    const failed = await unrolled(["predict", scratch.path(`none\x1b[2J.tsv`), "x"]);
    for (const { out, err } of [trained, predicted, failed]) expect(out + err).not.toMatch(/[\x1b\x07]/);
    expect(trained.out).toContain("up\\x1b]0;owned\\x07");
  });
});

describe("inputs", () => {
  it("are folders, patterns and several files, for tasks that read text", async () => {
    const { mkdirSync, writeFileSync } = await import("node:fs");
    mkdirSync(scratch.path("folder/inner"), { recursive: true });
    writeFileSync(scratch.path("folder/one.txt"), smallText);
    writeFileSync(scratch.path("folder/inner/two.txt"), smallText);
    const run = [...tiny, "--bptt", "8", "--embedding", "4", "--valid", "0", "--json"];
    for (const [i, input] of [scratch.path("folder"), scratch.path("folder/**/*.txt")].entries()) {
      const ran = await unrolled([
        "train",
        input,
        "--task",
        "language-model",
        "--out",
        scratch.path(`folder-${i}`),
        ...run,
      ]);
      const start = jsonLines(ran).find(({ event }) => event === "start")!;
      expect(start.data).toMatchObject({ tokens: 2 * smallText.length });
    }
    const halves = ["h1.tsv", "h2.tsv"].map((name) => scratch.write(name, `text\tlabel\n${labeled}`));
    const both = await unrolled(["train", ...halves, "--out", scratch.path("both"), ...tiny, "--json"]);
    expect(jsonLines(both).find(({ event }) => event === "start")!.data).toMatchObject({ rows: 72, validRows: 8 });
  });
});
