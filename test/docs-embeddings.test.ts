// Runs every command of docs/embeddings.md, and its library example, on a small text.

import { spawnSync } from "node:child_process";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, it } from "vitest";
import { random } from "../src/base/random.ts";
import { build, root } from "./built.ts";
import { scratchFolder, unrolled } from "./cli/terminal.ts";

const doc = readFileSync(join(root, "docs", "embeddings.md"), "utf8");
const blocks = (kind: string) =>
  [...doc.matchAll(new RegExp(`^\`\`\`${kind}\n([\\s\\S]*?)^\`\`\``, "gm"))].map((m) => m[1]!);
const scratch = scratchFolder();
const home = process.cwd();

beforeAll(() => {
  build();
  const draw = random(1);
  const topics = ["king queen throne crown", "man woman child house", "apple pear plum tree"].map((t) => t.split(" "));
  const lines = Array.from({ length: 1500 }, () => {
    const topic = topics[draw.below(3)]!;
    return `${Array.from({ length: 8 }, () => (draw.below(5) ? topic[draw.below(4)]! : `word${draw.below(60)}`)).join(", ")}.`;
  });
  scratch.write("corpus.txt.gz", gzipSync(lines.join("\n")));
  scratch.write("questions.txt", ": family\nman king woman queen\n");
  scratch.write("pairs.tsv", "king\tqueen\t9\nking\tapple\t1\npear\tapple\t8\n");
  scratch.write("wanted.txt", "king queen man\n");
  process.chdir(scratch.path("."));
});
afterAll(() => {
  process.chdir(home);
  scratch.remove();
});

it("its commands run", async () => {
  const commands = blocks("sh").flatMap((block) => block.trim().split("\n"));
  expect(commands.length).toBeGreaterThan(20);
  for (const command of commands) {
    const [program, ...args] = command.split(" ");
    expect(program).toBe("unrolled");
    const ran = await unrolled(args);
    expect({ command, code: ran.code, err: ran.err.replace(/^(?!error|warning).*\n/gm, "") }).toEqual({
      command,
      code: 0,
      err: "",
    });
    const writesFiles = ["train", "picture", "export-projector"].includes(args[1]!);
    if (!writesFiles) expect(ran.out).not.toBe("");
  }
  expect(statSync("picture.html").size).toBeGreaterThan(10_000);
});

it("its library example runs", () => {
  const [example] = blocks("js");
  const here = example!.replace(
    /from "unrolled\/(\w+)"/g,
    (_, part) => `from "${pathToFileURL(join(root, "dist", part, "index.js")).href}"`,
  );
  writeFileSync("example.mjs", here.replace('"corpus.txt.gz"', '"plain.txt"'));
  writeFileSync("plain.txt", "king queen man woman apple pear\n".repeat(200));
  const { status, stderr, stdout } = spawnSync(process.execPath, ["example.mjs"], { encoding: "utf8" });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(stdout).toMatch(/word: '\w+', score: /);
});
