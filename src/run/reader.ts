// Reads and writes with a language model while it learns: one compiled network whose weights are replaced, not baked in.
import { foldIn, type Random, random, randomKey } from "../base/index.ts";
import type { Tokenizer } from "../data/index.ts";
import { sample, softmax, temperature as temperatureFilter } from "../decode/index.ts";
import type { Engine, Value } from "../engine/index.ts";
import { type LanguageModel, type Model, tasks, weightsOf } from "../tasks/index.ts";
import type { GateHold, LayerTrace, Written } from "./protocol.ts";
import { type Tracer, tracerOf } from "./tracer.ts";

export interface WriteOptions {
  readonly prompt: string;
  readonly count: number;
  readonly temperature: number;
  readonly maxTokens: number;
  readonly seed: number;
  /** A gate to hold while it writes. */
  readonly hold?: GateHold | undefined;
  /** So many of the likeliest tokens at each place; none by default. */
  readonly alternatives?: number;
}

export interface ReadTrace {
  readonly characters: string[];
  readonly surprise: number[];
  readonly alternatives: NonNullable<Written["alternatives"]>;
  readonly layers: readonly LayerTrace[];
}

export interface Reader {
  /** Takes the model's current parameters. */
  refresh(): Promise<void>;
  /** Texts after a prompt, side by side; the same seed and parameters give the same texts. */
  write(options: WriteOptions): Promise<Written[]>;
  /** States and gates of each layer after each character, and how surprising each was. */
  trace(text: string, hold?: GateHold): Promise<ReadTrace>;
  release(): Promise<void>;
}

/** Whether a model writes lines, such as names, that end by themselves; others write one long text. */
export const writesLines = (model: Model): boolean =>
  model.task === "language-model" && model.tokenizer.special.eos !== undefined;

/** Leaves out characters that the network has not met, unless it has a token for them: people type what they like. */
export function readable({ vocabulary, special }: Tokenizer): (text: string) => string {
  if (special.unk !== undefined) return (text) => text;
  const known = new Set(vocabulary.tokens);
  return (text) => [...text].filter((char) => known.has(char)).join("");
}

export async function liveReader(model: LanguageModel, engine: Engine): Promise<Reader> {
  const { outputs } = tasks["language-model"].graphs(model).model!;
  // Weights are state of the session: replaced as they are learned, not baked in.
  const state = Object.fromEntries(model.specs.map(({ name }) => [name, {}]));
  const step = await engine.compile({ outputs, state }, { threads: 1 });
  let tracing: Promise<Tracer> | undefined;
  const tracer = () => {
    tracing ??= tracerOf(model as never, "rows", engine, { states: true });
    return tracing;
  };
  const { tokenizer } = model;
  const { vocabulary, special } = tokenizer;
  const first = special.bos ?? 0;
  const V = vocabulary.size;
  const silent = new Set([special.pad, special.bos]);
  const kept = readable(tokenizer);
  const encode = (text: string) => tokenizer.encode(kept(text));
  const stateNames = Object.keys(model.state);

  const zeros = (B: number): Record<string, Value> =>
    Object.fromEntries(
      Object.entries(model.state).map(([name, shape]) => {
        const size = shape.reduce((a, b) => a * b, B);
        return [`state.${name}`, { dtype: "float", shape: [B, ...shape], data: new Float32Array(size) }];
      }),
    );

  async function stepOf(feeds: Record<string, Value>, B: number, hold: GateHold | undefined) {
    if (!hold) return step.run(feeds);
    return (await (await tracer()).trace(feeds, { T: 1, B }, hold)).outputs;
  }

  return {
    async refresh() {
      await step.write(weightsOf(model));
      if (tracing) await (await tracing).refresh();
    },
    async write({ prompt, count: B, temperature, maxTokens, seed, hold, alternatives = 0 }) {
      const given = encode(prompt);
      const start = special.bos === undefined && given.length > 0 ? [...given] : [first, ...given];
      const draws = Array.from({ length: B }, (_, b) => random(foldIn(randomKey(seed), "write", b)));
      const texts = Array.from({ length: B }, () => ({
        ids: [] as number[],
        surprise: [] as number[],
        alternatives: [] as [string, number][][],
        ended: false,
      }));
      const filters = [temperatureFilter(temperature)];
      let held = zeros(B);
      let feed = new Array<number>(B).fill(start[0]!);
      for (let t = 0; t < start.length - 1 + maxTokens; t++) {
        const ids: Value = { dtype: "int", shape: [B, 1], data: Int32Array.from(feed) };
        const found = await stepOf({ ids, ...held }, B, hold);
        held = Object.fromEntries(stateNames.map((name) => [`state.${name}`, found[`next.${name}`]!]));
        const rows = found.logits!.data as Float32Array;
        feed = texts.map((text, b) => {
          if (t + 1 < start.length) return start[t + 1]!;
          if (text.ended) return special.eos ?? first;
          const row = rows.subarray(b * V, (b + 1) * V);
          const id = sample(row, filters, draws[b] as Random);
          if (id === special.eos) text.ended = true;
          else {
            text.ids.push(id);
            if (silent.has(id)) return id; // an untrained network draws <pad> and <bos> too
            const shares = softmax(row);
            text.surprise.push(-Math.log2(shares[id]!));
            if (alternatives > 0) text.alternatives.push(likeliest(shares, alternatives, vocabulary));
          }
          return id;
        });
        if (texts.every(({ ended }) => ended)) break;
      }
      return texts.map(({ ids, surprise, alternatives: others }) => ({
        text: tokenizer.decode(ids),
        surprise,
        ...(alternatives > 0 ? { alternatives: others } : {}),
      }));
    },
    async trace(text, hold) {
      const given = encode(text);
      const read = [first, ...given];
      const ids: Value = { dtype: "int", shape: [1, read.length], data: Int32Array.from(read) };
      const found = await (await tracer()).trace({ ids, ...zeros(1) }, { T: read.length }, hold);
      const rows = found.outputs.logits!.data as Float32Array;
      const shares = read.map((_, t) => softmax(rows.subarray(t * V, (t + 1) * V)));
      return {
        characters: ["▸", ...Array.from(given, (id) => vocabulary.token(id))],
        surprise: [0, ...Array.from(given, (id, t) => -Math.log2(shares[t]![id]!))],
        alternatives: shares.map((row) => likeliest(row, 5, vocabulary)),
        layers: found.layers,
      };
    },
    async release() {
      await step.release();
      if (tracing) await (await tracing).release();
    },
  };
}

/** The likeliest tokens with their probabilities, best first. */
function likeliest(
  shares: ArrayLike<number>,
  count: number,
  vocabulary: { token(id: number): string },
): [string, number][] {
  return Array.from(shares, (share, id) => [id, share] as const)
    .sort((a, b) => b[1] - a[1])
    .slice(0, count)
    .map(([id, share]) => [vocabulary.token(id), share]);
}
