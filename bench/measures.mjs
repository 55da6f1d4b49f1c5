// The measures, by name: what runs on each side, and what the numbers mean. Adding one is adding a row.

import { memory } from "./measure-memory.mjs";
import { nanogpt, shakespeare } from "./measure-shakespeare.mjs";
import { speed } from "./measure-speed.mjs";
import { taggerSpeed } from "./measure-tagger.mjs";
import { bytesInNode, firstPrediction, inChromium, inNode } from "./runtime.mjs";
import { translatorSpeed } from "./translator.mjs";

/** A character model of a small corpus: 65 characters, windows of 64, batches of 32. */
const languageModel = { batch: 32, bptt: 64, vocab: 65, embedding: 128, threads: 2 };

const torch = (options) => ({ kind: "python", script: "torch_lm.py", options });
const ours = (options) => ({ kind: "node", script: "ours.mjs", options });
const tensorflow = (options) => ({ kind: "node", script: "tfjs.mjs", options });
const brain = (options) => ({ kind: "node", script: "brain.mjs", options });

const cells = ["lstm", "gru", "rnn"];
const sizes = [128, 256, 512];
const rows = [];

for (const cell of cells) {
  for (const hidden of sizes) {
    const options = { task: "train", cell, hidden, ...languageModel };
    rows.push({
      name: `train-${cell}-${hidden}`,
      about: `training a character model end to end, ${cell.toUpperCase()} of ${hidden}, against PyTorch's nn.${cell.toUpperCase()}`,
      unit: "tokens/s",
      must: cell !== "lstm" ? 2.1 : hidden === 128 ? 1.29 : 1.26,
      aim: cell === "lstm" ? 1.5 : 2.5,
      run: speed(ours(options), torch(options)),
    });
  }
}
for (const cell of cells) {
  for (const hidden of sizes) {
    const options = { task: "train", cell, hidden, ...languageModel };
    rows.push({
      name: `tfjs-${cell}-${hidden}`,
      about: `the same training, ${cell.toUpperCase()} of ${hidden}, against TensorFlow.js wasm on two threads`,
      unit: "tokens/s",
      must: 30,
      aim: 60,
      run: speed(ours(options), tensorflow({ ...options, backend: "wasm" })),
    });
  }
}

/** Parts of speech: words of 64, 32 characters' units from either end, 128 units from either end of the sentence. */
const tagger = {
  sentences: 6400,
  batch: 32,
  embedding: 64,
  hidden: 128,
  characterEmbedding: 24,
  characterHidden: 32,
  dropout: 0.3,
  threads: 2,
};
const small = { task: "train", cell: "lstm", hidden: 128, ...languageModel };
const middle = { ...small, hidden: 256 };
const large = { ...small, hidden: 512 };
rows.push(
  {
    name: "tfjs-cpu",
    about: "the same training, LSTM of 128, against TensorFlow.js's plain JavaScript backend",
    unit: "tokens/s",
    run: speed(ours(small), tensorflow({ ...small, backend: "cpu" })),
  },
  {
    name: "train-translator",
    about: "training a translator of multi30k's size, GRUs of 256 and 384 with attention, against PyTorch, packed",
    unit: "sentences/s",
    must: 1.3,
    aim: 3,
    run: translatorSpeed({
      pairs: 3840,
      vocab: 4096,
      embedding: 256,
      hidden: 256,
      decoder: 384,
      dropout: 0.3,
      smoothing: 0.1,
      batch: 64,
      threads: 2,
    }),
  },
  {
    name: "own-cell",
    about: "an LSTM of 256 typed out by the user as a cell({...}) against the built-in one",
    unit: "tokens/s",
    must: 0.9,
    aim: 1.0,
    run: speed(ours({ ...middle, own: "gates" }), ours(middle)),
  },
  {
    name: "own-cell-lecture",
    about: "the same, written with a weight matrix for each gate, as on the slide",
    unit: "tokens/s",
    must: 0.9,
    aim: 1.0,
    run: speed(ours({ ...middle, own: "lecture" }), ours(middle)),
  },
  {
    name: "web-lstm",
    about: "training, LSTM of 128, in onnxruntime-web (wasm, one thread) against TensorFlow.js wasm on two",
    unit: "tokens/s",
    must: 8,
    aim: 15,
    run: speed(ours({ ...small, threads: 1, backend: "web" }), tensorflow({ ...small, backend: "wasm" })),
  },
  {
    name: "sample-512",
    about: "drawing characters one at a time, LSTM of 512, against a loop of nn.LSTM and multinomial",
    unit: "characters/s",
    must: 3,
    aim: 10,
    run: speed(ours({ ...large, task: "sample" }), torch({ ...large, task: "sample" })),
  },
  ...[128, 512].map((hidden) => ({
    name: `memory-${hidden}`,
    about: `peak resident memory of a process that trains the LSTM of ${hidden}, against PyTorch (less is better)`,
    unit: "MiB",
    must: 1.0,
    aim: 0.5,
    lessIsBetter: true,
    run: memory(ours({ ...small, hidden }), torch({ ...small, hidden })),
  })),
  ...sizes.map((hidden) => ({
    name: `evaluate-lstm-${hidden}`,
    about: `evaluating the LSTM of ${hidden} on 111,540 characters (a tenth of tinyshakespeare's number), against training it`,
    unit: "tokens/s",
    must: 2.5,
    aim: 3,
    run: speed(ours({ ...small, hidden, task: "evaluate" }), ours({ ...small, hidden })),
  })),
  ...["independent", "crf"].map((decoder) => ({
    name: decoder === "crf" ? "tagger-crf" : "tagger",
    about: `training a tagger with characters and ${decoder === "crf" ? "a CRF" : "a softmax"} against PyTorch with packed sequences (CORPORA=folder)`,
    unit: "sentences/s",
    must: 1.5,
    aim: 3,
    run: taggerSpeed({ decoder, ...tagger }),
  })),
  {
    name: "brain",
    about: "training, LSTM of 128, against brain.js (one example at a time is all it has)",
    unit: "tokens/s",
    run: speed(ours(small), brain(small)),
  },
  {
    name: "nanogpt",
    about: "nanoGPT's CPU recipe for Shakespeare's characters: its wall time and loss (NANOGPT=checkout, DATA=text)",
    unit: "s",
    run: nanogpt,
  },
  {
    name: "shakespeare",
    about: "validation loss of `unrolled train` in nanoGPT's time, or SECONDS, against nanoGPT's (DATA=text)",
    unit: "nats/character",
    must: 1.52,
    aim: 1.4697,
    lessIsBetter: true,
    run: shakespeare,
  },
);

rows.push(
  {
    name: "runtime-node",
    about: "characters of an LSTM of 256 by the exported JavaScript module, in Node, against onnxruntime-web",
    unit: "characters/s",
    must: 1,
    aim: 3,
    run: inNode({ hidden: 256 }),
  },
  {
    name: "runtime-chromium",
    about: "the same in Chromium",
    unit: "characters/s",
    must: 1,
    aim: 3,
    run: inChromium({ hidden: 256 }),
  },
  {
    name: "runtime-int8",
    about: "characters of an LSTM of 256 by the exported module with weights of int8, in Node, against weights of f32",
    unit: "characters/s",
    must: 1,
    aim: 1.2,
    run: bytesInNode({ hidden: 256 }),
  },
  {
    name: "runtime-int8-512",
    about: "the same with an LSTM of 512",
    unit: "characters/s",
    must: 1,
    aim: 1.5,
    run: bytesInNode({ hidden: 512 }),
  },
  {
    name: "runtime-first",
    about: "a page's first byte to the first prediction of a classifier of 300 KB, in a browser that has just started",
    unit: "ms",
    must: 3,
    aim: 10,
    run: firstPrediction(),
  },
);

export const measures = rows;
