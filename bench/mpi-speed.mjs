// A training step of one process on one thread, of two ranks on one thread each, and of two independent processes side by
// side, which is the most that two ranks can reach on this machine. Ranks meet at each step, so what they can reach is the
// time of the slower process at each step. The three take turns; medians of the rounds. Then the ordered sum of 5 million
// floats against MPI_Allreduce, under both libraries.
//   node bench/mpi-speed.mjs [--hidden 512] [--batch 32] [--steps 25] [--rounds 5] [--launcher mpirun.openmpi] [--bind none] [--record]
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { recordSection } from "./record.mjs";

const { values } = parseArgs({
  options: {
    hidden: { type: "string", default: "512" },
    batch: { type: "string", default: "32" },
    steps: { type: "string", default: "25" },
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

const times = { one: [], ranks: [], apart: [], slower: [], sum: [] };
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
for (let round = 0; round < Number(values.rounds); round++) {
  times.one.push((await run(process.execPath, steps(batch))).step); // the whole batch: two shards
  const mpi = ["--bind-to", values.bind, "-n", "2", process.execPath, ...steps(batch)];
  const ranks = await run(values.launcher, mpi); // one shard each
  times.ranks.push(ranks.step);
  times.sum.push(ranks.each.exchange + ranks.each.collect);
  const both = await Promise.all([0, 1].map(() => run(process.execPath, steps(batch / 2), { SHARDS: "1" })));
  times.apart.push(Math.max(...both.map(({ step }) => step)));
  times.slower.push(median(both[0].times.map((time, step) => Math.max(time, both[1].times[step]))));
}
const [one, two, apart, slower, sum] = Object.values(times).map(median);
const ratios = [two, apart, slower].map((time) => Number((one / time).toFixed(2)));
console.log(JSON.stringify({ one, two, apart, slower, sum, ratios, times }));
const what = `LSTM ${values.hidden}, batch ${values.batch}`;
const row = (name, time, note) => [
  `${what}, ${name}`,
  time.toFixed(1),
  one.toFixed(1),
  `${(one / time).toFixed(2)} x`,
  "ms/step",
  note,
  "1 process x 1 thread",
];
const sums = [];
for (const [launcher, ...more] of [["mpirun.openmpi", "--bind-to", values.bind], ["mpirun.mpich"]])
  sums.push(await run(launcher, [...more, "-n", "2", process.execPath, rank, "sums", "5000000", "15"]));
console.log(JSON.stringify(sums));
if (values.record)
  recordSection("## Several processes", undefined, [
    row("2 ranks x 1 thread, Open MPI", two, `1.7 / 1.9; ${sum.toFixed(1)} ms of it is the sum of the gradients`),
    row("two independent processes side by side, half a batch each", apart, "the most without an exchange"),
    row(
      "two independent processes, the slower of the two at each step",
      slower,
      "the most where both must end a step before the next begins",
    ),
    ...sums.map(({ ordered, fast, library }) => [
      `ordered sum of 5 M floats, 2 ranks, ${library.match(/, (.*) \(/)[1].replace(" v", " ")}`,
      ordered.toFixed(1),
      fast.toFixed(1),
      `${(ordered / fast).toFixed(2)} x`,
      "ms",
      "2.5 / 1.5",
      "MPI_Allreduce",
    ]),
  ]);
