// docs/library.md shows the programs of examples/tasks/ as they run (test/examples-tasks.test.ts runs them); docs/start.md's
// program runs. UPDATE_DOCS=1 rewrites the quotes.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { build, root } from "./built.ts";
import { scratchFolder } from "./cli/terminal.ts";

const scratch = scratchFolder();
const home = process.cwd();
beforeAll(build);
afterAll(() => {
  process.chdir(home);
  scratch.remove();
});

/** A program of the examples, as a user writes it. */
const example = (name: string) =>
  readFileSync(join(root, "examples", "tasks", `${name}.ts`), "utf8").replace(
    /"\.\.\/\.\.\/src\/index\.ts"; \/\/ "unrolled"/,
    '"unrolled";',
  );

it("quotes the programs of all eight tasks", () => {
  const path = join(root, "docs", "library.md");
  const doc = readFileSync(path, "utf8");
  const quote = /(<!-- example (\S+) -->\n```ts\n)[\s\S]*?```/g;
  const fresh = doc.replaceAll(quote, (_, head, name) => `${head}${example(name)}\`\`\``);
  expect([...doc.matchAll(quote)]).toHaveLength(8);
  if (process.env.UPDATE_DOCS) writeFileSync(path, fresh);
  else expect(doc).toBe(fresh);
});

it("docs/start.md: its program trains, saves, loads and predicts", async () => {
  const doc = readFileSync(join(root, "docs", "start.md"), "utf8");
  const [program] = [...doc.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map((match) => match[1]!);
  scratch.write(
    "films.mjs",
    program!.replace('from "unrolled"', `from "${pathToFileURL(join(root, "dist", "index.js")).href}"`),
  );
  process.chdir(scratch.path("."));
  const log = vi.spyOn(console, "log").mockReturnValue();
  try {
    await import(/* @vite-ignore */ pathToFileURL(scratch.path("films.mjs")).href);
    expect(log.mock.calls.map(([first]) => first)).toEqual([10, 20, 30, 40, "good"]);
  } finally {
    log.mockRestore();
  }
});
