// The GPU's results against the reference engine, which computes in float64 on the CPU.

import { gradient } from "../../dist/compile/gradient.js";
import { referenceEngine } from "../../dist/engine/index.js";
import { add, crossEntropy, gather, input, matmul, mul, softmax, sum, tanh } from "../../dist/tensor/index.js";
import { adamNumbers, corpus, initialValues, languageModelProgram, layerProgram } from "./program.mjs";

let seed = 1;
export function noise(shape, scale = 1) {
  const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
  for (let i = 0; i < data.length; i++) {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    data[i] = (seed / 2 ** 31 - 1) * scale;
  }
  return { shape, dtype: "float", data };
}

/** Largest |difference| / (largest |expected| + 1e-6) of a result. */
function fault(actual, expected) {
  let [worst, most] = [0, 0];
  for (let i = 0; i < expected.data.length; i++) {
    const difference = Math.abs(actual.data[i] - expected.data[i]);
    worst = Number.isNaN(difference) ? Infinity : Math.max(worst, difference);
    most = Math.max(most, Math.abs(expected.data[i]));
  }
  return worst / (most + 1e-6);
}

function compare(name, actual, expected, bound) {
  const faults = Object.keys(expected).map((key) => [key, fault(actual[key], expected[key])]);
  const [key, worst] = faults.reduce((a, b) => (b[1] > a[1] ? b : a));
  const ok = worst <= bound;
  console.log(`${ok ? "ok  " : "BAD "} ${name}: worst ${worst.toExponential(1)} (${key})`);
  return { name, worst, key, ok };
}

async function both(engine, program, state, feeds) {
  const results = [];
  for (const one of [engine, referenceEngine()]) {
    const session = await one.compile(program);
    if (state) await session.write(state);
    results.push(await session.run(feeds));
    await session.release();
  }
  return results;
}

export async function checkLayers(engine) {
  const rows = [];
  for (const cell of ["lstm", "gru", "own"])
    for (const [hidden, inputSize, batch, time] of [
      [16, 8, 4, 5],
      [33, 7, 3, 4],
      [64, 64, 32, 6],
    ]) {
      const { specs, outputs, forward, state } = layerProgram({ cell, hidden, inputSize });
      const feeds = { x: noise([time, batch, inputSize]), dy: noise([time, batch, hidden]) };
      const program = { outputs: { ...outputs, ...forward }, state };
      const [actual, expected] = await both(engine, program, initialValues(specs), feeds);
      rows.push(compare(`${cell} H ${hidden} D ${inputSize} B ${batch} T ${time}`, actual, expected, 2e-5));
    }
  return rows;
}

export async function checkProducts(engine) {
  const rows = [];
  for (const [m, k, n, transA, transB] of [
    [65, 33, 17, false, false],
    [128, 256, 64, false, true],
    [96, 700, 132, true, false],
    [64, 64, 64, true, true],
  ]) {
    const a = input("a", transA ? [k, m] : [m, k]);
    const b = input("b", transB ? [n, k] : [k, n]);
    const y = matmul(a, b, { transA, transB });
    const c = input("c", [n]);
    const z = tanh(add(y, c));
    const ids = input("ids", [m], { dtype: "int" });
    const loss = sum(mul(crossEntropy(z, ids), 2));
    const [da] = gradient(loss, [a]);
    const program = { outputs: { y, z, loss, da, p: softmax(y), g: gather(z, ids) } };
    const feeds = {
      a: noise(a.shape),
      b: noise(b.shape),
      c: noise([n]),
      ids: { shape: [m], dtype: "int", data: Int32Array.from({ length: m }, (_, i) => (i * 7) % Math.min(m, n)) },
    };
    const [actual, expected] = await both(engine, program, undefined, feeds);
    rows.push(compare(`[${m},${k}] x [${k},${n}]${transA ? " A'" : ""}${transB ? " B'" : ""}`, actual, expected, 2e-5));
  }
  return rows;
}

/** Twelve training steps of small character models: losses and parameters. */
export async function checkModel(engine) {
  const rows = [];
  for (const cell of ["lstm", "gru", "own"]) {
    const { specs, outputs, state } = languageModelProgram({ cell, hidden: 32, vocab: 29 });
    const windows = corpus({ batch: 8, bptt: 12, vocab: 29 });
    const losses = [];
    const final = [];
    for (const one of [engine, referenceEngine()]) {
      const session = await one.compile({ outputs, state });
      await session.write(initialValues(specs));
      const found = [];
      for (let step = 1; step <= 12; step++) {
        const { loss } = await session.run({ ...windows[step % 8], ...adamNumbers(step, 2e-3) }, { want: ["loss"] });
        found.push(loss.data[0]);
      }
      losses.push({ losses: { data: found } });
      final.push(await session.read(specs.map(({ name }) => name)));
      await session.release();
    }
    rows.push(compare(`${cell}: losses of 12 steps`, losses[0], losses[1], 1e-5));
    rows.push(compare(`${cell}: parameters after 12 steps`, final[0], final[1], 1e-3));
  }
  return rows;
}

export async function checkRepeatable(engine) {
  const { specs, outputs, state } = languageModelProgram({ cell: "lstm", hidden: 64 });
  const windows = corpus({ batch: 16, bptt: 16 });
  const runs = [];
  for (let run = 0; run < 2; run++) {
    const session = await engine.compile({ outputs, state });
    await session.write(initialValues(specs));
    for (let step = 1; step <= 20; step++)
      await session.run({ ...windows[step % 8], ...adamNumbers(step, 2e-3) }, { want: [] });
    runs.push(await session.read(specs.map(({ name }) => name)));
    await session.release();
  }
  const same = specs.every(({ name }) => {
    const [a, b] = runs.map((run) => new Uint32Array(run[name].data.buffer));
    return a.every((word, i) => word === b[i]);
  });
  console.log(same ? "ok   20 steps twice: the same bits" : "BAD  20 steps twice: other bits");
  return { same };
}
