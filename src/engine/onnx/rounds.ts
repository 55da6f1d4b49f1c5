// Rounds: the work after the shards, which all threads of a session do at once, each on its slice. A message between threads
// takes a tenth of a millisecond; these rounds go through counters and numbers in shared memory and take microseconds.
import { fail } from "../../base/index.ts";
import type { SliceRunner } from "./slices.ts";

/** What crosses: how many numbers each loop of the update has, and how many sums of squares each worker finds. */
export interface RoundSizes {
  readonly numbers: readonly number[];
  readonly squares: readonly number[];
}

/** Plain data, which can be sent to workers. */
export interface Board {
  readonly sizes: RoundSizes;
  readonly buffer: SharedArrayBuffer;
}

/** Places of the counters: rounds begun, parts of workers done, and what the round is. */
const [begun, done, order] = [0, 1, 2];
const [stop, reduce, update] = [0, 1, 2];
const header = 16; // bytes

const total = (counts: readonly number[]): number => counts.reduce((a, b) => a + b, 0);
/** Numbers on the board: a flag for each worker, then those of each loop with a flag, then the squares of each worker. */
const lengths = ({ numbers, squares }: RoundSizes) => ({
  flags: squares.length,
  numbers: total(numbers) + numbers.length,
});

export function makeBoard(sizes: RoundSizes): Board {
  const { flags, numbers } = lengths(sizes);
  return { sizes, buffer: new SharedArrayBuffer(header + 8 * (flags + numbers + total(sizes.squares))) };
}

function open({ sizes, buffer }: Board) {
  const length = lengths(sizes);
  const values = new Float64Array(buffer, header);
  return {
    counters: new Int32Array(buffer, 0, 4),
    flags: values.subarray(0, length.flags),
    numbers: values.subarray(length.flags, length.flags + length.numbers),
    squares: sizes.squares.map((count, i) => {
      const from = length.flags + length.numbers + total(sizes.squares.slice(0, i));
      return values.subarray(from, from + count);
    }),
  };
}

/** The session's side. Its calls return when all threads have done their part. */
export interface Rounds {
  /** Rounds begun so far; a job carries it, so that a worker knows the next. */
  readonly begun: number;
  /** Adds the sums of the workers that have one, and returns the sums of squares that each worker finds. */
  reduce(present: readonly boolean[]): number[][];
  /** Updates, and ends the rounds of this step. */
  update(numbers: readonly (readonly number[] | undefined)[]): void;
  /** Ends the rounds of this step without an update. */
  stop(): void;
}

/** Rounds of one thread. */
export const soleRounds = (own: SliceRunner): Rounds => ({
  begun: 0,
  reduce: (present) => [own.reduce(present)],
  update: (numbers) => own.update(numbers),
  stop() {},
});

/** Rounds of several threads, led by the one that does the first slice. */
export function leadRounds(own: SliceRunner, board: Board): Rounds {
  const { counters, flags, numbers, squares } = open(board);
  const others = squares.length - 1;
  let expected = 0; // as an Int32 that wraps around
  function round<T>(what: number, part: () => T): T {
    Atomics.store(counters, order, what);
    Atomics.add(counters, begun, 1);
    Atomics.notify(counters, begun);
    const result = part();
    if (what !== stop) {
      expected = (expected + others) | 0;
      waitWhile(counters, done, (now) => now !== expected);
    }
    return result;
  }
  return {
    get begun() {
      return counters[begun]!;
    },
    reduce(present) {
      flags.set(present.map(Number));
      const first = round(reduce, () => own.reduce(present));
      return [first, ...squares.slice(1).map((found) => Array.from(found))];
    },
    update(given) {
      let at = 0;
      for (const [i, list] of given.entries()) {
        numbers[at++] = list ? 1 : 0;
        if (list) numbers.set(list, at);
        at += board.sizes.numbers[i]!;
      }
      round(update, () => own.update(given));
    },
    stop: () => round(stop, () => {}),
  };
}

/** A worker's side: does its part of each round, from one after `at` on, until the rounds of a step end. */
export function followRounds(own: SliceRunner, worker: number, board: Board): (at: number) => void {
  const { counters, flags, numbers, squares } = open(board);
  return (at) => {
    for (let seen = at; ; ) {
      const before = seen;
      seen = waitWhile(counters, begun, (now) => now === before);
      const what = Atomics.load(counters, order);
      if (what === stop) return;
      if (what === reduce) squares[worker]!.set(own.reduce(Array.from(flags, Boolean)));
      else own.update(readNumbers(numbers, board.sizes.numbers));
      Atomics.add(counters, done, 1);
      Atomics.notify(counters, done);
      if (what === update) return;
    }
  };
}

function readNumbers(from: Float64Array, counts: readonly number[]): (number[] | undefined)[] {
  let at = 0;
  return counts.map((count) => {
    const given = from[at]! === 1;
    const list = given ? Array.from(from.subarray(at + 1, at + 1 + count)) : undefined;
    at += 1 + count;
    return list;
  });
}

/**
 * Milliseconds to look at a counter before sleeping: waking a thread on an idle core costs a tenth of one or more, and
 * shards of the same batch end within a few.
 */
const patience = 1;

/** Looks for a moment, then sleeps, until the counter changes. Returns its value. */
function waitWhile(counters: Int32Array<SharedArrayBuffer>, place: number, same: (value: number) => boolean): number {
  let value = Atomics.load(counters, place);
  for (const end = performance.now() + patience; same(value) && performance.now() < end; )
    for (let i = 0; i < 100 && same(value); i++) value = Atomics.load(counters, place);
  // Seconds in which this thread ran: a process that was stopped for minutes has waited once.
  for (let seconds = 0; same(value); seconds++) {
    if (seconds === 600) fail({ where: "shard", code: "internal", problem: "a worker did not finish its part" });
    Atomics.wait(counters, place, value, 1000);
    value = Atomics.load(counters, place);
  }
  return value;
}
