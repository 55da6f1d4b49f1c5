// `unrolled export --js`: the files that it writes, what fewer bits cost, and what it refuses.
import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { afterAll, expect, it } from "vitest";
import { save } from "../../src/index.ts";
import { events, run } from "../cli/in-process.ts";
import { eventFaults } from "../cli/schema.ts";
import { scratchFolder } from "../cli/terminal.ts";
import { modelNamed } from "../export/models.ts";

const scratch = scratchFolder();
afterAll(() => scratch.remove());

it("writes a module that a program can import, and measures int8 weights on held-out data", async () => {
  const [folder, out, valid] = [scratch.path("model"), scratch.path("js"), scratch.path("valid.tsv")];
  await save(modelNamed("classifier, stacked, attention"), folder);
  writeFileSync(valid, "text\tlabel\na fine film\tgood\na waste of time\tbad\n");
  const args = ["export", folder, "--js", out, "--weights", "int8", "--wasm-file", "--valid", valid];
  const seen = events((await run(...args, "--json")).out);
  for (const event of seen) expect(eventFaults(event)).toEqual([]);
  expect(seen.map(({ event, weights }) => [event, weights])).toEqual([
    ["report", "f32"],
    ["report", "int8"],
    ["export", undefined],
  ]);
  const { files } = seen[2] as { files: { path: string; bytes: number }[] };
  expect(files.map(({ path }) => path.replace(out, ""))).toEqual(
    ["model.js", "model.d.ts", "model.safetensors", "model.wasm"].map((name) => expect.stringMatching(`.${name}$`)),
  );
  for (const { path, bytes } of files) expect(readFileSync(path).length).toBe(bytes);
  const { load } = (await import(/* @vite-ignore */ pathToFileURL(files[0]!.path).href)) as {
    load(weights: Uint8Array): Promise<{ classify(text: string): { label: string } }>;
  };
  const model = await load(readFileSync(files[2]!.path));
  expect(["bad", "fine", "good"]).toContain(model.classify("a fine film").label);
  const text = (await run(...args)).out;
  expect(text).toMatch(/f32 .*accuracy/);
  expect(text).toMatch(/int8 .*accuracy/);
});

it("says how to measure, and refuses weights that there are not", async () => {
  const folder = scratch.path("regressor");
  await save(modelNamed("regressor"), folder);
  expect((await run("export", folder, "--js", scratch.path("r"), "--weights", "f16")).out).toContain("--valid FILE");
  await expect(run("export", folder, "--js", scratch.path("r"), "--weights", "f8")).rejects.toThrow("Allowed choices");
});
