import { describe, expect, it } from "vitest";
import { random } from "../../base/index.ts";
import { charTokenizer, melodyCoder, type Steps } from "../../data/index.ts";
import type { Value } from "../../engine/index.ts";
import { gru, lstm } from "../../nn/index.ts";
import { nodeEngine } from "../../node/engine.ts";
import { adamW, evaluate, train } from "../../train/index.ts";
import { evaluationRunner } from "../../train/runner.ts";
import { type Composition, compose } from "./compose.ts";
import { type Generator, type GeneratorOptions, generator } from "./generator.ts";

const engine = nodeEngine({ threads: 1 });
const tokenizer = charTokenizer.fit("abxy", { specials: ["pad", "bos", "eos"] });
const text = { type: "text", tokenizer } as const;
const fields = { kind: ["first", "second"] };
const encoder = gru({ hiddenSize: 12 });
const frames: GeneratorOptions = { content: { type: "frames", stepsPerQuarter: 1 }, encoder, embeddingSize: 8 };

async function all(model: Generator, options: Parameters<typeof compose>[1]): Promise<Composition[]> {
  const pieces: Composition[] = [];
  for await (const piece of compose(model, { engine, ...options })) pieces.push(piece);
  return pieces;
}

const chorale = (length: number): Steps => Array.from({ length }, (_, t) => [60 + (t % 3), 72]);

describe("generator", () => {
  it("writes what its label asks for", async () => {
    const r = random(1);
    const pick = (letters: string) => Array.from({ length: 2 + r.below(3) }, () => letters[r.below(2)]).join("");
    const pieces = Array.from({ length: 200 }, (_, i) => ({
      text: pick(i % 2 ? "xy" : "ab"),
      labels: { kind: fields.kind[i % 2]! },
    }));
    const model = generator({ content: text, fields, encoder, embeddingSize: 8 });
    const optimizer = adamW({ learningRate: 0.03 });
    for await (const _ of train(model, pieces, { engine, steps: 60, batchSize: 32, optimizer }));
    const [first, second] = await Promise.all(
      fields.kind.map((kind) => all(model, { labels: { kind }, count: 10, temperature: 0.5 })),
    );
    const share = (found: Composition[], letters: RegExp) => found.filter(({ text: one }) => letters.test(one!)).length;
    expect(share(first!, /^[ab]+$/)).toBeGreaterThanOrEqual(9);
    expect(share(second!, /^[xy]+$/)).toBeGreaterThanOrEqual(9);
    expect(await all(model, { count: 3, seed: 5 })).toEqual(await all(model, { count: 3, seed: 5 }));
    await expect(all(model, { labels: { kind: "third" } })).rejects.toThrow("expected one of first, second, got third");
  });

  it("a batch = its rows, and masked places do not count", async () => {
    const model = generator({ content: text, fields, encoder: lstm({ hiddenSize: 4 }), embeddingSize: 3 });
    const pieces = ["ab", "xyxyx", "b"].map((one, i) => ({ text: one, labels: { kind: fields.kind[i % 2]! } }));
    const runner = await evaluationRunner(model, "text", 1, engine);
    const [batch] = [...model.evaluationBatches(pieces, { batchSize: 3 }).batches()];
    const together = await runner.run(batch!);
    let total = 0;
    for (const one of model.evaluationBatches(pieces, { batchSize: 1 }).batches())
      total += (await runner.run(one)).total;
    expect(together.count).toBe(3 + 6 + 2);
    expect(together.total).toBeCloseTo(total, 4);
    const { inputs, targets, lengths } = batch!.feeds;
    const dirty = ({ shape, data }: Value): Value => ({
      dtype: "int",
      shape,
      data: Int32Array.from(data, (id, i) => (i % shape[1]! < lengths!.data[Math.floor(i / shape[1]!)]! ? id : 1)),
    });
    const feeds = { ...batch!.feeds, inputs: dirty(inputs!), targets: dirty(targets!) };
    expect(feeds.inputs.data).not.toEqual(inputs!.data);
    expect((await runner.run({ ...batch!, feeds })).total).toBe(together.total);
    await runner.release();
  });

  it("counts frames as the literature does: 88 keys summed, steps averaged, the first not predicted", async () => {
    const model = generator(frames);
    model.parameters.fill(0); // every key has probability 1/2
    const { nats, tokens } = await evaluate(model, [{ steps: chorale(5) }, { steps: chorale(3) }], { engine });
    expect(tokens).toBe(4 + 2);
    expect(nats).toBeCloseTo(88 * Math.LN2, 3);
  });

  it("transposes each piece otherwise in each epoch, within the range, and never in evaluation", () => {
    const model = generator({ ...frames, transposition: 3 });
    const steps = chorale(6);
    const source = model.batches([{ steps }], { batchSize: 1, bptt: 64, seed: 4 });
    const keys = ({ data }: Value, t: number) =>
      [...data.slice(88 * t, 88 * (t + 1))].flatMap((on, k) => (on ? [k + 21] : []));
    const moves = Array.from({ length: 40 }, (_, epoch) => {
      const { targets, inputs } = source.at({ epoch, batch: 0 }).feeds;
      const by = keys(targets!, 0)[0]! - 60;
      for (const [t, chord] of steps.entries()) {
        const moved = chord.map((key) => key + by);
        expect(keys(targets!, t)).toEqual(moved);
        if (t + 1 < steps.length) expect(keys(inputs!, t + 1)).toEqual(moved);
      }
      return by;
    });
    expect([...new Set(moves)].sort((a, b) => a - b)).toEqual([-3, -2, -1, 0, 1, 2, 3]);
    expect(source.at({ epoch: 7, batch: 0 }).feeds).toEqual(source.at({ epoch: 7, batch: 0 }).feeds);
    const [batch] = [...model.evaluationBatches([{ steps }], {}).batches()];
    expect(keys(batch!.feeds.targets!, 0)).toEqual([60, 72]);
    const edge = generator({ ...frames, transposition: 90 }).batches([{ steps: [[21], [108]] }], {
      batchSize: 1,
      bptt: 64,
      seed: 1,
    });
    expect(keys(edge.at({ epoch: 0, batch: 0 }).feeds.targets!, 1)).toEqual([108]);
    expect(() => generator({ content: text, encoder, transposition: 1 })).toThrow(
      "expected content of frames, got text",
    );
  });

  it("learns a round in two voices, and goes on from a beginning", async () => {
    const model = generator(frames);
    const optimizer = adamW({ learningRate: 0.05 });
    const pieces = [9, 12, 10, 11].map((length) => ({ steps: chorale(length) }));
    for await (const _ of train(model, pieces, { engine, steps: 150, batchSize: 4, optimizer }));
    const [found] = await all(model, {
      start: {
        steps: [
          [60, 72],
          [61, 72],
        ],
      },
      temperature: 0,
      maxTokens: 6,
    });
    expect(found!.steps).toEqual(chorale(6));
    expect(found!.music!.notes.filter(({ pitch }) => pitch === 72)).toHaveLength(1);
  });

  it("writes a melody that begins with the note it was given", async () => {
    const coder = melodyCoder();
    const model = generator({ content: { type: "melody", coder }, fields: { key: ["G"] }, encoder, embeddingSize: 4 });
    const music = coder.decode([coder.pitch(67), coder.hold]);
    const [found] = await all(model, { start: { music }, maxTokens: 12 });
    expect(found!.music!.notes[0]!.pitch).toBe(67);
    expect(found!.music!.key).toBe("G");
  });
});
