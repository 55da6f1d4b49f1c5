// Reads and writes with a language model while it learns: one compiled network whose weights are replaced, not baked in.
import { foldIn, type Random, random, randomKey } from "../base/index.ts";
import { sample, softmax, temperature as temperatureFilter } from "../decode/index.ts";
import type { Engine, Program, Session, Value } from "../engine/index.ts";
import { probeStates } from "../inspect/index.ts";
import { type LanguageModel, tasks, weightsOf } from "../tasks/index.ts";
import type { Tensor } from "../tensor/index.ts";
import type { LayerTrace, Written } from "./protocol.ts";

export interface Reader {
  /** Takes the model's current parameters. */
  refresh(): Promise<void>;
  /** Texts after a prompt, side by side; the same seed and parameters give the same texts. */
  write(options: {
    prompt: string;
    count: number;
    temperature: number;
    maxTokens: number;
    seed: number;
  }): Promise<Written[]>;
  /** States and gates of each layer after each character, and how surprising each was. */
  trace(text: string): Promise<{ characters: string[]; surprise: number[]; layers: LayerTrace[] }>;
  release(): Promise<void>;
}

export async function liveReader(model: LanguageModel, engine: Engine): Promise<Reader> {
  const { model: graph } = tasks["language-model"].graphs(model);
  const { outputs } = graph!;
  // Weights are state of the session: replaced as they are learned, not baked in.
  const state = Object.fromEntries(model.specs.map(({ name }) => [name, {}]));
  const step = await engine.compile({ outputs, state }, { threads: 1 });
  let tracing: Promise<{ session: Session; layers: readonly Traced[] }> | undefined;
  const { tokenizer } = model;
  const { bos, eos } = tokenizer.special;
  const first = bos ?? 0;
  const V = tokenizer.vocabulary.size;
  let weights = weightsOf(model);
  const known = new Set(tokenizer.vocabulary.tokens);
  /** Characters that the network has not met are left out: people type what they like. */
  const knownCharacters = (text: string) => [...text].filter((char) => known.has(char));

  const zeros = (B: number): Record<string, Value> =>
    Object.fromEntries(
      Object.entries(model.state).map(([name, shape]) => {
        const size = shape.reduce((a, b) => a * b, B);
        return [`state.${name}`, { dtype: "float", shape: [B, ...shape], data: new Float32Array(size) }];
      }),
    );

  return {
    async refresh() {
      weights = weightsOf(model);
      await step.write(weights);
      if (tracing) await (await tracing).session.write(weights);
    },
    async write({ prompt, count: B, temperature, maxTokens, seed }) {
      const given = tokenizer.encode(knownCharacters(prompt).join(""));
      const start = bos === undefined && given.length > 0 ? [...given] : [first, ...given];
      const draws = Array.from({ length: B }, (_, b) => random(foldIn(randomKey(seed), "write", b)));
      const texts = Array.from({ length: B }, () => ({ ids: [] as number[], surprise: [] as number[], ended: false }));
      const filters = [temperatureFilter(temperature)];
      let held = zeros(B);
      let feed = new Array<number>(B).fill(start[0]!);
      for (let t = 0; t < start.length - 1 + maxTokens; t++) {
        const data = Int32Array.from(feed);
        const found = await step.run({ ids: { dtype: "int", shape: [B, 1], data }, ...held });
        held = Object.fromEntries(Object.keys(model.state).map((name) => [`state.${name}`, found[`next.${name}`]!]));
        const rows = found.logits!.data as Float32Array;
        feed = texts.map((text, b) => {
          if (t + 1 < start.length) return start[t + 1]!;
          if (text.ended) return eos ?? first;
          const row = rows.subarray(b * V, (b + 1) * V);
          const id = sample(row, filters, draws[b] as Random);
          if (id === eos) text.ended = true;
          else {
            text.ids.push(id);
            text.surprise.push(-Math.log2(softmax(row)[id]!));
          }
          return id;
        });
        if (texts.every(({ ended }) => ended)) break;
      }
      return texts.map(({ ids: drawn, surprise }) => ({ text: tokenizer.decode(drawn), surprise }));
    },
    async trace(text) {
      tracing ??= compileTrace(model, outputs.logits!, state, engine).then(async (made) => {
        await made.session.write(weights);
        return made;
      });
      const { session, layers } = await tracing;
      const characters = [...text].filter(
        (char) => !("unk" in tokenizer.special) && tokenizer.vocabulary.tokens.includes(char),
      );
      const given = [...tokenizer.encode(characters.join(""))];
      const read = [first, ...given];
      const T = read.length;
      const probes = Object.fromEntries(
        layers.flatMap(({ states: all }) =>
          all.map(({ probe, size }): [string, Value] => [
            probe.attrs.name,
            { dtype: "float", shape: [T, 1, size], data: new Float32Array(T * size) },
          ]),
        ),
      );
      const feeds = {
        ids: { dtype: "int" as const, shape: [1, T], data: Int32Array.from(read) },
        ...zeros(1),
        ...probes,
      };
      const found = await session.run(feeds);
      const rows = found.logits!.data as Float32Array;
      const surprise = given.map((id, t) => -Math.log2(softmax(rows.subarray(t * V, (t + 1) * V))[id]!));
      const matrix = (name: string) => found[name]!.data as Float32Array;
      return {
        characters: ["▸", ...characters],
        surprise: [0, ...surprise],
        layers: layers.map(({ name, size, states: all, gates }) => ({
          name,
          H: size,
          states: Object.fromEntries(all.map((state) => [state.name, matrix(state.output)])),
          gates: Object.fromEntries(gates.map((gate) => [gate.name, matrix(gate.output)])),
        })),
      };
    },
    async release() {
      await step.release();
      if (tracing) await (await tracing).session.release();
    },
  };
}

interface Traced {
  readonly name: string;
  readonly size: number;
  readonly states: readonly { name: string; output: string; probe: Tensor<"input">; size: number }[];
  readonly gates: readonly { name: string; output: string }[];
}

/** The network over a whole text, with every state and gate as a result. */
async function compileTrace(
  model: LanguageModel,
  given: Tensor,
  state: NonNullable<Program["state"]>,
  engine: Engine,
): Promise<{ session: Session; layers: Traced[] }> {
  const { results, layers } = probeStates([given], { specs: model.specs });
  const outputs: Record<string, Tensor> = { logits: results[0]! };
  const traced = layers.map((layer, l): Traced => {
    const size = Number(layer.states[0]?.values.shape.at(-1) ?? 1);
    return {
      name: layer.name,
      size,
      states: layer.states.map(({ name, values, probe }) => {
        outputs[`${l}.${name}`] = values;
        return { name, output: `${l}.${name}`, probe, size: Number(probe.shape.at(-1)) };
      }),
      gates: layer.gates.map(({ name, values }) => {
        outputs[`${l}.${name}`] = values;
        return { name, output: `${l}.${name}` };
      }),
    };
  });
  return { session: await engine.compile({ outputs, state }, { threads: 1 }), layers: traced };
}
