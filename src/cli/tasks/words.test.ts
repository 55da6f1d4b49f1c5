import { afterAll, expect, it } from "vitest";
import { scratchFolder, unrolled } from "../../../test/cli/terminal.ts";

const scratch = scratchFolder();
afterAll(() => scratch.remove());

it("a corpus of words: header, layers of unlike width, averaged weights, summary", async () => {
  const text = scratch.write(
    "wiki.txt",
    "the cat sat , the <unk> sat too .\nit sat , and the cat slept .\n".repeat(15),
  );
  const out = scratch.path("model");
  const options = [
    "--layer-sizes",
    "6,4",
    "--bptt",
    "8",
    "--steps",
    "4",
    "--average",
    "0.9",
    "--ar",
    "2",
    "--tar",
    "1",
  ];
  const trained = await unrolled(["train", text, "--out", out, ...options]);
  expect(trained.err).toBe("");
  expect(trained.out).toContain("words  between spaces: the text is tokenized already; the end of a line is a token");
  expect(trained.out).toContain("embedding 4, lstm 6 + lstm 4, tied output 11");
  expect(trained.out).toMatch(/validation: .* bits per word, perplexity/);
  const { out: summary } = await unrolled(["summary", out]);
  expect(summary).toContain("lstm 6 + 4, 11 words");
  expect(summary).toMatch(/weight_ih_l1 +16 x 6 +96 +Wux, Wfx, Wcx, Wox: 4 x 6 each/);
  const { err } = await unrolled(["train", text, "--tie", "--untied", "--out", scratch.path("other")]);
  expect(err).toContain("cannot be used with option");
});

it("a stack of a cell without a recurrent product: residual blocks, unless refused", async () => {
  const text = scratch.write("text.txt", "the cat sat, the dog sat too. ".repeat(20));
  const out = scratch.path("deep");
  const sizes = ["--no-lines", "--cell", "sru", "--layers", "3", "--hidden", "6", "--embedding", "4", "--steps", "3"];
  const trained = await unrolled(["train", text, "--out", out, ...sizes]);
  expect(trained.err).toBe("");
  expect(trained.out).toContain("embedding 4, sru 6 + 2 x residual sru 6, output");
  const { out: summary } = await unrolled(["summary", out]);
  expect(summary).toContain(": 3 x sru 6, ");
  expect(summary).toMatch(/weight_ih_l2 +18 x 6 +108/);
  const plain = await unrolled(["train", text, "--out", scratch.path("plain"), "--no-pre-norm", ...sizes]);
  expect(plain.out).toContain("embedding 4, 3 x sru 6, output");
});
