import { describe, expect, it } from "vitest";
import { tokenStream } from "../token-stream.ts";
import { evaluationBatches } from "./evaluation.ts";
import { type StreamBatch, streamBatches } from "./stream.ts";

const ids = (n: number) => Int32Array.from({ length: n }, (_, i) => i);

describe("streamBatches", () => {
  it("reads lanes in windows, targets one later, the last window shorter", () => {
    const batches = streamBatches(ids(12), { batchSize: 2, bptt: 3 }); // lanes of 5
    const [first, second, third] = take(batches.from(), 3);
    expect(first).toMatchObject({ B: 2, T: 3, fresh: true, cursor: { epoch: 0, window: 0 } });
    expect([...first!.inputs]).toEqual([0, 1, 2, 5, 6, 7]);
    expect([...first!.targets]).toEqual([1, 2, 3, 6, 7, 8]);
    expect(second).toMatchObject({ B: 2, T: 2, fresh: false, next: { epoch: 1, window: 0 } });
    expect([...second!.inputs]).toEqual([3, 4, 8, 9]);
    expect(third).toMatchObject({ fresh: true, cursor: { epoch: 1, window: 0 } });
  });
  it.each([
    [100, 7, 4],
    [51, 5, 10],
    [9, 8, 3],
    [23, 1, 64],
  ])("predicts each of %i tokens once an epoch but for the remainder (B %i, T %i)", (n, batchSize, bptt) => {
    const batches = streamBatches(ids(n), { batchSize, bptt });
    const seen = take(batches.from(), batches.perEpoch).flatMap(({ targets }) => [...targets]);
    const lane = Math.floor((n - 1) / batchSize);
    expect(seen.sort((a, b) => a - b)).toEqual([...ids(n)].slice(1, 1 + lane * batchSize));
    expect(batches.tokensPerEpoch).toBe(seen.length);
    expect(n - 1 - seen.length).toBeLessThan(batchSize);
  });
  it("goes on exactly from a saved cursor", () => {
    const batches = streamBatches(ids(40), { batchSize: 3, bptt: 4 });
    const through = take(batches.from(), 11);
    const saved = JSON.parse(JSON.stringify(through[4]!.next));
    const resumed = take(streamBatches(ids(40), { batchSize: 3, bptt: 4 }).from(saved), 6);
    expect(resumed).toEqual(through.slice(5));
  });
  it("cuts long lanes into blocks, shuffled by seed and epoch, each read once an epoch with a fresh state", () => {
    const options = { batchSize: 3, bptt: 4, seed: 5, block: 7 };
    const batches = streamBatches(ids(100), options); // 5 blocks of 6 tokens a lane
    expect(batches).toMatchObject({ perEpoch: 10, tokensPerEpoch: 90 });
    const epoch = (number: number, seed = 5) =>
      take(streamBatches(ids(100), { ...options, seed }).from({ epoch: number, window: 0 }), 10);
    expect(
      epoch(0)
        .flatMap(({ targets }) => [...targets])
        .sort((a, b) => a - b),
    ).toEqual([...ids(91)].slice(1));
    expect(epoch(0).map(({ fresh, T }) => [fresh, T])).toEqual(
      Array.from({ length: 10 }, (_, i) => [i % 2 === 0, i % 2 ? 2 : 4]),
    );
    const firsts = (found: StreamBatch[]) => found.map(({ inputs }) => inputs[0]);
    expect(firsts(epoch(0))).toEqual(firsts(epoch(0)));
    expect(firsts(epoch(1))).not.toEqual(firsts(epoch(0)));
    expect(firsts(epoch(0, 6))).not.toEqual(firsts(epoch(0)));
  });
  it("reads a stream like an array", () => {
    const stream = tokenStream(Int32Array.from({ length: 60 }, (_, i) => (i * i) % 17));
    const array = stream.read(0, 60);
    const options = { batchSize: 5, bptt: 4, block: 5 };
    const all = (of: Parameters<typeof streamBatches>[0]) => take(streamBatches(of, options).from(), 7);
    expect(all(stream)).toEqual(all(array));
    expect(all(stream.subarray(3, 59))).toEqual(all((array as Int32Array).subarray(3, 59)));
  });
  it("gives the ranks the rows of the one batch", () => {
    const whole = streamBatches(ids(60), { batchSize: 5, bptt: 4 }).at({ epoch: 0, window: 1 });
    const parts = [0, 1, 2].map((rank) =>
      streamBatches(ids(60), { batchSize: 5, bptt: 4, rank, world: 3 }).at({ epoch: 0, window: 1 }),
    );
    expect(parts.flatMap(({ inputs }) => [...inputs])).toEqual([...whole.inputs]);
    expect(parts.flatMap(({ targets }) => [...targets])).toEqual([...whole.targets]);
  });
  it("refuses fewer tokens than lanes, and cursors of another text", () => {
    expect(() => streamBatches(ids(4), { batchSize: 4, bptt: 2 })).toThrow(
      "expected at least 5 tokens for 4 lanes, got 4",
    );
    expect(() => streamBatches(ids(0), { batchSize: 1, bptt: 2 })).toThrow("got 0");
    const batches = streamBatches(ids(12), { batchSize: 2, bptt: 3 });
    expect(() => batches.at({ epoch: 0, window: 2 })).toThrow("at most 1");
    expect(() => batches.at({ epoch: 0, window: Number.NaN })).toThrow("got NaN");
  });
});

describe("evaluationBatches", () => {
  it.each([
    [100, 7, 4, 0],
    [100, 7, 4, 10],
    [101, 8, 5, 200],
    [2, 8, 5, 3],
    [10, 9, 1, 1],
    [57, 1, 9, 5],
    [64, 3, 100, 2],
  ])(
    "scores each of %i tokens once (B %i, T %i, warm-up %i), each lane without a gap",
    (n, batchSize, bptt, warmup) => {
      const scored: number[] = [];
      const at: number[] = []; // the token each lane must read next
      let windows = 0;
      for (const batch of evaluationBatches(ids(n), { batchSize, bptt, warmup })) {
        expect(batch.fresh).toBe(windows++ === 0);
        expect(batch.T).toBe(Math.max(...batch.lengths));
        for (let b = 0; b < batch.B; b++) {
          for (let t = 0; t < batch.T; t++) {
            const place = b * batch.T + t;
            if (t >= batch.lengths[b]!) {
              expect([batch.inputs[place], batch.targets[place]]).toEqual([0, 0]);
              continue;
            }
            at[b] ??= batch.inputs[place]!;
            expect(batch.inputs[place]).toBe(at[b]!++);
            expect(batch.targets[place]).toBe(at[b]);
            if (batch.scored) scored.push(batch.targets[place]!);
          }
        }
      }
      expect(scored.sort((a, b) => a - b)).toEqual([...ids(n)].slice(1));
    },
  );
  it("warms each lane up with the tokens before it", () => {
    const [warm, first] = [...evaluationBatches(ids(31), { batchSize: 3, bptt: 16, warmup: 12 })];
    expect(warm).toMatchObject({ scored: false, fresh: true });
    expect([...warm!.lengths]).toEqual([0, 10, 12]);
    expect(warm!.inputs[2 * warm!.T]).toBe(8);
    expect(first).toMatchObject({ scored: true, fresh: false, T: 10 });
  });
  it("refuses a text without a token to predict", () => {
    expect(() => [...evaluationBatches(ids(1), { batchSize: 2, bptt: 2 })]).toThrow(
      "expected at least 2 tokens, got 1",
    );
  });
});

function take<T>(items: Iterable<T>, n: number): T[] {
  const taken: T[] = [];
  for (const item of items) {
    if (taken.push(item) === n) break;
  }
  return taken;
}
