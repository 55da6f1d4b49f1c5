// TensorFlow.js 4.22: the character language model, one training step at a time, on its wasm or cpu backend.
//
// As fast as it lets us: sequences are one-hot and the embedding is a product, because the wasm backend has no gradient
// for a gather; Adam, because it has no AdamW; no clipping of the gradient norm, because fit and trainOnBatch have none;
// its GRU is the reset-before one. States are carried from window to window (`stateful`).
//
//   node tfjs.mjs '{"cell":"lstm","hidden":128,"batch":32,"bptt":64,"vocab":65,"embedding":128,"threads":2,"backend":"wasm"}'

import { createRequire } from "node:module";
import { dirname, join, sep } from "node:path";
import { corpus, serve } from "./serve.mjs";

const options = JSON.parse(process.argv[2]);
const { cell, hidden, batch, bptt, vocab, embedding, threads, backend } = options;

const tf = await import("@tensorflow/tfjs-core");
const layers = await import("@tensorflow/tfjs-layers");
if (backend === "wasm") {
  const wasm = await import("@tensorflow/tfjs-backend-wasm");
  const require = createRequire(import.meta.url);
  wasm.setWasmPaths(join(dirname(require.resolve("@tensorflow/tfjs-backend-wasm/package.json")), "dist") + sep);
  if (threads > 1) startThreads(require, wasm);
} else {
  await import("@tensorflow/tfjs-backend-cpu");
}
await tf.setBackend(backend);
await tf.ready();

/**
 * In Node the library turns its own threads off, since its workers start from a Blob's address, which Node's do not take.
 * They work when given the same code as text, and make it the faster, so they get it.
 */
function startThreads(require, wasm) {
  const workerThreads = require("node:worker_threads");
  const main = require.resolve("@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-threaded-simd.js");
  const { wasmWorkerContents } = require(main.replace(/\.js$/, ".worker.js"));
  const code = `URL.createObjectURL = () => ${JSON.stringify(main)}; URL.revokeObjectURL = () => {}; ${wasmWorkerContents.replace(/\n/g, "\\n")}`;
  workerThreads.Worker = class extends workerThreads.Worker {
    constructor(address, settings) {
      if (String(address).startsWith("blob:")) super(code, { ...settings, eval: true });
      else super(address, settings);
    }
  };
  tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", true);
  wasm.setThreadsCount(threads);
}

const recurrent = { rnn: layers.layers.simpleRNN, gru: layers.layers.gru, lstm: layers.layers.lstm }[cell];
const model = layers.sequential({
  layers: [
    layers.layers.dense({ units: embedding, useBias: false, batchInputShape: [batch, bptt, vocab] }),
    recurrent({
      units: hidden,
      returnSequences: true,
      stateful: true,
      recurrentInitializer: "glorotUniform", // its default, orthogonal, takes minutes to draw
      ...(cell === "rnn" ? {} : { recurrentActivation: "sigmoid" }), // the faster, and the textbook one
    }),
    layers.layers.dense({ units: vocab, activation: "softmax" }),
  ],
});
model.compile({ optimizer: tf.train.adam(2e-3), loss: "categoricalCrossentropy" });

const { window } = corpus({ batch, bptt, vocab });
let at = 0;
let loss = Number.NaN;
async function step() {
  const { inputs, targets } = window(at++);
  const [x, y] = tf.tidy(() =>
    [inputs, targets].map((ids) => tf.reshape(tf.oneHot(tf.tensor1d(ids, "int32"), vocab), [batch, bptt, vocab])),
  );
  loss = await model.trainOnBatch(x, y);
  tf.dispose([x, y]);
}

serve({
  name: `TensorFlow.js ${tf.version_core} ${backend}`,
  unitsPerStep: batch * bptt,
  go: async (steps) => {
    for (let i = 0; i < steps; i++) await step();
    return { loss };
  },
});
