// Runs the commands and the program of docs/tokenize.md, in their order.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runProgram } from "../program.ts";
import { scratchFolder, smallText, unrolled } from "./terminal.ts";

const root = join(import.meta.dirname, "..", "..");
const doc = readFileSync(join(root, "docs", "tokenize.md"), "utf8");
const home = process.cwd();
const scratch = scratchFolder();
beforeAll(() => {
  process.chdir(scratch.path("."));
  scratch.write("corpus.txt", smallText);
});
afterAll(() => {
  process.chdir(home);
  scratch.remove();
});

test("its commands run", async () => {
  const commands = [...doc.matchAll(/^npx unrolled (.*)$/gm)].map(([, args]) => args!.split(" "));
  expect(commands.map(([name]) => name)).toEqual(["tokenize", "train", "tokenize", "evaluate"]);
  for (const args of commands) expect(await unrolled(args)).toMatchObject({ code: 0, err: "" });
});

test("its program runs", async () => {
  const printed = await runProgram(doc, (code) => scratch.write("tokens.ts", code));
  expect(printed.at(-1)).toEqual([10, expect.any(Number)]);
});
