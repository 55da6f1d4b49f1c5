import { expect, it } from "vitest";
import { setDefaultEngine } from "../engine/default.ts";
import { nodeEngine } from "../node/engine.ts";
import { compare, textContest, toyContest } from "./index.ts";

setDefaultEngine(nodeEngine);

const rows = Array.from({ length: 40 }, (_, i) => ({
  text: `${i % 2 ? "a fine" : "a dull"} film ${i}`,
  label: i % 2 ? "up" : "down",
}));

it("trains each network with one budget and measures all on the same rows", async () => {
  const contest = textContest(rows, { hiddenSize: 3, embeddingSize: 3, tokens: "word" });
  const found = [];
  for await (const one of compare(contest, { steps: 2, only: ["gru", "standard"], threads: 1 })) found.push(one);
  expect(found.map(({ name, trained }) => [name.split(" ")[0], trained?.steps])).toEqual([
    ["standard", 2],
    ["GRU", 2],
  ]);
  for (const { measured } of found) expect(Object.keys(measured)).toEqual(["accuracy", "long", "shifted"]);
});

it("lists what needs no training after the networks, and stops before a network when asked to", async () => {
  const names: string[] = [];
  for await (const { name } of compare(toyContest("copy:2"), { steps: 1, only: ["rnn"], threads: 1 })) names.push(name);
  expect(names).toEqual(["RNN", "without memory"]);
  const aborted = compare(toyContest("copy:2"), { steps: 1, threads: 1, signal: AbortSignal.abort() });
  expect((await aborted.next()).value).toMatchObject({ name: "without memory" });
});

it("refuses a name that no network has", async () => {
  await expect(compare(toyContest("copy:2"), { only: ["transformer"] }).next()).rejects.toThrow(
    "compare(only): expected RNN, GRU, LSTM, deep, got transformer",
  );
});
