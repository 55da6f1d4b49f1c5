// Two network namespaces as two machines, with a link of limited rate between them: the time of a training step on two ranks
// against the formula of docs/scale.md. Linux, root, Open MPI.
//
//   node bench/mpi-network.mjs [--hidden 512] [--batch 32] [--steps 10] [--rates none,1gbit,100mbit] [--record]
//
// TCP uses `--congestion reno`, which every kernel lets a namespace choose. Traffic that stops and starts misleads bbr: it sends
// below the rate of the link.
//
// With a text: the seconds to a validation loss on one rank, on two, and on two with --sync-every.
//
//   node bench/mpi-network.mjs --text FILE --rates 100mbit --steps 200 --hidden 128 [--to 2.2] [--every 20]
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { recordSection } from "./record.mjs";
import { validationsOf } from "./validations.mjs";

const { values } = parseArgs({
  options: {
    hidden: { type: "string", default: "512" },
    batch: { type: "string", default: "32" },
    steps: { type: "string", default: "10" },
    text: { type: "string" },
    to: { type: "string", default: "2.2" },
    every: { type: "string", default: "20" },
    congestion: { type: "string", default: "reno" },
    record: { type: "boolean", default: false },
    rates: { type: "string", default: "none,1gbit,100mbit" },
  },
});
const run = (command, ...args) => execFileSync(command, args, { stdio: ["ignore", "ignore", "inherit"] });
const spaces = [
  { name: "unrolled-a", device: "unrolled-va", address: "10.77.0.1" },
  { name: "unrolled-b", device: "unrolled-vb", address: "10.77.0.2" },
];
const folder = mkdtempSync(join(tmpdir(), "unrolled-network-"));
const agent = join(folder, "agent.sh"); // what ssh would do: HOST COMMAND
writeFileSync(agent, `#!/bin/sh\nshift\nexec ip netns exec ${spaces[1].name} /bin/sh -c "$*"\n`);
chmodSync(agent, 0o755);
try {
  for (const { name } of spaces) run("ip", "netns", "add", name);
  run("ip", "link", "add", spaces[0].device, "type", "veth", "peer", "name", spaces[1].device);
  for (const { name, device, address } of spaces) {
    run("ip", "link", "set", device, "netns", name);
    run("ip", "-n", name, "addr", "add", `${address}/24`, "dev", device);
    run("ip", "-n", name, "link", "set", "lo", "up");
    run("ip", "-n", name, "link", "set", device, "up");
    run("ip", "netns", "exec", name, "sysctl", "-qw", `net.ipv4.tcp_congestion_control=${values.congestion}`);
  }
  let compute;
  const rows = [];
  for (const rate of values.rates.split(",")) {
    for (const { name, device } of spaces) {
      spawnSync("ip", ["netns", "exec", name, "tc", "qdisc", "del", "dev", device, "root"]);
      if (rate !== "none")
        run(
          "ip",
          "netns",
          "exec",
          name,
          "tc",
          "qdisc",
          "add",
          "dev",
          device,
          "root",
          "tbf",
          "rate",
          rate,
          "burst",
          "100kb",
          "latency",
          "50ms",
        );
    }
    if (values.text) {
      for (const [name, ...more] of [["one"], ["two"], ["sync", "--sync-every", values.every, "--replicas", "2"]])
        console.log(JSON.stringify({ rate, name, ...secondsTo(name, more) }));
      continue;
    }
    const { latency, bytesPerSecond } = onRanks("link", "1000000", "7");
    const { parameters, step, each } = onRanks("steps", values.hidden, values.batch, values.steps, "ordered");
    compute ??= step - each.exchange - each.collect;
    const formula = compute + 2 * latency + 1000 * ((4 * parameters) / bytesPerSecond + (2 * parameters) / 4e9);
    const rounded = { latency: round(latency), megabytesPerSecond: round(bytesPerSecond / 1e6), step: round(step) };
    const off = round(100 * (step / formula - 1));
    console.log(JSON.stringify({ rate, parameters, ...rounded, formula: round(formula), off, each }));
    if (rate === "none") continue;
    const link = `${rate.replace(/(\w)bit$/, (_, prefix) => ` ${prefix.toUpperCase()}b/s`)}, TCP ${values.congestion}`;
    rows.push([
      `step, LSTM ${values.hidden}, ${link}`,
      ...[step, formula].map((ms) => ms.toFixed(1)),
      `${(step / formula).toFixed(2)} x`,
      "ms",
      "1.2 / -",
      "the formula",
    ]);
  }
  if (values.record) recordSection("## Several processes", undefined, rows);
} finally {
  for (const { name } of spaces) spawnSync("ip", ["netns", "del", name]);
  rmSync(folder, { recursive: true, force: true });
}

/** When the loss on the validation data is first below the given one, and what it is at the end. */
function secondsTo(name, more) {
  const out = join(folder, name);
  const sizes = [
    "--no-pre-norm",
    "--hidden",
    values.hidden,
    "--steps",
    values.steps,
    "--layers",
    "1",
    "--shards",
    "2",
    "--threads",
    "1",
  ];
  const flags = [...sizes, "--evaluate-every", values.every, "--json", "--overwrite", "--out", out, ...more];
  const program = [join(import.meta.dirname, "..", "dist", "cli", "main.js"), "train", values.text, ...flags];
  const found = validationsOf(name === "one" ? [process.execPath, ...program] : mpirun(...program));
  const there = found.find(({ valid }) => valid.nats < Number(values.to));
  const last = found.at(-1);
  return {
    seconds: there && round(there.elapsed),
    step: there?.step,
    end: { step: last.step, nats: last.valid.nats, seconds: round(last.elapsed) },
  };
}

/** What rank 0 of two prints, one in each namespace. */
function onRanks(...args) {
  const [command, ...rest] = mpirun(join(import.meta.dirname, "mpi-rank.mjs"), ...args);
  const { stdout, stderr, status } = spawnSync(command, rest, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${stdout}${stderr}`);
  return JSON.parse(stdout.trim().split("\n").at(-1));
}

/** A program of Node on one rank in each namespace. */
function mpirun(...program) {
  const tcp = ["--mca", "btl", "tcp,self", "--mca", "pml", "ob1", "--mca", "btl_tcp_if_include", "10.77.0.0/24"];
  const launch = ["--mca", "plm_rsh_agent", agent, "--mca", "oob_tcp_if_include", "10.77.0.0/24", "--bind-to", "none"];
  const hosts = ["--host", spaces.map(({ address }) => `${address}:1`).join(","), "-n", "2"];
  const command = ["mpirun.openmpi", "--allow-run-as-root", ...launch, ...tcp, ...hosts, process.execPath, ...program];
  return ["ip", "netns", "exec", spaces[0].name, ...command];
}

function round(value) {
  return Math.round(10 * value) / 10;
}
