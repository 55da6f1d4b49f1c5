// Seconds to the same validation loss on 1, 2 and 4 ranks of this machine, with gradients added at each step and with --sync-every.
//
//   npm run build && node bench/mpi-loss.mjs TEXT [--hidden 256] [--steps 160] [--every 20] [--ranks 1,2,4] [--record]
//
// Needs Open MPI. The runs that add gradients at each step are one run, bit for bit: their losses are equal.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { recordSection } from "./record.mjs";
import { validationsOf } from "./validations.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    hidden: { type: "string", default: "256" },
    steps: { type: "string", default: "160" },
    every: { type: "string", default: "20" },
    ranks: { type: "string", default: "1,2,4" },
    record: { type: "boolean", default: false },
  },
});
const main = join(import.meta.dirname, "..", "dist", "cli", "main.js");
const folder = mkdtempSync(join(tmpdir(), "unrolled-mpi-loss-"));
const env = { ...process.env, OMPI_ALLOW_RUN_AS_ROOT: "1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: "1" };

/** Seconds of training and the last validation loss, in nats. */
function run(ranks, more) {
  const sizes = [
    "--hidden",
    values.hidden,
    "--layers",
    "1",
    "--no-pre-norm",
    "--steps",
    values.steps,
    "--evaluate-every",
    values.every,
  ];
  const split = ["--shards", "4", "--threads", "1", "--json", "--overwrite", "--out", join(folder, "model")];
  const program = [main, "train", positionals[0], ...sizes, ...split, ...more];
  const mpirun = ["mpirun.openmpi", "--bind-to", "none", "--oversubscribe", "-n", String(ranks)];
  const { elapsed, valid } = validationsOf([...(ranks === 1 ? [] : mpirun), process.execPath, ...program], env).at(-1);
  return { seconds: elapsed, nats: valid.nats };
}

const rows = [];
try {
  let alone;
  for (const ranks of values.ranks.split(",").map(Number))
    for (const more of ranks === 1 ? [[]] : [[], ["--sync-every", values.every, "--replicas", String(ranks)]]) {
      const found = run(ranks, more);
      alone ??= found;
      console.log(JSON.stringify({ ranks, more, ...found }));
      if (ranks === 1) continue;
      const flags = more.length > 0 ? `, --sync-every ${values.every}` : "";
      rows.push([
        `${values.steps} steps, LSTM ${values.hidden}, ${ranks} ranks${flags}`,
        found.seconds.toFixed(1),
        alone.seconds.toFixed(1),
        `${(alone.seconds / found.seconds).toFixed(2)} x`,
        `s, to ${flags ? "" : "the same "}${found.nats.toFixed(3)} nats`,
        "report",
        "1 process x 1 thread",
      ]);
    }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
if (values.record) recordSection("## Several processes", undefined, rows);
