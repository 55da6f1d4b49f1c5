// One rank of a measurement: `mpirun -n 2 node bench/mpi-rank.mjs ...`; bench/mpi-network.mjs starts it, too.
//   sums FLOATS ROUNDS            the ordered sum of the engine and MPI_Allreduce, in turns
//   link FLOATS ROUNDS            latency and rate of the network
//   steps HIDDEN BATCH STEPS MODE a language model of made-up text; MODE: ordered, fast, or a number for --sync-every
// Rank 0 prints one line of JSON; times in milliseconds.

import { random } from "../dist/base/index.js";
import { charTokenizer } from "../dist/data/index.js";
import { flatMemory } from "../dist/engine/onnx/kernel/memory.js";
import { rankSums } from "../dist/engine/onnx/rank-sums.js";
import { languageModel, lstm, nodeEngine, train } from "../dist/index.js";
import { joinRanks } from "../dist/node/mpi/ranks.js";

const [what, ...numbers] = process.argv.slice(2);
/** Of one process; to compare workers in one process with ranks. */
const threads = Number(process.env.THREADS ?? 1);
const shards = Number(process.env.SHARDS ?? 2);
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const fast = await joinRanks({ fast: true });
/** The same ranks with sums in a fixed order. */
const { sum: _, ...ordered } = fast ?? {};
const result = await { sums, steps, link }[what](...numbers);
if (!fast || fast.rank === 0) console.log(JSON.stringify(result));
await fast?.finish();
process.exit();

async function sums(floats, rounds) {
  const size = fast.size * 16 * Math.ceil(Number(floats) / fast.size / 16);
  const memory = flatMemory(2 * size, { shared: true });
  const regions = { names: [], sum: { offset: 0, size }, room: { offset: size, size }, state: { offset: 0, size: 0 } };
  const ways = { ordered: rankSums(ordered, memory, regions), fast: rankSums(fast, memory, regions) };
  const times = { ordered: [], fast: [] };
  for (let round = 0; round < Number(rounds) + 2; round++)
    for (const [name, way] of Object.entries(ways)) {
      memory.floats.fill(fast.rank + 1);
      await fast.agree(0); // all begin together
      const began = performance.now();
      await way.sum(Array(fast.size).fill(true));
      if (round > 1) times[name].push(performance.now() - began); // the first ones touch the memory
    }
  return { ordered: median(times.ordered), fast: median(times.fast), library: fast.title };
}

/** Milliseconds of a message of a few bytes, and bytes per second each way while both send. */
async function link(floats, rounds) {
  const [send, receive] = [new Float32Array(2 * Number(floats)), new Float32Array(2 * Number(floats))];
  const times = { small: [], large: [] };
  for (let round = 0; round < Number(rounds); round++) {
    await fast.agree(0);
    const began = performance.now();
    await fast.agree(0);
    const between = performance.now();
    await fast.exchange(send, receive); // half of it crosses
    times.small.push(between - began);
    times.large.push(performance.now() - between);
  }
  return { latency: median(times.small), bytesPerSecond: (4 * Number(floats)) / (median(times.large) / 1000) };
}

async function steps(hidden, batch, count, mode) {
  const text = madeText(200_000);
  const tokenizer = charTokenizer.fit(text);
  const model = languageModel({ tokenizer, encoder: lstm({ hiddenSize: Number(hidden) }), embeddingSize: 64 });
  const spent = { gather: [], exchange: [], collect: [], sum: [] };
  const ranks = fast && timed(mode === "fast" ? fast : ordered, spent);
  const engine = nodeEngine({ threads, ranks });
  const every = Number(mode);
  const localSteps = every > 0 ? { every, ranks, engine: nodeEngine({ threads: 1 }) } : undefined;
  const warmUp = every > 0 ? 1 : 5; // steps that compile and touch memory for the first time
  const times = [];
  let before;
  for await (const { step } of train(model, text, {
    engine,
    threads,
    steps: Number(count),
    batchSize: Number(batch),
    shards,
    localSteps,
  })) {
    const now = performance.now();
    if (step > warmUp) times.push((now - before) / (every || 1));
    before = now;
  }
  const each = Object.fromEntries(Object.entries(spent).map(([name, times]) => [name, median(times) ?? 0]));
  return { parameters: model.layout.count, step: median(times), tokens: Number(batch) * 64, each, times };
}

/** The same ranks; keeps the milliseconds of their calls, waiting for each other included. */
function timed(ranks, spent) {
  const calls = Object.keys(spent).filter((name) => ranks[name]);
  const clock =
    (name) =>
    async (...args) => {
      const began = performance.now();
      try {
        return await ranks[name](...args);
      } finally {
        spent[name].push(performance.now() - began);
      }
    };
  return { ...ranks, ...Object.fromEntries(calls.map((name) => [name, clock(name)])) };
}

/** Letters at random. */
function madeText(length) {
  const draw = random(1);
  return Array.from({ length }, () => String.fromCharCode(97 + Math.floor(draw.uniform() * 26))).join("");
}
