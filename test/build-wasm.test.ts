// The committed WebAssembly modules are what their sources compile to.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

it("committed kernels are the bytes that their sources compile to", () => {
  const script = fileURLToPath(new URL("../scripts/build-wasm.mjs", import.meta.url));
  const { status, stderr } = spawnSync(process.execPath, [script, "--check"], { encoding: "utf8" });
  expect(stderr).toBe("");
  expect(status).toBe(0);
});
