// `mpirun unrolled train` as a person starts it, under both libraries.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { build } from "../built.ts";
import { scratchFolder, unrolled } from "../cli/terminal.ts";
import { launchers, needing, start } from "./processes.ts";

const scratch = scratchFolder();
const flags = ["--steps", "4", "--batch", "8", "--bptt", "16", "--hidden", "12", "--embedding", "4", "--layers", "1"];
const weights = (out: string) => readFileSync(join(out, "model.safetensors"));
let text = "";
let alone: Buffer;

beforeAll(async () => {
  build();
  text = scratch.write(
    "text.txt",
    "she sells sea shells by the sea shore; the shells she sells are sea shells. ".repeat(30),
  );
  const out = scratch.path("alone");
  expect(await unrolled(["train", text, "--out", out, "--shards", "4", ...flags])).toMatchObject({ code: 0 });
  alone = weights(out);
});
afterAll(() => scratch.remove());

for (const launcher of launchers)
  it.skipIf(!launcher.present)(
    needing(`${launcher.name}: two ranks train the model of one process`, launcher),
    async () => {
      const out = scratch.path(launcher.command);
      const { ended } = start(launcher, 2, ["train", text, "--out", out, "--shards", "4", ...flags]);
      const ran = await ended;
      expect(ran).toMatchObject({ code: 0, err: "" });
      expect(ran.out.match(/^done in /gm)).toHaveLength(1); // rank 0 alone prints
      expect(ran.out).toMatch(/^ranks +2 ranks, /m);
      expect(weights(out).equals(alone)).toBe(true);
    },
  );
