// Short versions of scripts/soak.mjs and scripts/interleave.mjs.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { build, root } from "./built.ts";
import { scratchFolder } from "./cli/terminal.ts";

const scratch = scratchFolder();
const script = (name: string, ...args: string[]) =>
  spawnSync(process.execPath, [join(root, "scripts", name), ...args], { encoding: "utf8" });
beforeAll(build);
afterAll(() => scratch.remove());

describe("runs that are killed", () => {
  it("end with the same bytes as runs that were not, and a soak goes on where it was stopped", () => {
    const soak = (runs: string) =>
      script("soak.mjs", "--runs", runs, "--tasks", "toy", "--folder", scratch.path("soak"));
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
    const { status, stdout } = script("interleave.mjs", "--rounds", "1", "--folder", scratch.path("two"));
    expect({ status, stdout }).toMatchObject({ status: 0, stdout: expect.stringMatching(/^1 passed, 0 failed$/m) });
  });
});
