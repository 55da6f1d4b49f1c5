// The path of a person with a text: train, sample, evaluate, summary; stop and go on.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { jsonLines, scratchFolder, smallText, tiny, unrolled } from "./terminal.ts";

const scratch = scratchFolder();
let text = "";
let model = "";
beforeAll(async () => {
  text = scratch.write("text.txt", smallText);
  model = scratch.path("model");
  const { err, code } = await unrolled(["train", text, "--out", model, "--steps", "40", "--lr", "0.05", ...tiny]);
  expect({ err, code }).toEqual({ err: "", code: 0 });
});
afterAll(() => scratch.remove());

const weights = (folder: string) => readFileSync(`${folder}/model.safetensors`);

describe("train", () => {
  it("says what it does, in plain lines where nobody looks", async () => {
    const { out } = await unrolled(["train", text, "--out", scratch.path("plain"), "--steps", "10", ...tiny]);
    expect(out).toContain("embedding 4, lstm 8, output 28: 780 parameters");
    expect(out).toMatch(/step 10 {2}.* valid \d\.\d{3}/);
    expect(out).toContain(`npx unrolled sample ${scratch.path("plain")}`);
    expect(out).not.toContain("\x1b");
  });
  it("tells the same as JSON, the last loss being the model's", async () => {
    const args = ["train", text, "--out", scratch.path("json"), "--steps", "20", "--json", ...tiny];
    const lines = jsonLines(await unrolled(args));
    expect(lines.slice(0, 2)).toMatchObject([
      { event: "recognized", task: "language-model" },
      { event: "start", recipe: { hiddenSize: 8, steps: 20 }, data: { vocabulary: 28 } },
    ]);
    const evaluations = lines.filter(({ event }) => event === "validation");
    expect(evaluations.at(-1)).toMatchObject({ step: 20, steps: 20, valid: { nats: expect.any(Number) } });
    const least = Math.min(...evaluations.map(({ valid }) => (valid as { nats: number }).nats));
    expect(lines.at(-2)).toMatchObject({ event: "end", out: scratch.path("json"), best: { nats: least } });
    expect(lines.at(-1)).toMatchObject({ event: "report", part: "validation", nats: expect.closeTo(least, 5) });
  });
  it("reads gzip, several files, words, lines and a validation file", async () => {
    const half = smallText.slice(0, 1000); // ends within a line
    const zipped = scratch.write("a.txt.gz", gzipSync(half));
    const one = jsonLines(
      await unrolled([
        "train",
        zipped,
        text,
        "--valid",
        text,
        "--steps",
        "2",
        "--json",
        "--out",
        scratch.path("two"),
        ...tiny,
      ]),
    );
    expect(one[1]!.data).toMatchObject({
      tokens: half.length + 1 + smallText.length,
      validTokens: smallText.length - 1,
    });
    const lines = [
      "train",
      text,
      "--tokens",
      "word",
      "--lines",
      "--steps",
      "2",
      "--json",
      "--out",
      scratch.path("words"),
    ];
    const two = jsonLines(await unrolled([...lines, ...tiny]));
    expect(two[1]).toMatchObject({ recipe: { tokens: "word" }, data: { rows: 54 } });
    expect(
      (await unrolled(["sample", scratch.path("words"), "--count", "2", "--seed", "1"])).out.split("\n").length,
    ).toBe(4);
  });
  it("reads a list as lines, unless it is told not to", async () => {
    const names = scratch.write("names.txt", Array.from({ length: 60 }, (_, i) => `ann${i}bo`).join("\n"));
    const run = async (...flags: string[]) =>
      jsonLines(
        await unrolled([
          "train",
          names,
          "--steps",
          "2",
          "--json",
          "--out",
          scratch.path("list"),
          "--overwrite",
          ...flags,
          ...tiny,
        ]),
      );
    const [, list] = await run("--valid", "0.2");
    expect(list!.data).toMatchObject({ rows: 48 });
    const ran = await unrolled(["sample", scratch.path("list"), "--seed", "1"]);
    expect(ran).toMatchObject({ code: 0, err: "" });
    const [, stream] = await run("--no-lines");
    expect(stream!.data).not.toHaveProperty("rows");
  });
  it("trains every cell", async () => {
    for (const cell of ["rnn-relu", "gru-reset-before", "gru-simplified", "lstm-peephole"]) {
      const out = scratch.path(cell);
      const ran = await unrolled([
        "train",
        text,
        "--cell",
        cell,
        "--layers",
        "2",
        "--steps",
        "2",
        "--out",
        out,
        ...tiny,
      ]);
      expect(ran).toMatchObject({ code: 0, err: "" });
      expect((await unrolled(["summary", out])).out).toContain(`2 x ${cell} 8, 28 characters`);
    }
  });
  it("gives the same model from the same seed", async () => {
    const again = scratch.path("again");
    await unrolled(["train", text, "--out", again, "--steps", "40", "--lr", "0.05", ...tiny]);
    expect(weights(again).equals(weights(model))).toBe(true);
  });
  it("keeps within a time", async () => {
    const began = performance.now();
    const minutes = String((performance.now() / 1000 + 0.3) / 60); // the life of the process counts
    const ran = await unrolled([
      "train",
      text,
      "--out",
      scratch.path("timed"),
      "--minutes",
      minutes,
      "--json",
      ...tiny,
    ]);
    expect(ran.code).toBe(0);
    expect(performance.now() - began).toBeLessThan(3000);
    expect(jsonLines(ran).at(-2)).toMatchObject({ event: "end", best: { nats: expect.any(Number) } });
  });
});

it("a run that diverges is named as one, and one that learns is not", async () => {
  const run = (...flags: string[]) =>
    unrolled(["train", text, "--out", scratch.path("diverged"), "--overwrite", "--steps", "30", ...tiny, ...flags]);
  expect((await run("--lr", "0.05")).err).toBe("");
  const { err, code } = await run("--lr", "30");
  expect(code).toBe(0);
  expect(err).toMatch(
    /^warning: the validation loss [\d.]+ is higher than that of guessing \([\d.]+\): .*try a lower --lr$/m,
  );
});

describe("Ctrl-C", () => {
  it("keeps all and says how to go on, and going on is the run that was never stopped", async () => {
    const out = scratch.path("stopped");
    let evaluations = 0;
    const stop = (text: string) => {
      if (text.includes('"validation"') && ++evaluations === 3) process.emit("SIGINT");
    };
    const args = ["train", text, "--out", out, "--steps", "40", "--lr", "0.05", "--json", ...tiny];
    const stopped = await unrolled(args, stop);
    expect(stopped.code).toBe(130);
    expect(jsonLines(stopped).at(-1)).toMatchObject({ event: "stopped", resume: `npx unrolled train --resume ${out}` });
    expect((await unrolled(["sample", out, "--length", "5"])).code).toBe(0);

    const changed = await unrolled(["train", "--resume", out, "--hidden", "16"]);
    expect(changed.err).toMatch(/--hidden: expected 8, got 16/);
    const resumed = await unrolled(["train", text, "--resume", out, "--json", "--hidden", "8"]);
    expect(resumed).toMatchObject({ code: 0, err: "" });
    expect(weights(out).equals(weights(model))).toBe(true);
    const ended = await unrolled(["train", "--resume", out]);
    expect(ended.err).toContain("there is no training state");
  });
  it("refuses to go on with another text", async () => {
    const other = scratch.write("other.txt", smallText);
    const out = scratch.path("other");
    const stop = (text: string) => void (text.includes('"validation"') && process.emit("SIGTERM"));
    expect((await unrolled(["train", other, "--out", out, "--steps", "40", "--json", ...tiny], stop)).code).toBe(143);
    scratch.write("other.txt", smallText.replace("fox", "cat"));
    const { err, code } = await unrolled(["train", "--resume", out]);
    expect(err).toContain("the data has changed since the run began");
    expect(code).toBe(1);
  });
});

describe("a model", () => {
  it("writes, the same from the same seed, and begins with the prompt", async () => {
    const args = ["sample", model, "--prompt", "the ", "--length", "30", "--seed", "5"];
    const { out } = await unrolled(args);
    expect(out).toMatch(/^the [a-z \n]{30}\n$/);
    expect((await unrolled(args)).out).toBe(out);
    expect(jsonLines(await unrolled([...args, "--json"]))).toEqual([
      { event: "sample", index: 0, prompt: "the ", text: out.slice(4, -1), seed: 5 },
    ]);
    const filters = ["--temperature", "0.5", "--top-k", "3", "--top-p", "0.9", "--count", "3"];
    expect((await unrolled([...args, ...filters])).code).toBe(0);
  });
  it("is measured: nats, bits and perplexity agree", async () => {
    const [result] = jsonLines(await unrolled(["evaluate", model, text, "--json"])) as [Record<string, number>];
    expect(result.tokens).toBe(smallText.length - 1);
    expect(result.nats).toBeLessThan(Math.log(28));
    expect(result.bitsPerToken).toBeCloseTo(result.nats! / Math.LN2, 9);
    expect(result.perplexity).toBeCloseTo(Math.exp(result.nats!), 9);
    expect((await unrolled(["evaluate", model, text])).out).toContain(`${result.nats!.toFixed(4)} nats`);
  });
});
