// `mpirun unrolled train` as a person starts it, under both libraries.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, expect, it } from "vitest";
import { build } from "../built.ts";
import { scratchFolder, unrolled } from "../cli/terminal.ts";
import { type Launcher, launchers, needing, start } from "./processes.ts";

const scratch = scratchFolder();
const flags = [
  "--steps",
  "12",
  "--evaluate-every",
  "1",
  "--batch",
  "8",
  "--bptt",
  "16",
  "--hidden",
  "12",
  "--embedding",
  "4",
  "--layers",
  "1",
];
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

const [openMpi, mpich] = launchers as [Launcher, Launcher];

it.skipIf(!openMpi.present)(
  needing("a rank that is lost ends the job with one sentence; one process goes on to the same bytes", openMpi),
  async () => {
    const out = scratch.path("lost");
    const args = ["train", text, "--out", out, "--shards", "4", ...flags, "--json"];
    const { child, ended } = start(openMpi, 2, args);
    const lines = createInterface(child.stdout!);
    let victim = 0;
    for await (const line of lines) {
      victim ||= ranksOf(child.pid!)[1]!; // at the first line, well before the end
      if (line.includes('"checkpoint"')) break;
    }
    process.kill(victim, "SIGKILL");
    const began = performance.now();
    const { code, err } = await ended;
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(code).not.toBe(0);
    expect(err.match(/was lost/g)).toHaveLength(1);
    expect(err).toContain(
      `error: rank 1 (process ${victim} on ${hostname()}) was lost, and the job has ended\n` +
        `  hint: resume from the last checkpoint: npx unrolled train --resume ${out}\n`,
    );
    expect(await unrolled(["train", "--resume", out])).toMatchObject({ code: 0 });
    expect(weights(out).equals(alone)).toBe(true);
  },
);

it.skipIf(!mpich.present)(needing("a command that does not share its work is refused", mpich), async () => {
  const { err, code } = await start(mpich, 2, ["sample", scratch.path("alone")]).ended;
  expect(code).not.toBe(0);
  expect(
    err.match(/MPICH \(PMI_SIZE=2\): expected train or embed train, which run on several ranks, got sample/g),
  ).toHaveLength(1);
});

/** Process numbers of the ranks below a launcher, in their order. */
function ranksOf(launcher: number): number[] {
  const found = spawnSync("ps", ["-o", "pid=,comm=", "--ppid", String(launcher)], { encoding: "utf8" }).stdout;
  return [...found.matchAll(/(\d+) node/g)].map(([, pid]) => Number(pid));
}
