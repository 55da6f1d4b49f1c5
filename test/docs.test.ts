// The walk in docs/architecture.md is what `unrolled walk` prints. UPDATE_DOCS=1 writes it anew.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { CellName } from "../src/cli/cells.ts";
import { walk } from "../src/cli/run-walk.ts";

const path = join(import.meta.dirname, "..", "docs", "architecture.md");

/** A stage's text, or only the loops in it. */
function excerpt(cell: string, stage: string, part: string | undefined): string {
  const { text } = walk(cell as CellName).findLast(({ name }) => name === stage)!;
  if (part !== "loops") return text;
  const lines = text.split("\n").filter((line) => /^( |loop|.* = Scan)/.test(line));
  return `${lines.join("\n")}\n`;
}

it("quotes the walk as it is", () => {
  const doc = readFileSync(path, "utf8");
  const quote = /(<!-- walk (\S+) (\S+)(?: (loops))? -->\n```text\n)[\s\S]*?```/g;
  const fresh = doc.replaceAll(quote, (_, head, cell, stage, part) => `${head}${excerpt(cell, stage, part)}\`\`\``);
  expect([...doc.matchAll(quote)].length).toBeGreaterThan(4);
  if (process.env.UPDATE_DOCS) writeFileSync(path, fresh);
  else expect(doc).toBe(fresh);
});
