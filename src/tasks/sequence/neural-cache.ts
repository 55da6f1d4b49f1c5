// The neural cache (Grave, Joulin & Usunier, 2017): words that followed similar states a short while ago are more likely now.
// It needs no training: the states that a language model has while it reads a text are compared with each other.
//
// After h<1> .. h<t>, a word w has the probability
//     (1 - lambda) p(w) + lambda * sum over i < t, x<i+1> = w, of exp(theta h<t> h<i>) / sum over i < t of exp(theta h<t> h<i>)
// where i goes over the last `window` states. Before there is a state in the cache, it is p(w) alone.
import { checkNumber } from "../../base/index.ts";
import { idsOf, type LanguageModelData } from "../../data/batches/text.ts";
import { floats, ints } from "../../engine/values.ts";
import { type CompileWith, compileModel } from "../../networks/model.ts";
import { parameterInputs } from "../../nn/index.ts";
import { concat, input, linear, logSoftmax, pick, reshape, slice } from "../../tensor/index.ts";
import { type LossUnits, lossUnits } from "../../train/index.ts";
import type { LanguageModel } from "./language-model.ts";

export interface CacheOptions extends CompileWith {
  /** Sharpness of the comparison; 0.3 by default. It depends on the size of a model's states: {@link chooseCache}. */
  theta?: number;
  /** Share of the cache in the probabilities; 0.1 by default, 0 for none. */
  lambda?: number;
  /** States that are kept; 2,000 by default, as in the paper for WikiText-2. */
  window?: number;
  signal?: AbortSignal;
  /** Called with the number of tokens scored so far. */
  onProgress?: (tokens: number) => void;
}

export interface CacheEvaluation extends LossUnits {
  /** Places that were scored: all but the first. */
  tokens: number;
  theta: number;
  lambda: number;
  window: number;
  /** Perplexity without the cache. */
  plainPerplexity: number;
}

/** Tokens in a run. */
const chunk = 128;

/**
 * Scores a stream with a cache of the words that it has read. The text is read once, from its beginning to its end.
 *
 * @throws UnrolledError where theta, lambda or the window is out of range, or the text has fewer than two tokens
 *
 * @example
 * ```ts
 * const { theta, lambda } = await chooseCache(model, data.valid);
 * const { perplexity } = await evaluateCache(model, data.test, { theta, lambda });
 * ```
 */
export async function evaluateCache(
  model: LanguageModel,
  data: LanguageModelData,
  { theta = 0.3, lambda = 0.1, window = 2000, ...options }: CacheOptions = {},
): Promise<CacheEvaluation> {
  checkNumber("evaluateCache(lambda)", lambda, { min: 0, max: 1 });
  const read = await readWithCache(model, data, [theta], window, options);
  return found(read, 0, { theta, lambda, window });
}

export interface ChooseCacheOptions extends Omit<CacheOptions, "theta" | "lambda"> {
  /** By default 0.02 to 2. */
  thetas?: readonly number[];
  /** By default 0.02 to 0.5. */
  lambdas?: readonly number[];
}

/** The theta and lambda with the lowest perplexity on validation data, which is read once for all of them. */
export async function chooseCache(
  model: LanguageModel,
  data: LanguageModelData,
  {
    thetas = [0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2],
    lambdas = [0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5],
    window = 2000,
    ...options
  }: ChooseCacheOptions = {},
): Promise<CacheEvaluation> {
  const read = await readWithCache(model, data, thetas, window, options);
  const tried = thetas.flatMap((theta, i) => lambdas.map((lambda) => found(read, i, { theta, lambda, window })));
  return tried.reduce((best, one) => (one.nats < best.nats ? one : best));
}

/** Of each token after the first: its probability by the model, and by the cache for each theta; NaN where the cache is empty. */
interface Read {
  readonly model: Float64Array;
  readonly cache: readonly Float64Array[];
}

function found({ model, cache }: Read, i: number, numbers: { theta: number; lambda: number; window: number }) {
  const { lambda } = numbers;
  let [total, plain] = [0, 0];
  for (let t = 0; t < model.length; t++) {
    const [p, q] = [model[t]!, cache[i]![t]!];
    plain -= Math.log(p);
    total -= Math.log(Number.isNaN(q) ? p : (1 - lambda) * p + lambda * q);
  }
  const tokens = model.length;
  return { ...lossUnits(total / tokens), tokens, ...numbers, plainPerplexity: Math.exp(plain / tokens) };
}

async function readWithCache(
  model: LanguageModel,
  data: LanguageModelData,
  thetas: readonly number[],
  window: number,
  { signal, onProgress, ...compileWith }: Omit<CacheOptions, "theta" | "lambda">,
): Promise<Read> {
  for (const theta of thetas) checkNumber("neural cache: theta", theta, { min: 0 });
  checkNumber("neural cache: window", window, { min: 1, integer: true });
  const ids = idsOf(model.tokenizer, data);
  checkNumber("neural cache: tokens", ids.length, { min: 2 });
  const session = await compileReader(model, window, compileWith);
  const count = ids.length - 1;
  const read = { model: new Float64Array(count), cache: thetas.map(() => new Float64Array(count)) };
  try {
    for (let from = 0; from < count; from += chunk) {
      signal?.throwIfAborted();
      const T = Math.min(chunk, count - from);
      const place = (offset: number) => {
        const row = new Int32Array(chunk); // padded at the end of the text
        row.set(ids.subarray(from + offset, from + offset + T));
        return ints(row, 1, chunk);
      };
      const { scores, products } = await session.run({ inputs: place(0), targets: place(1) });
      for (let t = 0; t < T; t++) {
        read.model[from + t] = Math.exp(scores!.data[t]!);
        // Column j of the products is the state at place from - window + j, which word j + 1 followed.
        const row = products!.data.subarray(t * (window + chunk) + t, t * (window + chunk) + t + window);
        const first = Math.max(0, window - (from + t)); // columns before are empty
        const words = ids.subarray(from + t - window + first + 1, from + t + 1);
        const target = ids[from + t + 1]!;
        for (const [i, theta] of thetas.entries())
          read.cache[i]![from + t] = fromCache(row.subarray(first), words, target, theta);
      }
      onProgress?.(from + T);
    }
  } finally {
    await session.release();
  }
  return read;
}

/** The cache's probability of a word; NaN where the cache is empty. */
function fromCache(products: ArrayLike<number>, words: ArrayLike<number>, target: number, theta: number): number {
  let top = -Infinity;
  for (let i = 0; i < products.length; i++) top = Math.max(top, products[i]!);
  let [own, all] = [0, 0];
  for (let i = 0; i < products.length; i++) {
    const weight = Math.exp(theta * (products[i]! - top));
    all += weight;
    if (words[i] === target) own += weight;
  }
  return own / all;
}

/** A session that reads a chunk of tokens and keeps the recurrent states, and the last `window` outputs of the encoder. */
async function compileReader(model: LanguageModel, window: number, compileWith: CompileWith) {
  const states = Object.entries(model.state).map(
    ([name, shape]) => [name, input(`state.${name}`, [1, ...shape])] as const,
  );
  const options = { state: Object.fromEntries(states) };
  const ids = input("inputs", [1, chunk], { dtype: "int" });
  const { logits, final, states: outputs } = model.apply(parameterInputs(model.specs), ids, options);
  const width = outputs.shape[2] as number;
  const own = reshape(outputs, [chunk, width]);
  const before = input("state.cache", [window, width]);
  const all = concat([before, own], 0); // [window + chunk, H]
  const session = await compileModel(
    model,
    {
      outputs: {
        scores: pick(logSoftmax(logits), input("targets", [1, chunk], { dtype: "int" })),
        products: linear(own, all), // [chunk, window + chunk]
      },
      state: {
        ...Object.fromEntries(states.map(([name]) => [`state.${name}`, { next: final[name]! }])),
        "state.cache": { next: slice(all, 0, chunk, chunk + window) },
      },
    },
    { ...compileWith, where: "neural cache" },
  );
  const zeros = (...shape: number[]) => floats(new Float32Array(shape.reduce((a, b) => a * b, 1)), ...shape);
  await session.write({
    ...Object.fromEntries(Object.entries(model.state).map(([name, shape]) => [`state.${name}`, zeros(1, ...shape)])),
    "state.cache": zeros(window, width),
  });
  return session;
}
