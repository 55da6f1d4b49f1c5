// Continuous batching: texts join and leave a running batch at every step of the network ("cellular batching", Gao et al.,
// EuroSys 2018). What a row computes does not depend on the other rows, so a seed gives the same text under any load.
import { fail } from "../base/index.ts";
import type { Engine, Value, Values } from "../engine/index.ts";
import type { InferenceGraph } from "../tasks/index.ts";

/** What is read at one step: a token's id, or a frame of keys. */
export type Item = number | Float32Array;

/** What writes one text or piece: gives the next item for the logits after the last one. */
export interface Writer<I extends Item = Item> {
  /** What is read first; at least one item. */
  readonly start: readonly I[];
  /** Inputs that are the same at every step, by name: the ids of labels. */
  readonly labels?: Readonly<Record<string, number>>;
  /** States to begin with, by name; zeros by default. */
  readonly states?: Readonly<Record<string, Float32Array>>;
  /** The next item; undefined at the end. */
  next(logits: Float32Array): I | undefined;
  /** Takes the states after all that was read. */
  end(states: Readonly<Record<string, Float32Array>>): void;
}

export interface ContinuousOptions {
  readonly engine: Engine;
  readonly threads?: number;
  /** Texts that are written at the same time; 16 by default. */
  readonly slots?: number;
}

export interface StepStats {
  waiting: number;
  running: number;
  /** Steps by the number of rows that took part; index 0 is unused. */
  stepRows: number[];
  stepSeconds: number;
  tokensRead: number;
}

export interface ContinuousBatch<I extends Item = Item> {
  readonly stats: StepStats;
  /** Runs a writer to its end, beside others. Rejects with the signal's reason where it is aborted. */
  write(writer: Writer<I>, signal?: AbortSignal): Promise<void>;
  release(): Promise<void>;
}

interface Row<I extends Item> {
  readonly writer: Writer<I>;
  readonly signal: AbortSignal | undefined;
  /** Items still to be read. */
  readonly pending: I[];
  states: Record<string, Float32Array>;
  resolve(): void;
  reject(error: unknown): void;
}

/** Tokens of a long prompt that are read in one run, between two steps of the others. */
const chunk = 64;

/**
 * @param graph items (ids [B, T] or frames [B, T, D]), labels [B] and states -> logits [B, T, V] and the states after them
 * @param item name of the input that is read step by step
 */
export async function continuousBatch<I extends Item>(
  { graph, constants, item }: { graph: InferenceGraph; constants: Values; item: string },
  { engine, threads, slots = 16 }: ContinuousOptions,
): Promise<ContinuousBatch<I>> {
  const session = await engine.compile({ outputs: graph.outputs, constants }, { threads });
  const { width, feedItems, labels } = itemInputs(graph, item);
  const run = (items: readonly Item[], B: number, rest: Values, T = 1) =>
    session.run({ ...labels(B), [item]: feedItems(items, B, T), ...rest });
  const sizes = await agreeingSizes(run, graph, slots, width);
  const stateSize = (name: string) => graph.states[name]!.reduce((a, b) => a * b, 1);
  const stateNames = Object.keys(graph.states);
  const waiting: Row<I>[] = [];
  let rows: Row<I>[] = [];
  let working: Promise<void> | undefined;
  let released = false;
  let rested = performance.now();
  const stats: StepStats = {
    waiting: 0,
    running: 0,
    stepRows: new Array<number>(slots + 1).fill(0),
    stepSeconds: 0,
    tokensRead: 0,
  };

  /** Reads `T` items of each row; returns the logits after the last one of each. */
  async function read(taking: readonly Row<I>[], T: number, B: number): Promise<Float32Array[]> {
    const items = taking.flatMap((row) => row.pending.splice(0, T));
    const feeds: Record<string, Value> = labels(
      B,
      taking.map((row) => row.writer.labels),
    );
    for (const name of stateNames) {
      const size = stateSize(name);
      const data = new Float32Array(B * size);
      for (const [b, row] of taking.entries()) data.set(row.states[name]!, b * size);
      feeds[`state.${name}`] = { dtype: "float", shape: [B, ...graph.states[name]!], data };
    }
    const found = await run(items, B, feeds, T);
    for (const name of stateNames) {
      const size = stateSize(name);
      const data = found[`next.${name}`]!.data as Float32Array;
      for (const [b, row] of taking.entries()) row.states[name] = data.slice(b * size, (b + 1) * size);
    }
    stats.tokensRead += taking.length * T;
    const { data, shape } = found.logits!;
    const V = shape.at(-1)!;
    return taking.map((_, b) => (data as Float32Array).slice(((b + 1) * T - 1) * V, (b + 1) * T * V));
  }

  /** One token of every row that does not read a long prompt, and a chunk of one that does. */
  async function step(): Promise<void> {
    const long = rows.find((row) => row.pending.length > chunk);
    const short = rows.filter((row) => row.pending.length <= chunk);
    if (long) {
      await read([long], chunk, 1);
      rows = [...rows.filter((row) => row !== long), long]; // long prompts take turns
    }
    if (short.length === 0) return;
    const began = performance.now();
    const logits = await read(short, 1, sizes.find((size) => size >= short.length)!);
    stats.stepRows[short.length]!++;
    for (const [b, row] of short.entries()) if (row.pending.length === 0) advance(row, logits[b]!);
    stats.stepSeconds += (performance.now() - began) / 1000;
  }

  function advance(row: Row<I>, logits: Float32Array): void {
    try {
      const id = row.writer.next(logits);
      if (id !== undefined) return void row.pending.push(id);
      row.writer.end(row.states);
      row.resolve();
    } catch (error) {
      row.reject(error);
    }
    leave(row);
  }

  function leave(row: Row<I>): void {
    rows = rows.filter((other) => other !== row);
  }

  async function work(): Promise<void> {
    while (rows.length + waiting.length > 0 && !released) {
      for (const row of [...rows, ...waiting]) {
        if (!row.signal?.aborted) continue;
        row.reject(row.signal.reason);
        leave(row);
        if (waiting.includes(row)) waiting.splice(waiting.indexOf(row), 1);
      }
      while (rows.length < slots && waiting.length > 0) rows.push(waiting.shift()!);
      stats.waiting = waiting.length;
      stats.running = rows.length;
      if (rows.length === 0) break;
      try {
        await step();
      } catch (error) {
        for (const row of rows) row.reject(error);
        rows = [];
      }
      // Some engines run within the call: the thread's other work gets its turn.
      if (performance.now() - rested > 15) {
        await new Promise((resolve) => setTimeout(resolve, 0));
        rested = performance.now();
      }
    }
    stats.waiting = stats.running = 0;
    working = undefined;
  }

  return {
    stats,
    write(writer, signal) {
      if (released) fail({ where: "write", problem: "the batch was released" });
      signal?.throwIfAborted();
      return new Promise<void>((resolve, reject) => {
        const zeros = Object.fromEntries(stateNames.map((name) => [name, new Float32Array(stateSize(name))]));
        const states = { ...zeros, ...writer.states };
        waiting.push({ writer, signal, pending: [...writer.start], states, resolve, reject });
        stats.waiting = waiting.length;
        working ??= Promise.resolve().then(work);
      });
    },
    async release() {
      released = true;
      await working;
      for (const row of [...rows, ...waiting]) row.reject(new Error("the server is closing"));
      await session.release();
    },
  };
}

type Run = (items: readonly Item[], B: number, rest: Values, T?: number) => Promise<Record<string, Value>>;

/** How the inputs of a graph are fed. `width` is that of a frame; 0 for ids. Absent rows are zeros. */
function itemInputs(graph: InferenceGraph, name: string) {
  const shape = graph.inputs.find(({ attrs }) => attrs.name === name)?.shape ?? [];
  const width = shape.length === 3 ? Number(shape[2]) : 0;
  const others = graph.inputs.map(({ attrs }) => attrs.name).filter((other) => other !== name);
  return {
    width,
    /** Items row after row, of as many steps each. */
    feedItems(items: readonly Item[], B: number, T: number): Value {
      if (width === 0) {
        const data = new Int32Array(B * T);
        data.set(items as readonly number[]);
        return { dtype: "int", shape: [B, T], data };
      }
      const data = new Float32Array(B * T * width);
      for (const [i, frame] of items.entries()) data.set(frame as Float32Array, i * width);
      return { dtype: "float", shape: [B, T, width], data };
    },
    labels: (B: number, given: readonly (Readonly<Record<string, number>> | undefined)[] = []) =>
      Object.fromEntries(
        others.map((other): [string, Value] => {
          const data = new Int32Array(B);
          for (const [b, labels] of given.entries()) data[b] = labels?.[other] ?? 0;
          return [other, { dtype: "int", shape: [B], data }];
        }),
      ),
  };
}

/**
 * Batch sizes that are padded to: 2, 4, 8 ... up to `slots`. A matrix product may add in another order where a batch is
 * larger, so a size is used only if its rows have the same bits as those of the largest batch. One row is computed by
 * other kernels: it is always padded.
 */
async function agreeingSizes(run: Run, graph: InferenceGraph, slots: number, width: number): Promise<number[]> {
  const sizes: number[] = [];
  for (let size = 2; size < slots; size *= 2) sizes.push(size);
  const largest = Math.max(2, slots);
  const wanted = await probe(run, graph, largest, 0, width);
  const same = (row: Float32Array) => row.every((value, i) => Object.is(value, wanted[i]));
  const kept: number[] = [];
  for (const size of sizes) {
    const places = [0, size - 1];
    const found = await Promise.all(places.map((place) => probe(run, graph, size, place, width)));
    if (found.every(same)) kept.push(size);
  }
  return [...kept, largest];
}

/** Logits of a row at some place of a batch, its neighbors unlike it, after a few steps. */
async function probe(run: Run, graph: InferenceGraph, B: number, place: number, width: number): Promise<Float32Array> {
  let states: Record<string, Value> = Object.fromEntries(
    Object.entries(graph.states).map(([name, shape]) => {
      const size = shape.reduce((a, b) => a * b, 1);
      const data = new Float32Array(B * size);
      for (let b = 0; b < B; b++)
        for (let i = 0; i < size; i++) data[b * size + i] = Math.sin(b === place ? i + 1 : i * (b + 2));
      return [`state.${name}`, { dtype: "float", shape: [B, ...shape], data }];
    }),
  );
  let logits = new Float32Array(0);
  for (let t = 0; t < 3; t++) {
    const items = new Array<Item>(B).fill(width === 0 ? 0 : new Float32Array(width));
    const found = await run(items, B, states);
    const V = found.logits!.shape.at(-1)!;
    logits = (found.logits!.data as Float32Array).slice(place * V, (place + 1) * V);
    states = Object.fromEntries(Object.keys(graph.states).map((name) => [`state.${name}`, found[`next.${name}`]!]));
  }
  return logits;
}
