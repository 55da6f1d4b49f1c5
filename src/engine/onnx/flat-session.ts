// A session for programs with shards: training and evaluation. State of fixed shape lies in flat memory, where the update
// loops replace it in place. Each worker computes neighboring shards, then its slice of the sums, the norms and the update.
import type * as ort from "onnxruntime-common";
import { fail, type RandomKey } from "../../base/index.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { bindLengths } from "../bindings.ts";
import type { Program, Session, Value, Values } from "../engine.ts";
import { analyze, type ProgramParts } from "../program.ts";
import type { Ranks } from "../ranks.ts";
import { joinRows, treeSum } from "../rows.ts";
import { checkNames, type Evaluator, feedsOfShards, hostState } from "../session.ts";
import { flatMemory, padded, type Region } from "./kernel/memory.ts";
import { rankSums } from "./rank-sums.ts";
import { leadRounds, makeBoard, soleRounds } from "./rounds.ts";
import type { OnnxRuntime } from "./runtime.ts";
import type { SerializedProgram } from "./serialize.ts";
import { levelsOf, type ShardResults, type ShardSpec, type Slot } from "./shard-graph.ts";
import { cutSlices, sliceRunner } from "./slices.ts";
import { planUpdate } from "./update.ts";
import { type ShardJob, type StartWorker, shardThread } from "./worker.ts";

export interface FlatSessionOptions {
  session: ort.InferenceSession.SessionOptions;
  /** Whether ONNX Runtime writes results into arrays that it is given. */
  inPlace: boolean;
  /** Threads that share the shards of this process, this one included; a power of two that divides their number. */
  workers: number;
  /** Processes that share all shards; a divisor of their number. */
  ranks?: Ranks;
  startWorker?: StartWorker;
  serialize(program: Program): SerializedProgram;
  /** Compiles what runs after the sums, where it is not a plain update. */
  evaluator(program: Program): Promise<Evaluator>;
}

/** The small results of each shard, and the sums of squares that the update asks for. */
interface Ran {
  readonly results: ShardResults["results"];
  readonly squares: readonly number[];
}

export async function flatSession(
  runtime: OnnxRuntime,
  program: Program,
  options: FlatSessionOptions,
): Promise<Session> {
  const parts = analyze(program);
  const { startWorker, inPlace, session, ranks = { rank: 0, size: 1 } } = options;
  const workers = startWorker ? options.workers : 1;
  const ofRank = parts.count / ranks.size;
  const own = ofRank / workers;
  const { bytes, inputs, outputNames } = options.serialize({ outputs: parts.perShard, constants: program.constants });
  const read = new Set(inputs.map(({ attrs }) => attrs.name));
  const places = allocateState(parts, read);
  const sums = allocateSums(parts, ranks.size);
  const spec: ShardSpec = {
    bytes,
    inputs: inputs.map(({ attrs }) => attrs.name),
    masks: parts.masks.map(plain),
    data: parts.data.map(plain),
    state: places.slots.filter(({ name }) => read.has(name)),
    stateLength: places.read,
    sums: sums.slots,
    sumLength: sums.length,
    outputNames,
    inPlace,
  };
  // The sums of the workers; one worker needs the levels of its own tree instead.
  const buffers = workers > 1 ? workers : levelsOf(own);
  const room = places.length + buffers * sums.length; // for the sums of other ranks
  const length = room + (options.ranks ? sums.length : 0);
  const memory = flatMemory(length, { shared: workers > 1 }); // a page that is not cross-origin isolated has no shared memory
  const sumOf = (worker: number): Region => ({ offset: places.length + worker * sums.length, size: sums.length });

  const slots = new Map(places.slots.map((slot) => [slot.name, slot]));
  const sumSlots = new Map(sums.slots.map((slot) => [slot.name, slot]));
  const place = (name: string): Region | undefined => {
    const sum = sumSlots.get(parts.crossing.get(name) ?? "");
    return sum ? { offset: places.length + sum.offset, size: sum.size } : slots.get(name);
  };
  const hasUpdate = Object.keys(parts.after).length > 0;
  const plan = hasUpdate ? planUpdate(parts, place) : undefined;
  const late =
    hasUpdate && !plan ? await options.evaluator({ outputs: parts.after, constants: program.constants }) : undefined;
  const { slices, join } = cutSlices(
    Array.from({ length: workers }, (_, i) => sumOf(i)),
    plan ?? { squares: [], loops: [] },
  );
  const sizes = {
    numbers: (plan?.loops ?? []).map(({ code }) => code.numbers),
    squares: slices.map((slice) => slice.squares.length),
  };
  const board = workers > 1 ? makeBoard(sizes) : undefined;
  const ownSlice = sliceRunner(slices[0]!, memory);
  const rounds = board ? leadRounds(ownSlice, board) : soleRounds(ownSlice);
  const hasRounds = plan !== undefined || sums.length > 0;
  const between =
    options.ranks &&
    rankSums(options.ranks, memory, {
      names: Object.keys(parts.perShard).filter((name) => !sumSlots.has(name)),
      sum: sumOf(0),
      room: { offset: room, size: sums.length },
      state: { offset: 0, size: places.length },
    });
  const threads = await Promise.all(
    slices.map((slice, worker) => {
      const start = { spec, session, shards: own, sum: sumOf(worker) };
      if (!board || worker === 0) return shardThread(runtime, start, memory);
      return startWorker!({ ...start, storage: memory.storage, length, slice, board, worker });
    }),
  );
  const kept = { ...parts, state: new Map([...parts.state].filter(([name]) => !slots.has(name))) };
  const state = hostState(kept);
  const outputNamesOfProgram = Object.keys(program.outputs);
  const perShard = Object.entries(parts.perShard);
  const fed = inputs.filter(({ attrs }) => !slots.has(attrs.name) && attrs.kind !== "mask");
  let changed = true;
  let released = false;
  const open = (where: string) => {
    if (released) fail({ where, problem: "the session was released" });
  };
  /** Made once: steps are many. */
  const flatValues = new Map(
    places.slots.map((slot): [string, Value] => [
      slot.name,
      { shape: slot.shape, dtype: "float", data: memory.view(slot) },
    ]),
  );
  const sumValues = new Map(
    sums.slots.map(({ name, shape, offset, size }): [string, Value] => [
      name,
      { shape, dtype: "float", data: memory.view({ offset: places.length + offset, size }) },
    ]),
  );

  /** Runs the shards on all threads and ranks, then the rounds; the first sum then holds the tree of all. */
  async function runShards(sets: readonly (Values | undefined)[], key: RandomKey | undefined): Promise<Ran> {
    const begun = hasRounds ? rounds.begun : undefined;
    const job = (worker: number): ShardJob => {
      const first = ranks.rank * ofRank + worker * own;
      const some = sets.slice(first, first + own);
      return { sets: worker === 0 ? some : some.map(compact), key, first, changed, begun };
    };
    const others = threads.slice(1).map((thread, i) => thread.run(job(i + 1))); // before the calling thread's own part
    const settled = await Promise.allSettled([threads[0]!.run(job(0)), ...others]);
    changed = false;
    const results = settled.flatMap((result) => (result.status === "fulfilled" ? result.value : []));
    const failed = settled.find((result) => result.status === "rejected");
    if (failed) throw failed.reason;
    const found = results.flatMap((result) => result.results);
    const squares = hasRounds ? join(rounds.reduce(results.map(({ present }) => present))) : [];
    if (!between) return { results: found, squares };
    const all = await between.gather(found);
    if (!hasRounds) return { results: all.results, squares };
    await between.sum(all.present);
    const alone = results.map((_, worker) => worker === 0); // the first sum holds all: it is measured, nothing is added
    return { results: all.results, squares: join(rounds.reduce(alone)) };
  }

  /** What follows the shards: small results, the update and the new state. Returns all results by name. */
  async function step({ results, squares }: Ran, whole: Values, lengths: Readonly<Record<string, number>>) {
    const given = results.filter((result) => result !== undefined);
    const found: Record<string, Value> = {};
    for (const [name, tensor] of perShard) {
      const sum = sumValues.get(name);
      if (sum) found[name] = sum;
      else if (parts.sums.has(name)) found[name] = treeSum(results.map((result) => result?.[name]));
      else
        found[name] = joinRows(
          given.map((result) => result[name]!),
          tensor,
        );
    }
    const kinds = state.values(lengths);
    const lookup = (name: string): Value => {
      const crossing = parts.crossing.get(name);
      return (
        (crossing ? found[crossing] : (flatValues.get(name) ?? kinds[name] ?? whole[name])) ??
        fail({
          where: `run(${name})`,
          code: "missing",
          expected: `a value for the input "${name}"`,
          received: "none",
        })
      );
    };
    if (plan) {
      const { found: scalars, loops } = plan.numbers(lookup, squares);
      rounds.update(loops);
      Object.assign(found, scalars);
    } else if (late)
      Object.assign(
        found,
        await late.run(Object.fromEntries(late.inputs.map(({ attrs: { name } }) => [name, copyOf(lookup(name))])), [
          ...Object.keys(parts.after),
        ]),
      );
    for (const [name, result] of parts.next) {
      const value = found[result];
      const slot = slots.get(name);
      if (slot) {
        if (value) memory.view(slot).set(value.data as Float32Array);
        if (read.has(name)) changed = true;
      } else state.set(name, value!);
    }
    return found;
  }

  return {
    inputs: parts.data,
    async run(feeds, { want = outputNamesOfProgram, key } = {}) {
      open("run");
      checkNames("run(want)", want, outputNamesOfProgram);
      for (const each of Array.isArray(feeds) ? feeds : [feeds])
        for (const name of Object.keys(each))
          if (slots.has(name))
            fail({ where: `run(${name})`, expected: "data only", received: "state", hint: "use session.write" });
      const { sets, whole, lengths } = feedsOfShards(kept, feeds, state);
      for (const set of sets) if (set) bindLengths(fed, set);
      try {
        const found = await step(await runShards(sets, key), whole, lengths);
        return Object.fromEntries(want.map((name) => [name, sumSlots.has(name) ? copyOf(found[name]!) : found[name]!]));
      } finally {
        rounds.stop();
      }
    },
    async read(names) {
      open("read");
      checkNames("read", names, [...parts.state.keys()]);
      return Object.fromEntries(names.map((name) => [name, copyOf(heldValue("read", name))]));
    },
    async write(values) {
      open("write");
      checkNames("write", Object.keys(values), [...parts.state.keys()]);
      for (const [name, value] of Object.entries(values)) put(name, value);
    },
    async copy(from, to) {
      open("copy");
      checkNames("copy", [...from, ...to], [...parts.state.keys()]);
      if (from.length !== to.length)
        fail({ where: "copy", expected: `${from.length} names to copy to`, received: String(to.length) });
      const values = from.map((name) => copyOf(heldValue("copy", name)));
      for (const [i, name] of to.entries()) put(name, values[i]!);
    },
    async release() {
      if (released) return;
      released = true;
      await Promise.all([late?.release(), ...threads.map((thread) => thread.release())]);
    },
  };

  function heldValue(where: string, name: string): Value {
    return flatValues.get(name) ?? state.get(where, name);
  }

  function put(name: string, value: Value): void {
    const slot = slots.get(name);
    if (!slot) {
      state.write(name, copyOf(value));
      return;
    }
    bindLengths([parts.state.get(name)!], { [name]: value }, "write");
    memory.view(slot).set(value.data as Float32Array);
    if (read.has(name)) changed = true;
  }
}

const copyOf = (value: Value): Value => ({ ...value, data: value.data.slice() });

/** An input as plain data. */
const plain = ({ attrs, shape, dtype }: Tensor<"input">) => ({ attrs, shape, dtype });

/** Without the rest of large buffers, which a message would copy whole. */
const compact = (set: Values | undefined): Values | undefined =>
  set &&
  Object.fromEntries(
    Object.entries(set).map(([name, value]) => {
      const whole = value.data.byteLength === value.data.buffer.byteLength;
      return [name, whole ? value : { ...value, data: value.data.slice() }];
    }),
  );

const fixed = ({ shape, dtype }: Tensor): boolean =>
  dtype === "float" && shape.length > 0 && shape.every((dim) => typeof dim === "number");

/** Lays out state of fixed shape in the order of the program: first what the graph of a shard reads, then the rest. */
function allocateState({ state }: ProgramParts, read: ReadonlySet<string>) {
  const all = [...state].filter((entry): entry is [string, Tensor<"input">] => !!entry[1] && fixed(entry[1]));
  const first = all.filter(([name]) => read.has(name));
  const rest = all.filter(([name]) => !read.has(name));
  const head = allocate(first, 0);
  const tail = allocate(rest, head.length);
  return { slots: [...head.slots, ...tail.slots], read: head.length, length: tail.length };
}

/** Lays out the sums; their length is cut evenly among the ranks. */
function allocateSums({ sums, perShard }: ProgramParts, ranks: number) {
  const large = Object.entries(perShard).filter(([name, tensor]) => sums.has(name) && fixed(tensor));
  const { slots, length } = allocate(large, 0);
  return { slots, length: ranks * padded(length / ranks) };
}

function allocate(entries: readonly (readonly [string, Tensor])[], from: number): { slots: Slot[]; length: number } {
  let offset = from;
  const slots = entries.map(([name, { shape }]): Slot => {
    const size = shape.reduce<number>((product, dim) => product * Number(dim), 1);
    const slot = { name, shape: shape as number[], offset, size };
    offset += padded(size);
    return slot;
  });
  return { slots, length: offset };
}
