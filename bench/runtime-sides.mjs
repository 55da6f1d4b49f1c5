// What each side of the runtime measures does, in Node and in a page alike.

/** Our module: characters by the model's own loop, the likeliest one at each step. */
export async function ours({ load }, weights) {
  const model = await load(weights);
  return { engine: model.engine, write: async (n) => model.write({ temperature: 0, maxTokens: n }).length };
}

/** onnxruntime-web, one thread: the same loop over a session with the states fed back; the likeliest id by a plain loop. */
export async function onnx(ort, bytes, { id, shape, states, size }) {
  ort.env.wasm.numThreads = 1;
  const session = await ort.InferenceSession.create(bytes, { executionProviders: ["wasm"] });
  const zeros = () =>
    Object.fromEntries(
      Object.entries(states).map(([name, width]) => [
        `state.${name}`,
        new ort.Tensor("float32", new Float32Array(width), [1, width]),
      ]),
    );
  return {
    async write(n) {
      let state = zeros();
      let token = 0;
      for (let i = 0; i < n; i++) {
        const results = await session.run({ [id]: new ort.Tensor("int32", Int32Array.of(token), shape), ...state });
        const logits = results.logits.data;
        token = 0;
        for (let k = 1; k < size; k++) if (logits[k] > logits[token]) token = k;
        state = Object.fromEntries(Object.keys(states).map((name) => [`state.${name}`, results[`next.${name}`]]));
      }
      return n;
    },
  };
}

/** Characters a second of each side, in turns: medians of `rounds` runs of `n`, after one that is not counted. */
export async function rates(sides, n, rounds) {
  const all = sides.map(() => []);
  for (let round = 0; round <= rounds; round++)
    for (const [i, { write }] of sides.entries()) {
      const start = performance.now();
      await write(n);
      if (round > 0) all[i].push((1000 * n) / (performance.now() - start));
    }
  return all.map((list) => list.sort((a, b) => a - b)[rounds >> 1]);
}
