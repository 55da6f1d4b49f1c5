// The one file of the bench that touches our library's API. It uses the built package (dist/), as a user would.

/**
 * The character language model that every training measure runs: embedding, one recurrent layer, linear; AdamW,
 * clipping by global norm 1, state carried across windows, the loss read at every step.
 *
 * options: { cell: "lstm" | "gru" | "rnn", hidden, batch, bptt, vocab, embedding, threads,
 *            own: the LSTM typed out with cell({...}) in place of the built-in,
 *            backend: "node" (onnxruntime-node) or "web" (onnxruntime-web, wasm) }
 * Returns { name, step(n): Promise<number> }: runs n steps and gives the last loss.
 */
export async function makeOurs(_options) {
  throw new Error("not built yet");
}

/** Draws characters one at a time, batch 1: { name, sample(n): Promise<string> }. */
export async function makeSampler(_options) {
  throw new Error("not built yet");
}
