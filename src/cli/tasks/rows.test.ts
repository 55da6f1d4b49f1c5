// A model trained from disk is the one trained from memory, bit for bit, stopped and resumed or not.
import { readFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { host, run } from "../../../test/cli/in-process.ts";
import { scratchFolder } from "../../../test/cli/terminal.ts";
import { random } from "../../base/index.ts";
import { drawValidation, textsToLearnFrom } from "../../data/hold-out.ts";
import { type LabeledData, labeledReader, readLabeled } from "../../data/index.ts";
import { fitTokenizer } from "../../data/tokenizers/fit.ts";
import { adamW, classifier, save, train } from "../../index.ts";
import { gru } from "../../nn/index.ts";
import { load, openRows, recognizeFile } from "../../node/index.ts";
import type { Classifier, TaskName } from "../../tasks/index.ts";
import { output } from "../output.ts";
import { commandOf } from "./registry.ts";

const scratch = scratchFolder();
afterAll(() => scratch.remove());
const r = random(5);
const words = "so good bad très 좋은 영화 movie was not it".split(" ");
const text = (most = 9) => Array.from({ length: 1 + r.below(most) }, () => words[r.below(words.length)]).join(" ");
const lines = (count: number, line: () => string) => `${Array.from({ length: count }, line).join("\n")}\n`;

const labeled = lines(90, () => `${text()}\t${r.below(3) ? "up" : "down"}`);
const files: [task: TaskName, name: string, contents: string][] = [
  ["classifier", "labeled.tsv", `text\tlabel\n\n${labeled}`],
  ["regressor", "numbers.csv", `text,score\n${lines(80, () => `"${text()}, ""so""\n${text()}",${r.below(90) / 10}`)}`],
  [
    "tagger",
    "tags.conll",
    lines(
      70,
      () =>
        `${text(12)
          .split(" ")
          .map((word) => `${word}\t${r.below(4) ? "O" : "B-X"}`)
          .join("\n")}\n`,
    ),
  ],
  ["translator", "pairs.tsv", lines(80, () => `${text()}\t${text()}`)],
];
const trained = ["classifier", "translator"];

describe("--stream", () => {
  it.each(files)("changes nothing but where the rows lie: %s", async (task, name, contents) => {
    const file = scratch.write(name, contents);
    const seen = { out: "", err: "" };
    const made = async (stream: boolean) => {
      const command = await commandOf(task);
      const recognized = await recognizeFile(file);
      const own = host(seen);
      const context = { host: own, show: output(own), files: [file], recognized, flags: { stream }, seed: 1 };
      const opened = await command.open(context);
      const { model, recipe } = await command.build(opened, context, { hiddenSize: 6 });
      const { train, valid, json } = await command.prepare(model, opened, context);
      const rows = [train, valid].map((data) => [...((data as LabeledData).rows ?? (data as LabeledData["rows"]))]);
      return { recipe, json, rows, config: model.config, parameters: model.parameters };
    };
    expect(await made(true)).toEqual(await made(false));
    if (!trained.includes(task)) return;
    const flags = task === "classifier" ? ["--class-weights"] : [];
    const small = "--hidden 6 --embedding 4 --seed 1 --threads 1 --steps 3 --batch 16".split(" ");
    const [memory, disk] = [scratch.path(`${name}-memory`), scratch.path(`${name}-disk`)];
    const first = await run("train", file, "--out", memory, ...small, ...flags);
    const second = await run("train", file, "--out", disk, ...small, ...flags, "--stream");
    expect(second.out).toContain("read from disk");
    expect(first.out).not.toContain("read from disk");
    expect(readFileSync(`${disk}/model.safetensors`).equals(readFileSync(`${memory}/model.safetensors`))).toBe(true);
    const config = (folder: string) => readFileSync(`${folder}/config.json`, "utf8").replace(/"seconds": [\d.]+/, "");
    expect(config(disk)).toBe(config(memory));
  });

  it("reads parallel files", async () => {
    const sides = ["a", "b"].map((side) =>
      scratch.write(
        `parallel.${side}`,
        lines(40, () => (r.below(9) ? text() : "")),
      ),
    );
    const small = "--hidden 6 --embedding 4 --seed 1 --threads 1 --steps 3".split(" ");
    const [memory, disk] = [scratch.path("parallel-memory"), scratch.path("parallel-disk")];
    const first = await run("train", ...sides, "--task", "translator", "--out", memory, ...small);
    const second = await run("train", ...sides, "--task", "translator", "--out", disk, ...small, "--stream");
    expect(second.err).toBe(first.err);
    expect(second.err).toContain("a pair with an empty side was left out");
    const [a, b] = [memory, disk].map((folder) => readFileSync(`${folder}/model.safetensors`)) as [Buffer, Buffer];
    expect(b.equals(a)).toBe(true);
  });

  it("goes on exactly where a run was stopped", async () => {
    const recognized = { format: "tsv", columns: { text: 0, label: 1 } } as const;
    const memory = readLabeled(labeled, { recognized });
    const disk = { rows: await openRows(scratch.write("rows.tsv", labeled), labeledReader({ recognized })) };
    const tokenizer = fitTokenizer(memory.rows, {});
    const make = () =>
      classifier({
        tokenizer,
        labels: ["down", "up"],
        encoder: gru({ hiddenSize: 5 }),
        pooling: "max",
        embeddingSize: 4,
      });
    const options = { optimizer: adamW(), steps: 14, batchSize: 8, seed: 3, threads: 1 };
    const whole = make();
    for await (const _ of train(whole, memory, options));
    const stopped = make();
    for await (const { step } of train(stopped, disk, options)) if (step === 5) break;
    await save(stopped, scratch.path("stopped"));
    const resumed = (await load(scratch.path("stopped"), { training: true })) as Classifier;
    for await (const _ of train(resumed, disk, { ...options, resume: true }));
    expect(resumed.parameters).toEqual(whole.parameters);
  });

  it("learns a vocabulary from every n-th of very many rows", () => {
    const rows = Array.from({ length: 7 }, (_, i) => ({ text: String(i).repeat(2 ** 24) }));
    expect([...textsToLearnFrom(rows, (row) => row.text)].map((each) => each[0])).toEqual(["0", "4"]);
    expect([...textsToLearnFrom(rows.slice(5), (row) => row.text)].map((each) => each[0])).toEqual(["5", "6"]);
  });
});

describe("a stratified split", () => {
  it("holds out the same share of every label, and no label's only row", () => {
    const rows = Array.from({ length: 200 }, (_, i) => ({ i, label: i < 170 ? "a" : i < 199 ? "b" : "once" }));
    const split = (seed: number) => drawValidation(rows, 0.1, { seed, source: "x", labelOf: ({ label }) => label });
    for (const seed of [1, 2, 3]) {
      const [train, held] = split(seed);
      const count = (label: string) => held!.filter((row) => row.label === label).length;
      expect([count("a"), count("b"), count("once")]).toEqual([17, 3, 0]);
      expect([...train, ...held!].map(({ i }) => i).sort((a, b) => a - b)).toEqual(rows.map(({ i }) => i));
    }
    expect(split(1)).toEqual(split(1));
    expect(split(1)[1]).not.toEqual(split(2)[1]);
  });

  it("holds out nothing where every label has one row", () => {
    const rows = ["a", "b"].map((label) => ({ label }));
    expect(drawValidation(rows, 0.1, { seed: 1, source: "x", labelOf: ({ label }) => label })).toEqual([
      rows,
      undefined,
    ]);
  });
});
