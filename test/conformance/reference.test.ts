import { expect, it } from "vitest";
import { referenceEngine } from "../../src/engine/index.ts";
import * as nn from "../../src/nn/index.ts";
import { cells } from "./cells.ts";
import { gradientLaws, lawsFor, lossGradientLaws } from "./laws.ts";
import { parityFor } from "./parity.ts";
import { sessionLaws } from "./sessions.ts";
import type { Subject } from "./subject.ts";

// The fixtures hold 12 significant digits.
const subject: Subject = { engine: referenceEngine(), precision: "float64", tolerance: 1e-11 };

lawsFor(subject);
parityFor(subject);
sessionLaws(subject);
gradientLaws();
lossGradientLaws();

it("every cell is under the laws", () => {
  const exported = Object.keys(nn).filter((name) => name.endsWith("Cell") && name !== "builtInCell");
  const tried = Object.values(cells).map(({ cell }) => `${cell.config.name}Cell`);
  expect(exported.filter((name) => !tried.includes(name))).toEqual([]);
});
