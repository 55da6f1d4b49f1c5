// The one file of the bench that touches our library's API. It uses the built package (dist/), as a user would.

import { corpus } from "./peers/serve.mjs";

const built = new URL("../dist/", import.meta.url);
const load = async (entry) => {
  try {
    return await import(new URL(entry, built));
  } catch (error) {
    throw new Error(
      `unrolled: ${error.code === "ERR_MODULE_NOT_FOUND" ? "not built yet (npm run build)" : error.message}`,
    );
  }
};

/**
 * The character language model that every training measure runs: embedding, one recurrent layer, linear; AdamW,
 * clipping by global norm 1, state carried across windows, the loss read at every step.
 *
 * options: { cell: "lstm" | "gru" | "rnn", hidden, batch, bptt, vocab, embedding, threads,
 *            own: the LSTM typed out with cell({...}) in place of the built-in: "gates" has one product for the four
 *                 gates, "lecture" a weight matrix for each,
 *            backend: "node" (onnxruntime-node) or "web" (onnxruntime-web, wasm) }
 * Returns { name, step(n): Promise<number> }: runs n steps and gives the last loss.
 */
export async function makeOurs(options) {
  const { batch, bptt, vocab, threads, backend = "node" } = options;
  const library = await load("index.js");
  const { adamW, nodeEngine, train } = library;
  const engine = backend === "web" ? (await load("web/index.js")).webEngine({ threads }) : nodeEngine({ threads });
  const { ids } = corpus({ batch, bptt, vocab });
  const run = train(await modelOf(library, options), ids, {
    optimizer: adamW({ learningRate: 2e-3 }),
    batchSize: batch,
    bptt,
    clipNorm: 1,
    steps: 1e9, // until the bench has seen enough
    engine,
    threads,
  });
  return {
    name: `unrolled on ${engine.name}`,
    async step(n) {
      let loss = Number.NaN;
      for (let i = 0; i < n; i++) loss = (await run.next()).value.loss;
      return loss;
    },
  };
}

/** Tokens per second of {@link timeStep}. */
export const timeSplit = async (options, split, seconds) => {
  const { ms } = await timeStep(options, split, seconds);
  return (1000 * options.batch * options.bptt) / ms;
};

/**
 * Trains the same model for some seconds with a given split: { shards, workers, threads in all } (what is absent, the
 * library chooses), `spin: false` for threads that sleep while they wait. Returns the median milliseconds of a step, and
 * how many of them are before the first shard began or after the last one ended.
 */
export async function timeStep(options, { shards, workers, threads, spin = true }, seconds) {
  const library = await load("index.js");
  const { onnxruntimeEngine } = await load("engine/onnx/engine.js");
  const { startShardWorker } = await load("node/shard-workers.js");
  const ort = await import("onnxruntime-node");
  const extra = spin ? {} : { extra: { session: { intra_op: { allow_spinning: "0" } } } };
  const session = { graphOptimizationLevel: "basic", logSeverityLevel: 3, ...extra };
  let [first, last] = [0, 0];
  /** Notes when a shard begins and ends. */
  const noted =
    (run) =>
    async (...given) => {
      first ||= performance.now();
      const results = await run(...given);
      last = performance.now();
      return results;
    };
  const runtime = {
    Tensor: ort.Tensor,
    InferenceSession: {
      async create(...given) {
        const handle = await ort.InferenceSession.create(...given);
        return { run: noted((...feeds) => handle.run(...feeds)), release: () => handle.release() };
      },
    },
  };
  const startWorker = async (start) => {
    const worker = await startShardWorker(start);
    return { ...worker, run: noted((job) => worker.run(job)) };
  };
  const engine = onnxruntimeEngine("onnxruntime-node", runtime, {
    session,
    cores: threads,
    startWorker,
  });
  const { batch, bptt, vocab } = options;
  const run = library.train(await modelOf(library, options), corpus({ batch, bptt, vocab }).ids, {
    optimizer: library.adamW({ learningRate: 2e-3 }),
    batchSize: batch,
    bptt,
    clipNorm: 1,
    steps: 1e9,
    engine,
    threads,
    ...(shards ? { shards } : {}),
    ...(workers ? { workers } : {}),
  });
  try {
    for (let i = 0; i < 3; i++) await run.next();
    const steps = [];
    const end = performance.now() + 1000 * seconds;
    for (let at = performance.now(); at < end || steps.length < 3; ) {
      first = 0;
      await run.next();
      const now = performance.now();
      steps.push({ ms: now - at, outside: first - at + now - last });
      at = now;
    }
    steps.sort((a, b) => a.ms - b.ms);
    const outside = steps.map((step) => step.outside).sort((a, b) => a - b);
    return { ms: steps[steps.length >> 1].ms, outside: outside[outside.length >> 1] };
  } finally {
    await run.return();
  }
}

/** Evaluates the same model on a held-out text, as `evaluate` does, compiled once: { name, tokens, evaluate(): nats }. */
export async function makeEvaluation(options) {
  const library = await load("index.js");
  const [{ evaluationRunner }, { score }, { shardsFor }] = await Promise.all(
    ["runner", "evaluate", "shards"].map((file) => load(`train/${file}.js`)),
  );
  const { vocab, threads, batch } = options;
  const model = await modelOf(library, options);
  const tokens = 111_540;
  const { ids } = corpus({ batch: 1, bptt: 64, vocab });
  const source = model.evaluationBatches(ids.subarray(0, tokens), {});
  const engine = library.nodeEngine({ threads });
  const shards = shardsFor({ rows: batch, threads, recurrent: 4 * options.hidden ** 2 });
  const runner = await evaluationRunner(model, source.kind, shards, engine, { threads });
  return {
    name: `unrolled on ${engine.name}`,
    tokens: tokens - 1,
    evaluate: async () => (await score(runner, source)).nats,
  };
}

/** Draws characters one at a time, batch 1: { name, sample(n): Promise<string> }. */
export async function makeSampler(options) {
  const library = await load("index.js");
  const { generate, nodeEngine } = library;
  const engine = nodeEngine({ threads: options.threads });
  const pieces = generate(await modelOf(library, options), { maxTokens: 1e9, engine });
  return {
    name: `unrolled on ${engine.name}`,
    async sample(n) {
      let text = "";
      for (let i = 0; i < n; i++) text += (await pieces.next()).value;
      return text;
    },
  };
}

async function modelOf({ charTokenizer, languageModel, lstm, gru, rnn, recurrent, cell: define }, options) {
  const { cell, hidden: hiddenSize, vocab, embedding: embeddingSize, own } = options;
  const characters = Array.from({ length: vocab }, (_, i) => String.fromCodePoint(0x4e00 + i)).join("");
  const encoder = own
    ? recurrent(await { gates: lstmOfGates, lecture: lstmOfTheLecture }[own](define), { hiddenSize })
    : { lstm, gru, rnn }[cell]({ hiddenSize });
  return languageModel({ tokenizer: charTokenizer.fit(characters), encoder, embeddingSize });
}

/** The equations with one product for the four gates, as PyTorch's documentation stacks them. */
async function lstmOfGates(cell) {
  const { add, linear, mul, sigmoid, split, tanh } = await load("tensor/index.js");
  return cell({
    name: "lstmOfGates",
    parameters: ({ inputSize: D, hiddenSize: H }) => ({ Wx: [4 * H, D], Wh: [4 * H, H], b: [4 * H] }),
    state: ["h", "c"],
    step: ({ Wx, Wh, b }, x, { h, c }) => {
      const [i, f, g, o] = split(add(linear(x, Wx, b), linear(h, Wh)), 4);
      const memory = add(mul(sigmoid(f), c), mul(sigmoid(i), tanh(g)));
      const output = mul(sigmoid(o), tanh(memory));
      return { output, state: { h: output, c: memory } };
    },
  });
}

/** The equations as the lecture writes them: each gate has matrices of its own, for the state and for the input. */
async function lstmOfTheLecture(cell) {
  const { add, linear, mul, sigmoid, tanh } = await load("tensor/index.js");
  const gates = ["u", "f", "c", "o"]; // update, forget, candidate, output
  return cell({
    name: "lstmOfTheLecture",
    parameters: ({ inputSize: D, hiddenSize: H }) =>
      Object.fromEntries(
        gates.flatMap((g) => [
          [`W${g}a`, [H, H]],
          [`W${g}x`, [H, D]],
          [`b${g}`, [H]],
        ]),
      ),
    state: ["a", "c"],
    step: (p, x, { a, c }) => {
      const update = sigmoid(add(linear(a, p.Wua), linear(x, p.Wux), p.bu));
      const forget = sigmoid(add(linear(a, p.Wfa), linear(x, p.Wfx), p.bf));
      const candidate = tanh(add(linear(a, p.Wca), linear(x, p.Wcx), p.bc));
      const gate = sigmoid(add(linear(a, p.Woa), linear(x, p.Wox), p.bo));
      const memory = add(mul(update, candidate), mul(forget, c)); // c<t> = u * c~<t> + f * c<t-1>
      const output = mul(gate, tanh(memory)); // a<t> = o * tanh c<t>
      return { output, state: { a: output, c: memory } };
    },
  });
}

/** The sentences that the tagger's measure trains on, and the tagger. */
async function taggerOf(library, options) {
  const { bidirectional, crf, independent, lstm, readConllu, readText, tagger, taggerVocabulary } = library;
  const { sentences } = readConllu(await readText(options.source), { source: options.source });
  const data = sentences.slice(0, options.sentences);
  const vocabulary = taggerVocabulary(data);
  const { hidden: hiddenSize, dropout, embedding: embeddingSize } = options;
  const model = tagger({
    vocabulary,
    encoder: bidirectional(lstm({ hiddenSize, dropout })),
    decoder: options.decoder === "crf" ? crf() : independent(),
    embeddingSize,
    characters: { embeddingSize: options.characterEmbedding, hiddenSize: options.characterHidden },
    dropout,
  });
  return { data, model };
}

/** Trains a tagger end to end: { name, step(n) }. */
export async function makeTagger(options) {
  const library = await load("index.js");
  const { data, model } = await taggerOf(library, options);
  const engine = library.nodeEngine({ threads: options.threads });
  const run = library.train(model, data, {
    optimizer: library.adamW({ learningRate: 5e-3 }),
    batchSize: options.batch,
    clipNorm: 1,
    steps: 1e9,
    engine,
    threads: options.threads,
  });
  return {
    name: `unrolled on ${engine.name}`,
    async step(n) {
      let loss = Number.NaN;
      for (let i = 0; i < n; i++) loss = (await run.next()).value.loss;
      return loss;
    },
  };
}

/** The batches of its first epoch, as ids, for the peer. */
export async function taggerBatches(options) {
  const { data, model } = await taggerOf(await load("index.js"), options);
  const { words, parts, tags } = model.vocabulary;
  const source = model.batches(data, { batchSize: options.batch, bptt: 1, seed: 1337 });
  const batches = [];
  let cursor = source.start;
  while (cursor.epoch === 0) {
    const { feeds, rows, next } = source.at(cursor);
    const T = feeds.words.shape[1];
    const spelling = (place) => {
      const list = feeds.long.data[place];
      const form = feeds[`forms${list}`].data[place];
      const { data: all, shape } = feeds[`characters${list}`];
      return Array.from(all.subarray(form * shape[1], form * shape[1] + feeds[`characterCounts${list}`].data[form]));
    };
    const each = (read) =>
      Array.from({ length: rows }, (_, b) => Array.from({ length: feeds.lengths.data[b] }, (_, t) => read(b * T + t)));
    batches.push({
      words: each((place) => feeds.words.data[place]),
      tags: each((place) => feeds.tags.data[place]),
      characters: each((place) => spelling(place)),
    });
    cursor = next;
  }
  return { batches, words: words.size, characters: parts.size, tags: tags.length };
}
