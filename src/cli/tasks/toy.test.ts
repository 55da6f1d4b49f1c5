// Toys end to end: made, trained, asked, measured, written.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { events, run } from "../../../test/cli/in-process.ts";

let folder = "";
const path = (name: string) => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "unrolled-"));
});
afterAll(() => rm(folder, { recursive: true }));

const small = ["--hidden", "8", "--embedding", "8", "--seed", "1", "--threads", "1", "--steps"];
const train = (toy: string, out: string, steps = "2") =>
  run("train", "--toy", toy, "--out", path(out), ...small, steps);

it("adding: measured beside the error without memory, asked, and at another size", async () => {
  const { out } = await train("adding:8", "adding");
  expect(out).toMatch(/adding:8: mean squared error \S+, without memory 0.1667, 1,000 samples/);
  expect(out).toContain(`npx unrolled evaluate ${path("adding")} --toy adding:16`);
  const [measured] = events((await run("evaluate", path("adding"), "--toy", "adding:16", "--json")).out);
  expect(measured).toMatchObject({ event: "report", part: "evaluation", toy: "adding:16", rows: 1000 });
  const answers = events((await run("predict", path("adding"), "--json")).out);
  expect(answers.map(({ sample }) => sample)).toEqual([0, 1, 2, 3, 4]);
  for (const { target } of answers) expect(target).toBeGreaterThan(0);
});

it("copying: what is said is shown beside what is to be said", async () => {
  const { out } = await train("copy:4", "copy");
  expect(out).toMatch(/copy:4: loss .* accuracy where the answer can be known .* %/);
  const lines = (await run("predict", path("copy"))).out.trim().split("\n");
  expect(lines).toHaveLength(10);
  const symbols = /^((?:[A-H] ){10})\(/;
  expect(symbols.exec(lines[0]!.replace("blank blank blank signal", "("))?.[1]?.trim()).toBe(
    /\(([A-H ]+)\)$/.exec(lines[1]!)?.[1],
  );
  await expect(run("sample", path("copy"))).rejects.toThrow("expected a toy language");
});

it("anbn and agreement: they write, and verbs are counted by what stands before them", async () => {
  await train("anbn:3", "anbn", "120");
  const { out } = await run("sample", path("anbn"), "--count", "4", "--seed", "1", "--temperature", "0.5");
  for (const line of out.trim().split("\n")) expect(line).toMatch(/^a+b*$/);
  const said = (await train("agreement:1", "agreement")).out;
  expect(said).toMatch(
    /nouns of the other number before the verb +verbs +correct form more likely\n +0 +\d+ +\d+\.\d\d %\n +1 /,
  );
  expect((await run("predict", path("agreement"))).out).toMatch(/\n {2}\w+, not \w+: (correct|wrong)\n/);
});

it("dates: a translator learns them, and is measured on new ones", async () => {
  const { out } = await train("dates", "dates");
  expect(out).toContain("--toy dates");
  expect(out).toMatch(/validation: BLEU .* 200 pairs/);
  const translated = await run("translate", path("dates"), "3 May 1979", "--beam", "1", "--json");
  expect(events(translated.out)[0]).toMatchObject({ event: "prediction", index: 0, text: "3 May 1979" });
  await expect(run("evaluate", path("dates"))).rejects.toThrow(
    /expected a file to measure on, got none\n {2}hint: .* or --toy dates/,
  );
});

it("refuses a file beside a toy, another toy, and a text to predict", async () => {
  await expect(run("evaluate", path("adding"), "x.txt")).rejects.toThrow(
    /no such file|expected no file: a synthetic problem/,
  );
  await expect(run("evaluate", path("adding"), "--toy", "copy:3")).rejects.toThrow("expected adding, in any size");
  await expect(run("predict", path("adding"), "x")).rejects.toThrow("a synthetic problem makes its own");
  await expect(run("train", "x.txt", "--toy", "anbn:3")).rejects.toThrow(
    "expected --toy or files, got --toy anbn:3 and x.txt",
  );
});
