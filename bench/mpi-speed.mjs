// A training step of one process on one thread, of two ranks on one thread each, and of two independent processes side by
// side, which is the most that two ranks can reach on this machine. The three take turns; medians of the rounds.
//   node bench/mpi-speed.mjs [--hidden 512] [--batch 32] [--steps 10] [--rounds 5] [--launcher mpirun.openmpi] [--bind none] [--record]
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { recordSection } from "./record.mjs";

const { values } = parseArgs({
  options: {
    hidden: { type: "string", default: "512" },
    batch: { type: "string", default: "32" },
    steps: { type: "string", default: "10" },
    rounds: { type: "string", default: "5" },
    bind: { type: "string", default: "none" },
    launcher: { type: "string", default: "mpirun.openmpi" },
    record: { type: "boolean", default: false },
  },
});
const env = { ...process.env, OMPI_ALLOW_RUN_AS_ROOT: "1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: "1", THREADS: "1" };
const rank = join(import.meta.dirname, "mpi-rank.mjs");
const steps = (batch) => [rank, "steps", values.hidden, String(batch), values.steps, "ordered"];
const batch = Number(values.batch);

/** What a command prints last. */
async function run(command, args, more = {}) {
  const child = spawn(command, args, { env: { ...env, ...more } });
  let [out, err] = ["", ""];
  child.stdout.on("data", (chunk) => (out += chunk));
  child.stderr.on("data", (chunk) => (err += chunk));
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`${out}${err}`);
  return JSON.parse(out.trim().split("\n").at(-1));
}

const ways = {
  /** The whole batch. */
  one: async () => (await run(process.execPath, steps(batch))).step,
  /** Half of the batch each: one shard. */
  ranks: async () =>
    (await run(values.launcher, ["--bind-to", values.bind, "-n", "2", process.execPath, ...steps(batch)])).step,
  /** Half of the batch each, nothing exchanged. */
  apart: async () => {
    const both = await Promise.all([0, 1].map(() => run(process.execPath, steps(batch / 2), { SHARDS: "1" })));
    return Math.max(...both.map(({ step }) => step));
  },
};
const times = { one: [], ranks: [], apart: [] };
for (let round = 0; round < Number(values.rounds); round++)
  for (const [name, way] of Object.entries(ways)) times[name].push(await way());
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const [one, two, apart] = [times.one, times.ranks, times.apart].map(median);
console.log(JSON.stringify({ one, two, apart, ratio: one / two, most: one / apart, times }));
const what = `LSTM ${values.hidden}, batch ${values.batch}`;
if (values.record)
  recordSection("## Several processes", undefined, [
    [
      `${what}, 2 ranks x 1 thread, Open MPI`,
      two.toFixed(1),
      one.toFixed(1),
      `${(one / two).toFixed(2)} x`,
      "ms/step",
      "1.7 / 1.9",
      "1 process x 1 thread",
    ],
    [
      `${what}, two independent processes side by side, half a batch each`,
      apart.toFixed(1),
      one.toFixed(1),
      `${(one / apart).toFixed(2)} x`,
      "ms/step",
      "the most that 2 ranks can reach",
      "1 process x 1 thread",
    ],
  ]);
