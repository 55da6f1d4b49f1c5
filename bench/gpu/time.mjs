// Time on the GPU: many runs without reading anything back, then one wait.

import { availableParallelism } from "node:os";
import { input, matmul } from "../../dist/tensor/index.js";
import { median } from "../interleave.mjs";
import { makeOurs } from "../ours.mjs";
import { noise } from "./check.mjs";
import { adamNumbers, corpus, initialValues, languageModelProgram, layerProgram } from "./program.mjs";

/** Milliseconds a run: the best of some rounds, each long enough to time. */
async function timed(run, wait, { rounds = 3, milliseconds = 120 } = {}) {
  await run();
  await wait();
  let start = performance.now();
  for (let i = 0; i < 3; i++) await run();
  await wait();
  const estimate = (performance.now() - start) / 3;
  const runs = Math.max(3, Math.min(400, Math.ceil(milliseconds / estimate)));
  let best = Infinity;
  for (let round = 0; round < rounds; round++) {
    start = performance.now();
    for (let i = 0; i < runs; i++) await run();
    await wait();
    best = Math.min(best, (performance.now() - start) / runs);
  }
  return best;
}

const waiter = (engine) => () => engine.device.device.queue.onSubmittedWorkDone();
const row = (values) => {
  console.log(
    Object.entries(values)
      .map(([key, value]) => `${key} ${typeof value === "number" ? Number(value.toPrecision(4)) : value}`)
      .join("  "),
  );
  return values;
};

async function layerSession(engine, cell, { hidden, batch, bptt }, forwardOnly) {
  const { specs, outputs, forward, state } = layerProgram({ cell, hidden });
  const feeds = { x: noise([bptt, batch, hidden]), dy: noise([bptt, batch, hidden], 0.1) };
  // Results are kept as state, so that nothing is read back and nothing is left out.
  const results = forwardOnly ? forward : outputs;
  const kept = Object.fromEntries(Object.entries(results).map(([name, next]) => [`out.${name}`, { next }]));
  const session = await engine.compile({ outputs: {}, state: { ...state, ...kept } });
  await session.write(initialValues(specs));
  return { session, run: () => session.run(forwardOnly ? { x: feeds.x } : feeds, { want: [] }) };
}

async function timeLayer(engine, cell, size, forwardOnly, options) {
  const { session, run } = await layerSession(engine, cell, size, forwardOnly);
  const ms = await timed(run, waiter(engine), options);
  const [built] = await session.kernels();
  await session.release();
  return { ms, built };
}

export async function layerTimes(engine, cell, sizes) {
  const rows = [];
  for (const size of sizes) {
    const forward = await timeLayer(engine, cell, size, true);
    const both = await timeLayer(engine, cell, size, false);
    rows.push(
      row({
        cell,
        H: size.hidden,
        B: size.batch,
        T: size.bptt,
        "forward ms": forward.ms,
        "us a step": (forward.ms / size.bptt) * 1000,
        "forward+backward ms": both.ms,
      }),
    );
  }
  return rows;
}

export async function modelTimes(engine, cell, sizes) {
  const rows = [];
  for (const { hidden, batch, bptt } of sizes) {
    const { specs, outputs, state } = languageModelProgram({ cell, hidden });
    const session = await engine.compile({ outputs, state });
    const windows = corpus({ batch, bptt });
    await session.write(initialValues(specs));
    const first = performance.now();
    await session.run({ ...windows[0], ...adamNumbers(1, 2e-3) }, { want: ["loss"] });
    const compiled = performance.now() - first;
    let step = 1;
    let recording = 0;
    let runs = 0;
    const ms = await timed(async () => {
      step++;
      const want = step % 50 === 0 ? ["loss"] : [];
      const start = performance.now();
      const done = session.run({ ...windows[step % 8], ...adamNumbers(step, 2e-3) }, { want });
      recording += performance.now() - start;
      runs++;
      await done;
    }, waiter(engine));
    const { loss } = await session.run({ ...windows[0], ...adamNumbers(step + 1, 2e-3) }, { want: ["loss"] });
    rows.push(
      row({
        cell,
        H: hidden,
        B: batch,
        T: bptt,
        "ms a step": ms,
        "tokens/s": (batch * bptt * 1000) / ms,
        "JavaScript ms": recording / runs,
        "first step ms": compiled,
        steps: step,
        loss: loss.data[0],
      }),
    );
    await session.release();
  }
  return rows;
}

export async function dispatchCost(engine, size) {
  const { session, run } = await layerSession(engine, "lstm", size, false);
  await run();
  const count = session.dispatchCount();
  let recording = 0;
  const runs = 20;
  for (let i = 0; i < runs; i++) {
    const start = performance.now();
    const done = run();
    recording += performance.now() - start;
    await done;
  }
  await waiter(engine)();
  await session.release();
  return row({ dispatches: count, "JavaScript us a dispatch": ((recording / runs) * 1000) / count });
}

export async function productTimes(engine, lengths) {
  const rows = [];
  for (const size of lengths) {
    const [a, b] = [input("a", [size, size]), input("b", [size, size])];
    const session = await engine.compile({ outputs: {}, state: { a: {}, b: {}, c: { next: matmul(a, b) } } });
    await session.write({ a: noise([size, size]), b: noise([size, size]) });
    const ms = await timed(() => session.run({}, { want: [] }), waiter(engine), { milliseconds: 60 });
    await session.release();
    rows.push(row({ size, "TFLOP/s": (2 * size ** 3) / ms / 1e9 }));
  }
  return rows;
}

/** The same models on the CPU engine, with as many threads as the machine has cores: the median of five rounds of a second or more. */
export async function cpuTimes(cell, sizes) {
  const rows = [];
  const threads = availableParallelism();
  for (const { hidden, batch, bptt } of sizes) {
    const ours = await makeOurs({ cell, hidden, batch, bptt, vocab: 65, embedding: hidden, threads });
    await ours.step(3);
    const rounds = [];
    for (let round = 0; round < 5; round++) {
      const start = performance.now();
      let steps = 0;
      for (; performance.now() - start < 1000; steps++) await ours.step(1);
      rounds.push((performance.now() - start) / steps);
    }
    const ms = median(rounds);
    rows.push(
      row({ cell, H: hidden, B: batch, T: bptt, threads, "ms a step": ms, "tokens/s": (batch * bptt * 1000) / ms }),
    );
  }
  return rows;
}
