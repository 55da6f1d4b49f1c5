// Kills a rank of an MPI training at random instants, sees that the job ends and leaves no process behind, resumes it on
// another number of ranks, and compares the saved bytes with those of one process that was never stopped.
//
//   npm run build && node scripts/mpi-soak.mjs [--runs 20] [--seed 1] [--folder /tmp/mpi-soak]
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { main, optionsOf } from "./processes.mjs";
import { uniform } from "./soak-tasks.mjs";

const values = optionsOf({ runs: "20", seed: "1", folder: join(tmpdir(), "mpi-soak") });
const { folder } = values;
const [runs, seed] = [Number(values.runs), Number(values.seed)];
const launchers = [["mpirun.openmpi", "--oversubscribe", "--bind-to", "none"], ["mpirun.mpich"]];
const env = { ...process.env, OMPI_ALLOW_RUN_AS_ROOT: "1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: "1" };
const pick = (list, ...place) => list[Math.floor(uniform(seed, ...place) * list.length)];

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const text = join(folder, "text.txt");
writeFileSync(
  text,
  "she sells sea shells by the sea shore; so if she sells shells on the shore, they are sea shells.\n".repeat(300),
);
const flags = ["--steps", "40", "--hidden", "32", "--layers", "1", "--shards", "4", "--evaluate-every", "5"];
const train = (out) => ["train", text, "--out", out, ...flags];

/** Runs a command on so many ranks; kills one of them after some milliseconds. */
async function job(ranks, launcher, args, kill) {
  const [command, ...more] =
    ranks === 1 ? [process.execPath, main] : [...launcher, "-n", ranks, process.execPath, main];
  const child = spawn(command, [...more.map(String), ...args], { env });
  const ran = { text: "", code: undefined, took: undefined };
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (ran.text += chunk));
  const closed = once(child, "close");
  if (kill) {
    await Promise.race([closed, new Promise((done) => setTimeout(done, kill.after))]);
    const victim = processes(args).find(({ rank }) => rank === kill.rank);
    if (victim) process.kill(victim.pid, "SIGKILL");
    ran.killed = victim !== undefined;
  }
  const killed = performance.now();
  const [code] = await Promise.race([
    closed,
    new Promise((done) => setTimeout(done, kill ? 60_000 : 600_000, ["never"])),
  ]);
  return { ...ran, code, took: performance.now() - killed, orphans: processes(args).length };
}

/** The ranks of a job that are alive. */
function processes(args) {
  const out = args[args.indexOf(args.includes("--out") ? "--out" : "--resume") + 1];
  return readdirSync("/proc").flatMap((pid) => {
    try {
      const line = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
      if (line[1] !== main || !line.includes(out)) return [];
      const [, rank] =
        /(?:^|\0)(?:OMPI_COMM_WORLD_RANK|PMI_RANK)=(\d+)/.exec(readFileSync(`/proc/${pid}/environ`, "utf8")) ?? [];
      return [{ pid: Number(pid), rank: Number(rank ?? 0) }];
    } catch {
      return [];
    }
  });
}

const weights = (out) => readFileSync(join(out, "model.safetensors"));
const began = performance.now();
const through = await job(1, undefined, train(join(folder, "through")));
if (through.code !== 0) throw new Error(through.text);
const expected = weights(join(folder, "through"));
const length = performance.now() - began;

const failures = [];
const slowest = { took: 0 };
let kills = 0;
for (let run = 0; run < runs; run++) {
  const out = join(folder, `run-${run}`);
  const launcher = pick(launchers, run, 0);
  const ranks = pick([2, 4], run, 1);
  const kill = { after: 1000 + uniform(seed, run, 2) * length * 1.5, rank: Math.floor(uniform(seed, run, 3) * ranks) };
  const first = await job(ranks, launcher, train(out), kill);
  const faults = [];
  if (first.killed) {
    kills++;
    slowest.took = Math.max(slowest.took, first.took);
    if (first.took > 10_000) faults.push(`ended ${Math.round(first.took)} ms after the kill`);
    if (first.code === 0) faults.push("exit code 0 after the kill");
  } else if (first.code !== 0) faults.push(`exit code ${first.code} without a kill\n${first.text}`);
  if (first.orphans > 0) faults.push(`${first.orphans} processes left`);
  const again = pick(
    [1, 2, 4].filter((count) => count !== ranks),
    run,
    4,
  );
  if (first.killed) {
    const args = existsSync(join(out, "config.json")) ? ["train", "--resume", out] : train(out);
    const second = await job(again, pick(launchers, run, 5), args);
    if (second.code !== 0 && !/the run has finished/.test(second.text)) faults.push(second.text);
  }
  if (faults.length === 0 && !weights(out).equals(expected)) faults.push("other bytes than the run through");
  const how = first.killed
    ? `rank ${kill.rank} of ${ranks} killed after ${Math.round(kill.after)} ms`
    : `${ranks} ranks, ended before the kill`;
  console.log(
    `${faults.length > 0 ? "FAIL" : "ok  "} ${run} ${launcher[0]}: ${how}; ended in ${Math.round(first.took)} ms; resumed on ${again}`,
  );
  for (const fault of faults) console.log(fault.replace(/^/gm, "       "));
  if (faults.length > 0) failures.push(run);
  else rmSync(out, { recursive: true, force: true });
}
console.log(
  `${kills} kills, slowest end ${Math.round(slowest.took)} ms; ${runs - failures.length} passed, ${failures.length} failed`,
);
process.exitCode = failures.length > 0 ? 1 : 0;
