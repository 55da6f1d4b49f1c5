// brain.js 1.6: its character LSTM, one example of `bptt` characters a step: it has no batches, no embedding and no
// truncation with carried state. Time is given in characters trained on.
//
//   node brain.mjs '{"cell":"lstm","hidden":128,"bptt":64,"vocab":65}'

import { createRequire } from "node:module";
import { corpus, serve } from "./serve.mjs";

const require = createRequire(import.meta.url);
const { recurrent } = require("brain.js");
const { version } = require("brain.js/package.json");
const { cell, hidden, bptt, vocab } = JSON.parse(process.argv[2]);

const symbols = Array.from({ length: vocab }, (_, i) => String.fromCharCode(0x4e00 + i));
const { window } = corpus({ batch: 1, bptt, vocab });
const text = (index) => Array.from(window(index).inputs, (id) => symbols[id]).join("");

const network = new recurrent[cell.toUpperCase()]({ hiddenLayers: [hidden] });
// One iteration over all symbols builds the vocabulary and the network; after it, train one pattern at a time.
network.train([symbols.join("")], { iterations: 1 });

let at = 0;
serve({
  name: `brain.js ${version}`,
  unitsPerStep: bptt,
  go: async (steps) => {
    let loss = Number.NaN;
    for (let i = 0; i < steps; i++) loss = network.trainPattern(network.formatDataIn(text(at++)), 0.01);
    return { loss };
  },
});
