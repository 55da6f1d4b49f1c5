// The translator and the generator end to end, on small files made here.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { run } from "../../../test/cli/in-process.ts";
import { eventFaults } from "../../../test/cli/schema.ts";

let folder = "";
const path = (name: string) => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "unrolled-"));
});
afterAll(() => rm(folder, { recursive: true }));

const small = ["--hidden", "8", "--embedding", "8", "--seed", "1", "--threads", "1", "--steps", "3"];

it("pairs: trained, translated with the n best and a picture, measured", async () => {
  const rows = ["source\ttarget", ...Array.from({ length: 24 }, (_, i) => `one ${i}\teins ${i}`), "lonely\t"];
  await writeFile(path("pairs.tsv"), rows.join("\n"));
  const trained = await run("train", path("pairs.tsv"), "--out", path("t"), ...small);
  expect(trained.out).toContain("pairs of texts");
  expect(trained.out).toContain("22 training pairs, 2 validation pairs");
  expect(trained.out).toMatch(/BLEU \d/);
  expect(trained.out).not.toContain("length penalty"); // two validation pairs do not tell
  expect(trained.err).toContain("a pair with an empty side was left out");
  const { out } = await run(
    "translate",
    path("t"),
    "one 3",
    "",
    "--n-best",
    "2",
    "--attention",
    path("a.svg"),
    "--json",
  );
  const [first, empty] = out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(first.translations).toHaveLength(2);
  expect(empty.translations[0].text).toBe("");
  expect(await readFile(path("a.svg"), "utf8")).toContain("<svg");
  expect((await run("evaluate", path("t"), path("pairs.tsv"), "--json")).out).toContain("tok:13a");
  await expect(run("translate", path("pairs.tsv"), "x")).rejects.toThrow();
});

it("pairs: a hundred for validation choose how length counts, which is saved", async () => {
  const rows = Array.from({ length: 220 }, (_, i) => `one ${i} and ${i % 7} more\teins ${i} und ${i % 7} mehr`);
  await writeFile(path("many.tsv"), ["source\ttarget", ...rows].join("\n"));
  const flags = ["--valid", "0.5", "--out", path("l"), ...small.slice(0, -1), "20"];
  const { out } = await run("train", path("many.tsv"), ...flags, "--json");
  const settled = out.split("\n").find((line) => line.includes('"settled"'));
  expect(eventFaults(JSON.parse(settled!))).toEqual([]);
  const { lengthPenalty, lengthReward, tried } = JSON.parse(settled!);
  expect(tried.map((one: { lengthReward: number }) => one.lengthReward)).toEqual([0, 0.3, 0.6, 0.9, 1.2]);
  const { architecture } = JSON.parse(await readFile(path("l/config.json"), "utf8"));
  expect([architecture.lengthPenalty ?? 1, architecture.lengthReward ?? 0]).toEqual([lengthPenalty, lengthReward]);
});

it("summaries: long sources are kept, and each of several summaries is right", async () => {
  const row = (i: number) => ({ source: [`${"so it goes. ".repeat(30)}${i}`], target: [`goes ${i}`, `it goes ${i}`] });
  await writeFile(path("s.jsonl"), Array.from({ length: 12 }, (_, i) => JSON.stringify(row(i))).join("\n"));
  const trained = await run(
    "train",
    path("s.jsonl"),
    "--out",
    path("s"),
    "--tokens",
    "char",
    ...small.slice(0, -1),
    "1",
  );
  expect(trained.out).toContain("11 training pairs");
  expect(trained.out).toContain("11 sources with several targets: training uses the first");
  const evaluated = await run("evaluate", path("s"), path("s.jsonl"), "--json");
  expect(evaluated.out).toContain("nrefs:2");
  expect(JSON.parse(evaluated.out.trim().split("\n").at(-1)!).rouge1).toBeGreaterThanOrEqual(0);
  expect((await run("evaluate", path("s"), path("s.jsonl"))).out).toMatch(/ROUGE-1 \d+\.\d\d, ROUGE-2 /);
  const cut = await run(
    "train",
    path("s.jsonl"),
    "--out",
    path("c"),
    "--max-length",
    "362",
    "--tokens",
    "char",
    ...small,
  );
  expect(cut.err).toMatch(/warning: [12] pairs? left out: over 362 tokens on a side; --max-length raises the limit/);
});

it("chorales: the step of the file, a chord to begin with, and notes as long as they are", async () => {
  const eighths = Array.from({ length: 8 }, (_, i) => [60 + (i % 4), 64 + i]);
  const sixteenths = eighths.flatMap((chord) => [chord, chord]);
  await writeFile(path("c.json"), JSON.stringify({ train: [sixteenths, sixteenths], valid: [], test: [sixteenths] }));
  const tiny = [...small.slice(0, -1), "1"];
  const { out } = await run("train", path("c.json"), "--out", path("h"), "--valid", "0", ...tiny);
  expect(out).toContain("each step a sixteenth (estimated from where the harmony changes)");
  const said = (await run("train", path("c.json"), "--out", path("q"), "--step", "quarter", "--valid", "0", ...tiny))
    .out;
  expect(said).toContain("each step a quarter;");
  const length = async (model: string) => {
    await run(
      "compose",
      path(model),
      "--start",
      "C4,E4,G4",
      "--steps",
      "1",
      "--out",
      path(`music-${model}`),
      "--seed",
      "1",
    );
    return (await readFile(path(`music-${model}/piece-1.wav`))).length;
  };
  expect((await length("q")) / (await length("h"))).toBeGreaterThan(1.9);
  expect(await readFile(path("music-h/piece-1.abc"), "utf8")).toMatch(/^\[C\S* ?E\S* ?G\S*\]|^\[CEG\]/m);
  await expect(run("compose", path("h"), "--start", "H4")).rejects.toThrow("notes from A0 to C8");
});

it("tunes: trained, written as ABC, MIDI, WAV and a picture, from a key and a note", async () => {
  const tune = (n: number) => `X:${n}\nT:t\nR:${n % 2 ? "reel" : "jig"}\nM:4/4\nL:1/8\nK:G\nGABc dedB|G4 G4|]\n`;
  await writeFile(path("tunes.abc"), [1, 2, 3, 4].map(tune).join("\n"));
  const trained = await run("train", path("tunes.abc"), "--out", path("g"), "--valid", "0", ...small);
  expect(trained.out).toContain("style (jig, reel)");
  const flags = ["--label", "style=reel", "--start", "G4", "--steps", "8", "--seed", "3"];
  const { out } = await run("compose", path("g"), ...flags, "--out", path("music"));
  for (const ending of ["abc", "mid", "wav", "svg"]) expect(out).toContain(`piece-1.${ending}`);
  expect(await readFile(path("music/piece-1.abc"), "utf8")).toMatch(/^X:1/);
  expect((await readFile(path("music/piece-1.wav"))).toString("latin1", 0, 4)).toBe("RIFF");
  await expect(run("compose", path("g"), "--label", "polka")).rejects.toThrow("expected one of style (jig, reel)");
});

it("names of a language: a file for each label", async () => {
  await writeFile(path("Korean.txt"), "Kim\nLee\nPark\n");
  await writeFile(path("Irish.txt"), "Nolan\nKeane\n");
  const files = [path("Korean.txt"), path("Irish.txt")];
  const trained = await run("train", ...files, "--task", "generator", "--out", path("n"), "--valid", "0", ...small);
  expect(trained.out).toContain("label (Irish, Korean)");
  expect(trained.out).toMatch(/200 samples: \d+ copied from the training set, \d+ unique/);
  const { out } = await run("sample", path("n"), "--label", "Korean", "--count", "2", "--seed", "1", "--json");
  expect(
    out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).labels),
  ).toEqual([{ label: "Korean" }, { label: "Korean" }]);
});
