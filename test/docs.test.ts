// The graphs in docs/architecture.md are what `unrolled walk` and the passes print. UPDATE_DOCS=1 rewrites them.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { forwardPasses, type Pass, runPasses } from "../src/compile/passes/index.ts";
import { printGraph } from "../src/compile/print.ts";
import { onnxPasses } from "../src/engine/onnx/passes.ts";
import { walk } from "../src/inspect/walk.ts";
import type { CellName } from "../src/nn/index.ts";
import { add, input, linear, mul, scan, sigmoid, sub, type Tensor, tanh } from "../src/tensor/index.ts";

const path = join(import.meta.dirname, "..", "docs", "architecture.md");

/** A stage's text, or only the loops in it. */
function excerpt(cell: string, stage: string, part: string | undefined): string {
  const { text } = walk(cell as CellName).findLast(({ name }) => name === stage)!;
  if (part !== "loops") return text;
  const lines = text.split("\n").filter((line) => /^( |loop|.* = Scan)/.test(line));
  return `${lines.join("\n")}\n`;
}

/** The simplified GRU as the lecture writes it: a matrix for each gate and operand. */
function lectureGru(): Record<string, Tensor> {
  const names = ["Wux", "Wua", "Wcx", "Wca"] as const;
  const [Wux, Wua, Wcx, Wca] = names.map((name) => input(name, [4, name.endsWith("x") ? 3 : 4])) as [
    Tensor,
    Tensor,
    Tensor,
    Tensor,
  ];
  const [bu, bc] = [input("bu", [4]), input("bc", [4])];
  const { outputs } = scan(
    ([x], { c }) => {
      const u = sigmoid(add(linear(x!, Wux), linear(c, Wua), bu));
      const candidate = tanh(add(linear(x!, Wcx), linear(c, Wca), bc));
      const next = add(mul(u, candidate), mul(sub(1, u), c));
      return { outputs: [next], state: { c: next } };
    },
    { initial: { c: input("c0", ["B", 4]) }, xs: [input("x", ["T", "B", 3])] },
  );
  return { outputs: outputs[0]! };
}

/** What a pass makes of the lecture's GRU, its loop only. */
function lectureExcerpt(passes: string): string {
  const all: Readonly<Record<string, Pass>> = { ...forwardPasses, ...onnxPasses };
  const outputs = passes
    .split("+")
    .reduce((graph, name) => (name === "trace" ? graph : runPasses(graph, { [name]: all[name]! })), lectureGru());
  const lines = printGraph(outputs).split("\n");
  return `${lines.filter((line) => !/^(input|return|$)/.test(line)).join("\n")}\n`;
}

it("quotes the passes as they are", () => {
  const doc = readFileSync(path, "utf8");
  const quote = /(<!-- lecture (\S+) -->\n```text\n)[\s\S]*?```/g;
  const fresh = doc.replaceAll(quote, (_, head, passes) => `${head}${lectureExcerpt(passes)}\`\`\``);
  expect([...doc.matchAll(quote)].length).toBeGreaterThan(1);
  if (process.env.UPDATE_DOCS) writeFileSync(path, fresh);
  else expect(doc).toBe(fresh);
});

it("quotes the walk as it is", () => {
  const doc = readFileSync(path, "utf8");
  const quote = /(<!-- walk (\S+) (\S+)(?: (loops))? -->\n```text\n)[\s\S]*?```/g;
  const fresh = doc.replaceAll(quote, (_, head, cell, stage, part) => `${head}${excerpt(cell, stage, part)}\`\`\``);
  expect([...doc.matchAll(quote)].length).toBeGreaterThan(4);
  if (process.env.UPDATE_DOCS) writeFileSync(path, fresh);
  else expect(doc).toBe(fresh);
});
