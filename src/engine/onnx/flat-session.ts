// A session for programs with shards: training and evaluation. State of fixed shape lies in flat memory, where ONNX Runtime
// reads it and the update loops replace it in place. Workers compute neighboring shards; sums cross through shared memory.
import type * as ort from "onnxruntime-common";
import { fail } from "../../base/index.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { bindLengths } from "../bindings.ts";
import type { Program, Session, Value, Values } from "../engine.ts";
import { analyze, type ProgramParts } from "../program.ts";
import { joinRows, treeSum } from "../rows.ts";
import { checkNames, type Evaluator, feedsOfShards, hostState } from "../session.ts";
import { flatMemory, padded, type Region } from "./kernel/memory.ts";
import type { OnnxRuntime } from "./runtime.ts";
import type { SerializedProgram } from "./serialize.ts";
import { addPresent, levelsOf, type ShardResults, type ShardSpec, type Slot, shardGraph } from "./shard-graph.ts";
import { planUpdate } from "./update.ts";
import type { ShardWorker, StartWorker } from "./worker.ts";

export interface FlatSessionOptions {
  session: ort.InferenceSession.SessionOptions;
  /** Whether ONNX Runtime writes results into arrays that it is given. */
  inPlace: boolean;
  /** Threads that share the shards, this one included; a power of two that divides their number. */
  workers: number;
  startWorker?: StartWorker;
  serialize(program: Program): SerializedProgram;
  /** Compiles what runs after the sums, where it is not a plain update. */
  evaluator(program: Program): Promise<Evaluator>;
}

export async function flatSession(
  runtime: OnnxRuntime,
  program: Program,
  options: FlatSessionOptions,
): Promise<Session> {
  const parts = analyze(program);
  const { startWorker, inPlace, session } = options;
  const workers = startWorker ? options.workers : 1;
  const own = parts.count / workers;
  const { bytes, inputs, outputNames } = options.serialize({ outputs: parts.perShard, constants: program.constants });
  const read = new Set(inputs.map(({ attrs }) => attrs.name));
  const places = allocateState(parts, read);
  const sums = allocateSums(parts);
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
  const levels = Math.max(levelsOf(own), levelsOf(workers));
  const memory = flatMemory(places.length + levels * sums.length);
  const buffer = (level: number): Region => ({ offset: places.length + level * sums.length, size: sums.length });
  const graph = await shardGraph(runtime, spec, session, memory, places.length);
  // A page that is not cross-origin isolated has no SharedArrayBuffer, and one worker needs none.
  const shared = workers > 1 ? new Float32Array(new SharedArrayBuffer(4 * places.read)) : undefined;
  const others = await Promise.all(
    Array.from({ length: workers - 1 }, () => startOne(startWorker!, spec, session, own, shared!)),
  );

  const slots = new Map(places.slots.map((slot) => [slot.name, slot]));
  const sumSlots = new Map(sums.slots.map((slot) => [slot.name, slot]));
  const place = (name: string): Region | undefined => {
    const sum = sumSlots.get(parts.crossing.get(name) ?? "");
    return sum ? { offset: places.length + sum.offset, size: sum.size } : slots.get(name);
  };
  const hasUpdate = Object.keys(parts.after).length > 0;
  const plan = hasUpdate ? planUpdate(parts, place, memory) : undefined;
  const late =
    hasUpdate && !plan ? await options.evaluator({ outputs: parts.after, constants: program.constants }) : undefined;
  const kept = { ...parts, state: new Map([...parts.state].filter(([name]) => !slots.has(name))) };
  const state = hostState(kept);
  const outputNamesOfProgram = Object.keys(program.outputs);
  let changed = true;
  let released = false;
  const open = (where: string) => {
    if (released) fail({ where, problem: "the session was released" });
  };
  const flatValue = (slot: Slot): Value => ({ shape: slot.shape, dtype: "float", data: memory.view(slot) });
  const sumValue = (slot: Slot): Value => ({
    shape: slot.shape,
    dtype: "float",
    data: memory.view({ offset: places.length + slot.offset, size: slot.size }),
  });

  /** Runs the shards on all threads; the first sum buffer then holds the tree of all. */
  async function runShards(
    sets: readonly (Values | undefined)[],
    key: Parameters<typeof graph.run>[1],
  ): Promise<ShardResults["results"]> {
    if (changed) shared?.set(memory.view({ offset: 0, size: places.read }));
    const jobs = others.map(({ worker }, i) => {
      const first = (i + 1) * own;
      return worker.run({ sets: sets.slice(first, first + own).map(compact), key, first, changed });
    });
    changed = false;
    const results = await Promise.all([graph.run(sets.slice(0, own), key, 0), ...jobs]);
    const tree = (from: number, to: number, level: number): boolean => {
      if (to - from === 1) {
        if (from > 0 && results[from]!.present) memory.view(buffer(level)).set(others[from - 1]!.sum);
        return results[from]!.present;
      }
      const middle = (from + to) / 2;
      const left = tree(from, middle, level);
      const right = tree(middle, to, level + 1);
      addPresent(memory, buffer(level), buffer(level + 1), left, right);
      return left || right;
    };
    if (sums.length > 0) tree(0, workers, 0);
    return results.flatMap((result) => result.results);
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
      for (const set of sets)
        if (set)
          bindLengths(
            inputs.filter(({ attrs }) => !slots.has(attrs.name) && attrs.kind !== "mask"),
            set,
          );
      const results = await runShards(sets, key);
      const given = results.filter((result) => result !== undefined);
      const found: Record<string, Value> = {};
      for (const [name, tensor] of Object.entries(parts.perShard)) {
        const slot = sumSlots.get(name);
        if (slot) found[name] = sumValue(slot);
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
        const slot = slots.get(name);
        return (
          (crossing ? found[crossing] : slot ? flatValue(slot) : (kinds[name] ?? whole[name])) ??
          fail({
            where: `run(${name})`,
            code: "missing",
            expected: `a value for the input "${name}"`,
            received: "none",
          })
        );
      };
      if (plan) Object.assign(found, plan.run(lookup));
      else if (late)
        Object.assign(
          found,
          await late.run(Object.fromEntries(late.inputs.map(({ attrs: { name } }) => [name, lookup(name)])), [
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
      return Object.fromEntries(want.map((name) => [name, sumSlots.has(name) ? copyOf(found[name]!) : found[name]!]));
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
      await Promise.all([graph.release(), late?.release(), ...others.map(({ worker }) => worker.close())]);
    },
  };

  function heldValue(where: string, name: string): Value {
    const slot = slots.get(name);
    return slot ? flatValue(slot) : state.get(where, name);
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

async function startOne(
  start: StartWorker,
  spec: ShardSpec,
  session: ort.InferenceSession.SessionOptions,
  shards: number,
  state: Float32Array<SharedArrayBuffer>,
): Promise<{ worker: ShardWorker; sum: Float32Array }> {
  const sum = new SharedArrayBuffer(4 * spec.sumLength);
  return { worker: await start({ spec, session, shards, state: state.buffer, sum }), sum: new Float32Array(sum) };
}

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

const allocateSums = ({ sums, perShard }: ProgramParts) =>
  allocate(
    Object.entries(perShard).filter(([name, tensor]) => sums.has(name) && fixed(tensor)),
    0,
  );

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
