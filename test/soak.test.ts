// Short versions of scripts/soak.mjs and scripts/interleave.mjs.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { scratchFolder } from "./cli/terminal.ts";

const root = join(import.meta.dirname, "..");
const scratch = scratchFolder();
const script = (name: string, ...args: string[]) =>
  spawnSync(process.execPath, [join(root, "scripts", name), ...args], { encoding: "utf8" });
beforeAll(() => {
  const built = script("build.mjs");
  expect(built.stdout + built.stderr).toBe("");
});
afterAll(() => scratch.remove());

describe("runs that are killed", () => {
  it("end with the same bytes as runs that were not, and a soak goes on where it was stopped", () => {
    const soak = (runs: string) =>
      script("soak.mjs", "--runs", runs, "--tasks", "embed", "--folder", scratch.path("soak"));
    for (const [runs, passed] of [
      ["1", 1],
      ["2", 2],
    ] as const) {
      const { status, stdout, stderr } = soak(runs);
      expect({ status, stderr, stdout }).toMatchObject({ status: 0, stderr: "" });
      expect(stdout).toMatch(new RegExp(`^${passed} passed, 0 failed$`, "m"));
    }
  });
  it("and run side by side in one folder lose nothing", () => {
    const { status, stdout } = script("interleave.mjs", "--rounds", "2", "--folder", scratch.path("two"));
    expect({ status, stdout }).toMatchObject({ status: 0, stdout: expect.stringMatching(/^2 passed, 0 failed$/m) });
  });
});
