// The examples run, and do what they say.
import { expect, it } from "vitest";
import { run as languageModel } from "../examples/language-model.ts";
import { run as lookInside } from "../examples/look-inside.ts";
import { run as ownCell } from "../examples/own-cell.ts";
import { gru } from "../src/nn/index.ts";
import { scratchFolder, smallText } from "./cli/terminal.ts";

it("language-model learns, keeps and writes", async () => {
  const scratch = scratchFolder();
  const { losses, written } = await languageModel(smallText, scratch.path("model"), { steps: 60, hiddenSize: 16 });
  expect(losses.at(-1)).toBeLessThan(losses[0]!);
  expect(written).toHaveLength(60);
  scratch.remove();
});

it("own-cell learns", async () => {
  const losses = await ownCell(smallText);
  expect(losses.at(-1)).toBeLessThan(losses[0]! - 0.2);
});

it("look-inside shows products leave the loop", () => {
  const { written, runs } = lookInside(gru({ hiddenSize: 4 }));
  const inLoops = (text: string) => text.split("\n").filter((line) => /^ {2}t\d+ = matmul/.test(line)).length;
  expect([inLoops(written), inLoops(runs)]).toEqual([2, 2]); // forward: Wx and Uh; both ways: Uh and its gradient
});
