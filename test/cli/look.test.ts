// What needs no training: help, summary, walk.
import { describe, expect, it } from "vitest";
import { jsonLines, unrolled } from "./terminal.ts";

describe("help", () => {
  it("names every command, and explains every option of train with its default", async () => {
    const { out } = await unrolled(["--help"]);
    for (const name of ["demo", "train", "sample", "evaluate", "summary", "embed", "walk"])
      expect(out).toMatch(new RegExp(`^ {2}${name} `, "m"));
    expect((await unrolled([])).out).toBe(out);
  });
  it("of train lists the common options, and those of each task by name", async () => {
    const train = await unrolled(["train", "--help"]);
    expect(train.code).toBe(0);
    for (const name of "out batch lr steps minutes seed threads resume json test pooling horizon toy".split(" "))
      expect(train.out).toContain(`--${name}`);
    expect((await unrolled(["help", "train"])).out).toBe(train.out);
  });
});

describe("summary", () => {
  it("has the lecture's notation beside ours", async () => {
    const { out } = await unrolled(["summary", "--cell", "rnn", "--hidden", "100", "--vocab", "10000"]);
    expect(out).toMatch(/encoder\.weight_hh_l0 +100 x 100 +10,000 +Waa: 100 x 100/);
    expect(out).toMatch(/encoder\.weight_ih_l0 +100 x 10000 +1,000,000 +Wax: 100 x 10,000/);
    expect(out).toContain("Wa = [Waa | Wax]  100 x 10,100");
  });
  it("counts parameters and products", async () => {
    const [lstm] = jsonLines(
      await unrolled(["summary", "--cell", "lstm", "--hidden", "100", "--vocab", "10000", "--json"]),
    );
    const [H, V] = [100, 10_000];
    expect(lstm).toMatchObject({
      total: 4 * H * (V + H + 1) + V * H + V,
      parameterBytes: 4 * (4 * H * (V + H + 1) + V * H + V),
      flopsPerToken: 2 * (4 * H * H + H * V), // one-hot inputs are looked up
    });
    expect(lstm!.lecture).toContain("Wf = [Wfa | Wfx]  100 x 10,100  forget gate");
    const tied = ["--embedding", "100", "--tie", "--layers", "2"];
    const [gru] = jsonLines(
      await unrolled(["summary", "--cell", "gru", "--hidden", "100", "--vocab", "50", "--json", ...tied]),
    );
    expect(gru).toMatchObject({
      total: 50 * 100 + 2 * (3 * 100 * 201 + 100) + 50,
      flopsPerToken: 2 * (4 * 300 * 100 + 100 * 50),
    });
    expect(gru!.lecture).toContain("Wr = [Wrc | Wrx]  100 x 200  relevance gate");
  });
  it("names the parts of every cell", async () => {
    for (const cell of ["rnn-relu", "gru-reset-before", "gru-simplified", "lstm-peephole"]) {
      const [{ parameters }] = jsonLines(await unrolled(["summary", "--cell", cell, "--json"])) as [
        { parameters: { lecture: string }[] },
      ];
      for (const { lecture } of parameters) expect(lecture).not.toBe("");
    }
  });
});

describe("walk", () => {
  it("goes from the slide to ONNX for every cell", async () => {
    for (const cell of ["rnn", "gru", "lstm", "lstm-peephole", "gru-simplified"]) {
      const stages = jsonLines(await unrolled(["walk", "--cell", cell, "--json"])).map(({ stage }) => stage);
      expect(stages[0]).toBe("trace");
      expect(stages).toContain("gradient");
      expect(stages.at(-1)).toBe("onnx");
    }
  });
  it("shows one stage", async () => {
    const { out } = await unrolled(["walk", "--stage", "hoist"]);
    expect(out).toMatch(/^== hoist/);
    expect(out).toMatch(/matmul\(t\d+, encoder\.weight_ih_l0'\) +\[T, B, 4\]/); // for all steps at once
  });
});
