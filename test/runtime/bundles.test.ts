// The committed runtime is what its sources bundle to, and it stays small.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { exportModule } from "../../src/runtime/index.ts";
import { modelNamed } from "../export/models.ts";

it("committed bundles are what their sources give", () => {
  const script = fileURLToPath(new URL("../../scripts/build-runtime.mjs", import.meta.url));
  const { status, stderr } = spawnSync(process.execPath, [script, "--check"], { encoding: "utf8" });
  expect(stderr).toBe("");
  expect(status).toBe(0);
});

const cases = [
  "language model, lstm",
  "classifier, lstm both ways",
  "regressor",
  "forecaster",
  "tagger, CRF and characters",
  "translator, attention",
  "generator, text",
  "generator, frames",
  "toy, symbols",
];

it.each(cases)("%s: less than 50 KB, and less than 15 KB compressed", (name) => {
  const { module, sizes } = exportModule(modelNamed(name), { weights: "int8" });
  expect(module.length).toBeLessThan(50_000);
  expect(gzipSync(module).length).toBeLessThan(15_000);
  expect(sizes.runtime).toBeGreaterThan(10_000);
  expect(module).not.toMatch(
    /\bimport\b(?!\s*\{ load \} from "\.\/model\.js")|\beval\b|new Function|\brequire\b|\bprocess\b/,
  );
});
