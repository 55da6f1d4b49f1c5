// The many-to-one tasks end to end: recognized, trained, asked, measured, compared, on small files made here.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { events, run } from "../../../test/cli/in-process.ts";
import { random, randomKey } from "../../base/index.ts";

let folder = "";
const path = (name: string) => join(folder, name);

const small = [
  "--hidden",
  "8",
  "--embedding",
  "8",
  "--lr",
  "0.02",
  "--dropout",
  "0",
  "--seed",
  "1",
  "--threads",
  "1",
  "--batch",
  "12",
];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "unrolled-"));
  const r = random(randomKey(3));
  const filler = "the film was so very and plot actor".split(" ");
  const rows = Array.from({ length: 120 }, (_, i) => {
    const label = r.below(2) ? "good" : "bad";
    const words = Array.from({ length: 1 + r.below(6) }, () => filler[r.below(filler.length)]!);
    words.splice(r.below(words.length + 1), 0, label);
    return `${i}\t${words.join(" ")}\t${label}`;
  });
  await writeFile(path("films.tsv"), `id\tdocument\tlabel\n${rows.join("\n")}\n`);
  await writeFile(path("short.tsv"), "document\tlabel\nso good\tgood\n\tbad\nso bad\tbad\nvery good\tgood\n");
  const wave = Array.from(
    { length: 150 },
    (_, t) => `${t % 28},${(50 + 9 * Math.sin((t * Math.PI) / 6) + r.normal()).toFixed(2)}`,
  );
  await writeFile(path("load.csv"), `day,load\n${wave.join("\n")}\n`);
});
afterAll(() => rm(folder, { recursive: true }));

describe("unrolled train on labeled texts", () => {
  it("learns to predict tokens too where that is asked for", async () => {
    const flags = ["--token-prediction", "0.5", "--steps", "12", "--evaluate-every", "4", ...small];
    const { out } = await run("train", path("films.tsv"), "--out", path("predicts"), ...flags);
    expect(out).toContain(
      "loss   predicting the label; in training also the next and the previous token (weight 0.5, falling to 0)",
    );
    const { architecture } = JSON.parse(await readFile(join(path("predicts"), "config.json"), "utf8"));
    expect(architecture.tokenPrediction).toEqual({ weight: 0.5, epochs: (12 * 12) / 108 });
    const forward = [...flags, "--direction", "forward", "--layers", "2"];
    const one = (await run("train", path("films.tsv"), "--out", path("one-way"), ...forward)).out;
    expect(one).toContain("in training also the next token (weight");
    const deep = run("train", path("films.tsv"), "--out", path("deep"), "--layers", "2", ...flags);
    await expect(deep).rejects.toThrow(/--token-prediction|tokenPrediction/);
    await expect(readFile(join(path("deep"), "config.json"))).rejects.toThrow();
  });

  it("says what a file is, trains, and keeps a model that predicts", async () => {
    const { out } = await run("train", path("films.tsv"), "--out", path("m"), "--epochs", "6", ...small);
    expect(out).toContain('texts of 2 classes (bad, good): text in "document" (column 2)');
    expect(out).toContain("task   classifier");
    expect(out).toMatch(/validation: accuracy 1.0000, macro F1 1.0000, 12 rows/);
    const found = events((await run("predict", path("m"), "so very good", "bad", "--json")).out);
    expect(found.map(({ label }) => label)).toEqual(["good", "bad"]);
    const summary = await run("summary", path("m"));
    expect(summary.out).toContain("encoder.weight_hh_l0_reverse");
  });

  it("measures on a file, where an empty text counts and is told", async () => {
    const { out, err } = await run("evaluate", path("m"), path("short.tsv"));
    expect(err).toContain("1 case: no text, read as one unknown token (line 3)");
    expect(out).toMatch(/evaluation: accuracy (0.7500|1.0000).*4 rows/);
    await writeFile(path("odd.tsv"), "document\tlabel\nso good\tgood\nso bad\tfine\n");
    await expect(run("evaluate", path("m"), path("odd.tsv"))).rejects.toThrow(/odd.tsv:3: unknown label "fine"/);
  });

  it("asks several classifiers at once", async () => {
    const flags = ["--task", "classifier", "--steps", "2", "--hidden", "3", "--embedding", "4", "--seed", "2"];
    await run("train", path("films.tsv"), "--out", path("w"), ...flags);
    const good = async (...flags: string[]) => {
      const [first] = events((await run("predict", path("m"), "so very good", ...flags, "--json")).out);
      return (first!.probabilities as Record<string, number>).good!;
    };
    const [alone, twice, both] = [await good(), await good("--with", path("m")), await good("--with", path("w"))];
    expect(twice).toBe(alone);
    const [other] = events((await run("predict", path("w"), "so very good", "--json")).out);
    expect(both).toBeCloseTo((alone + (other!.probabilities as Record<string, number>).good!) / 2, 6);
    const { out } = await run("evaluate", path("m"), path("short.tsv"), "--with", path("w"), "--with", path("w"));
    expect(out).toMatch(/evaluation: accuracy .*4 rows/);
  });

  it("refuses one class, and files that are not there", async () => {
    await writeFile(path("one.tsv"), `document\tlabel\n${"so good film\tgood\n".repeat(9)}`);
    await expect(run("train", path("one.tsv"), "--task", "classifier", "--out", path("x"))).rejects.toThrow(
      /two or more classes/,
    );
    await expect(run("predict", path("m"), path("none.tsv"))).rejects.toThrow(/none.tsv/);
  });

  it("compares on numbers, tags, text, series and toys", async () => {
    const tiny = "--hidden 3 --embedding 3 --steps 1 --threads 1 --json".split(" ");
    const stars = Array.from({ length: 24 }, (_, i) => `a ${i % 3 ? "good" : "bad"} film ${i}\t${i / 7}`);
    await writeFile(path("stars.tsv"), `text\trating\n${stars.join("\n")}\n`);
    await writeFile(path("tags.conll"), "Ann B-PER\nsaw O\nParis B-LOC\n\n".repeat(15));
    await writeFile(path("prose.txt"), `${"so it goes, and goes on. ".repeat(20)}\n`);
    const compared = async (...args: string[]) =>
      events((await run("compare", ...args, ...tiny)).out).filter(({ event }) => event === "comparison");
    const kinds: [string[], string[], string[]][] = [
      [
        [path("stars.tsv"), "--only", "RNN"],
        ["RNN", "training mean"],
        ["rmse", "long", "shifted"],
      ],
      [[path("tags.conll"), "--only", "standard"], ["standard (4 words)"], ["f1", "accuracy", "shifted"]],
      [[path("prose.txt"), "--only", "standard"], ["standard (1 character)"], ["bitsPerToken", "perplexity"]],
      [
        [path("load.csv"), "--target", "load", "--window", "12", "--only", "standard"],
        ["standard (12 steps)", "last value", "one season (12 steps) earlier", "linear autoregression"],
        ["rmse", "mae"],
      ],
      [["--toy", "copy:3", "--only", "rnn,lstm"], ["RNN", "LSTM", "without memory"], ["loss"]],
    ];
    for (const [args, names, measures] of kinds) {
      const found = await compared(...args);
      expect(found.map(({ name }) => name)).toEqual(names);
      for (const name of measures) expect(found[0], args[0]).toHaveProperty(name);
      expect(found[0]!.steps).toBe(1);
    }
    await expect(run("compare", "--toy", "dates")).rejects.toThrow("expected adding, copy, anbn or agreement");
    await expect(run("compare", "--toy", "copy:3", "--only", "CNN")).rejects.toThrow(
      "compare(only): expected RNN, GRU, LSTM, deep, got CNN",
    );
    await expect(run("compare")).rejects.toThrow("expected a file, or --toy");
  });

  it("compares six networks with one budget", async () => {
    const { out } = await run(
      "compare",
      path("films.tsv"),
      "--hidden",
      "6",
      "--embedding",
      "6",
      "--steps",
      "4",
      "--json",
    );
    const networks = events(out).filter(({ event }) => event === "comparison");
    expect(networks.map(({ name }) => String(name).split(" ")[0])).toEqual([
      "standard",
      "RNN",
      "GRU",
      "LSTM",
      "bidirectional",
      "deep",
    ]);
    for (const { steps, accuracy, long, shifted } of networks) {
      expect(steps).toBe(4);
      for (const value of [accuracy, long, shifted]) expect(value).toBeGreaterThanOrEqual(0);
    }
  });
});

describe("unrolled train on series", () => {
  it("finds the season, forecasts, and reports beside the naive forecasts", async () => {
    const flags = ["--columns", "load", "--epochs", "8", "--hidden", "8", "--window", "12", "--lr", "0.02"];
    const { out } = await run("train", path("load.csv"), "--out", path("f"), ...flags);
    expect(out).toMatch(/season 12 steps/);
    expect(out).toMatch(/this model .*\n.*last value .*\n.*one season \(12 steps\) earlier/);
    const [next] = events((await run("predict", path("f"), path("load.csv"), "--json")).out);
    expect(next).toMatchObject({ step: 151, series: "load" });
    expect(next!.value).toBeGreaterThan(35);
    expect(next!.value).toBeLessThan(65);
    // The steps that it was trained on do not count again; those of another file all do.
    const [same] = events((await run("evaluate", path("f"), path("load.csv"), "--json")).out);
    expect(same).toMatchObject({ from: 135, rows: 15 });
    await writeFile(path("later.csv"), `load\n${Array.from({ length: 40 }, (_, t) => 40 + (t % 12)).join("\n")}\n`);
    const [other] = events((await run("evaluate", path("f"), path("later.csv"), "--json")).out);
    expect(other).toMatchObject({ from: 0, rows: 28 });
  });
});
