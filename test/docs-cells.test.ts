// The table in docs/cells.md lists every cell, with its number of parameters and the products in its loop.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { forwardPasses, runPasses } from "../src/compile/passes/index.ts";
import { graphSize } from "../src/compile/print.ts";
import { type CellName, cellNames, encoderOf, parameterInputs } from "../src/nn/index.ts";
import { input } from "../src/tensor/index.ts";

const doc = readFileSync(join(import.meta.dirname, "..", "docs", "cells.md"), "utf8");
const rows = doc.split("\n").flatMap((line) => {
  const cells = line.split("|").map((cell) => cell.trim());
  const name = /^`([a-z][a-z-]*)`$/.exec(cells[1] ?? "")?.[1];
  return name && cells.length === 8 ? [{ name, parameters: cells[4]!, products: Number(cells[5]) }] : [];
});

/** The value of "H (3D + 4), D ≠ H: H (4D + 4)" for these sizes. */
function evaluate(formula: string, D: number, H: number): number {
  const [same, other] = formula.split(", D ≠ H: ");
  const terms = /^H \((.*)\)$/.exec((D === H ? same : (other ?? same))!)![1]!.split(" + ");
  const value = (term: string): number => {
    const [, factor, letter] = /^(\d*)([DH]?)$/.exec(term)!;
    return Number(factor || 1) * (letter === "D" ? D : letter === "H" ? H : 1);
  };
  return H * terms.reduce((sum, term) => sum + value(term), 0);
}

it("has a row for every cell", () => {
  expect(rows.map(({ name }) => name).sort()).toEqual([...cellNames].sort());
});

describe.each(rows)("$name", ({ name, parameters, products }) => {
  it.each([
    [3, 5],
    [4, 4],
  ])("parameters and products for D = %i, H = %i", (D, H) => {
    const block = encoderOf(name as CellName, { hiddenSize: H }).build(D);
    const count = block.parameters.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
    expect(evaluate(parameters, D, H)).toBe(count);
    const { outputs } = block.apply(parameterInputs(block.parameters), input("x", ["T", "B", D]));
    expect(graphSize(runPasses({ outputs }, forwardPasses)).loops[0]!.products).toBe(products);
  });
});
