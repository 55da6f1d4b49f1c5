// The examples run and do what they say, and the README shows them as they are.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { run as lookInside } from "../examples/look-inside.ts";
import { run as ownCell } from "../examples/own-cell.ts";
import { gru } from "../src/nn/index.ts";
import { smallText } from "./cli/terminal.ts";

const root = join(import.meta.dirname, "..");
const read = (name: string) => readFileSync(join(root, name), "utf8");

describe("the examples", () => {
  it("quick-start learns, keeps and writes", async () => {
    const home = process.cwd();
    const folder = mkdtempSync(join(tmpdir(), "unrolled-example-"));
    process.chdir(folder);
    const log = vi.spyOn(console, "log").mockReturnValue();
    const write = vi.spyOn(process.stdout, "write").mockReturnValue(true);
    try {
      await import("../examples/quick-start.ts");
      const losses = log.mock.calls.map(([line]) => Number(/valid ([\d.]+)/.exec(String(line))![1]));
      expect(losses).toHaveLength(10);
      expect(losses.at(-1)).toBeLessThan(losses[0]! - 0.5);
      const written = write.mock.calls.map(([piece]) => piece).join("");
      expect(written).toMatch(/^[A-Za-z\n]{40}$/);
    } finally {
      vi.restoreAllMocks();
      process.chdir(home);
      rmSync(folder, { recursive: true });
    }
  });
  it("own-cell learns", async () => {
    const losses = await ownCell(smallText);
    expect(losses.at(-1)).toBeLessThan(losses[0]! - 0.2);
  });
  it("look-inside shows what stays in the loops", () => {
    const { written, runs } = lookInside(gru({ hiddenSize: 4 }));
    const inLoops = (text: string) => text.split("\n").filter((line) => /^ {2}t\d+ = matmul/.test(line)).length;
    expect([inLoops(written), inLoops(runs)]).toEqual([2, 2]); // forward: Wx and Uh; both ways: Uh and its gradient
  });
});

describe("the README", () => {
  const readme = read("README.md");
  it("shows the quick start as it runs", () => {
    expect(readme).toContain(read("examples/quick-start.ts").replace("../src/index.ts", "unrolled"));
  });
  it("shows the cell as it runs", () => {
    const cell = /export (const elman[\s\S]*?\n\}\);\n)/.exec(read("examples/own-cell.ts"))![1]!;
    expect(readme).toContain(cell);
  });
  it("links to files that are there", () => {
    for (const [, link] of readme.matchAll(/\]\((?!https?:|#)([^)#]+)/g)) expect(() => read(link!), link).not.toThrow();
  });
});
