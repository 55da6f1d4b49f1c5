// A session over an evaluator that runs a graph on host arrays: state is a map, shards run one after another, masks are
// drawn from the key. The reference engine is this and nothing more; a new engine can begin with it.
import { fail, fillMask, foldIn, type RandomKey } from "../base/index.ts";
import { dimValue } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { bindLengths } from "./bindings.ts";
import type { Program, Session, Value, Values } from "./engine.ts";
import { analyze, type Outputs, type ProgramParts } from "./program.ts";
import { joinRows, shardRows, takeRows, treeSum, zerosFor } from "./rows.ts";

/** A compiled graph without state. */
export interface Evaluator {
  /** What it must be fed. */
  readonly inputs: readonly Tensor<"input">[];
  run(feeds: Values, want: readonly string[]): Promise<Record<string, Value>>;
  release(): Promise<void>;
}

/** Builds a session from a function that compiles graphs. The constants are not among an evaluator's inputs. */
export async function hostSession(
  program: Program,
  compile: (outputs: Outputs) => Promise<Evaluator>,
): Promise<Session> {
  const parts = analyze(program);
  const inner = await compile(parts.perShard);
  const after = Object.keys(parts.after).length > 0 ? await compile(parts.after) : undefined;
  const state = hostState(parts);
  const inputs = parts.data;
  const outputNames = Object.keys(program.outputs);
  const nextNames = [...parts.next.values()];
  let released = false;
  const open = (where: string) => {
    if (released) fail({ where, problem: "the session was released" });
  };
  const feedMasks = maskFeeder(parts);

  return {
    inputs,
    async run(feeds, { want = outputNames, key } = {}) {
      open("run");
      checkNames("run(want)", want, outputNames);
      const { sets, whole, lengths } = feedsOfShards(parts, feeds, state);
      const needed = new Set([...want, ...nextNames]);
      const innerNames = Object.keys(parts.perShard).filter((name) => needed.has(name) || !(name in program.outputs));
      for (const name of parts.sums) if (!innerNames.includes(name) && after) innerNames.push(name);
      const results: (Record<string, Value> | undefined)[] = [];
      for (const [i, set] of sets.entries()) results.push(set && (await inner.run(feedMasks(set, key, i), innerNames)));
      const given = results.filter((result) => result !== undefined);
      const found: Record<string, Value> = {};
      for (const name of innerNames)
        found[name] = parts.sums.has(name)
          ? treeSum(results.map((result) => result?.[name]))
          : joinRows(
              given.map((result) => result[name]!),
              parts.perShard[name]!,
            );
      if (after) {
        const late = Object.keys(parts.after).filter((name) => needed.has(name));
        const crossing = [...parts.crossing].map(([name, result]): [string, Value] => [name, found[result]!]);
        const available = { ...state.values(lengths), ...whole, ...Object.fromEntries(crossing) };
        Object.assign(found, await after.run(available, late));
      }
      for (const [name, result] of parts.next) state.set(name, found[result]!);
      return Object.fromEntries(want.map((name) => [name, found[name]!]));
    },
    async read(names) {
      open("read");
      return Object.fromEntries(names.map((name) => [name, copyOf(state.get("read", name))]));
    },
    async write(values) {
      open("write");
      for (const [name, value] of Object.entries(values)) state.write(name, copyOf(value));
    },
    async copy(from, to) {
      open("copy");
      if (from.length !== to.length)
        fail({ where: "copy", expected: `${from.length} names to copy to`, received: String(to.length) });
      const values = from.map((name) => copyOf(state.get("copy", name)));
      for (const [i, name] of to.entries()) state.write(name, values[i]!);
    },
    async release() {
      if (released) return;
      released = true;
      await inner.release();
      await after?.release();
    },
  };
}

const copyOf = (value: Value): Value => ({ ...value, data: value.data.slice() });

/** @throws UnrolledError for a name that is not among those known */
export function checkNames(where: string, names: Iterable<string>, known: readonly string[]): void {
  for (const name of names)
    if (!known.includes(name)) fail({ where, expected: `one of ${known.join(", ") || "no names"}`, received: name });
}

export interface HostState {
  get(where: string, name: string): Value;
  set(name: string, value: Value): void;
  /** Checks the value against the input that reads it. */
  write(name: string, value: Value): void;
  /** All state that inputs read; zeros for what was never written. */
  values(lengths: Readonly<Record<string, number>>): Record<string, Value>;
}

/** State as values in a map. */
export function hostState({ state }: Pick<ProgramParts, "state">): HostState {
  const held = new Map<string, Value>();
  const names = [...state.keys()];
  const readers = [...state].filter((entry): entry is [string, Tensor<"input">] => entry[1] !== undefined);
  return {
    get(where, name) {
      checkNames(where, [name], names);
      const value = held.get(name);
      if (value) return value;
      const reader = state.get(name);
      if (reader?.shape.every((dim) => typeof dim === "number")) return zerosFor(reader, {});
      return fail({ where, code: "missing", expected: `a value of the state "${name}"`, received: "none yet" });
    },
    set: (name, value) => void held.set(name, value),
    write(name, value) {
      checkNames("write", [name], names);
      const reader = state.get(name);
      if (reader) bindLengths([reader], { [name]: value }, "write");
      held.set(name, value);
    },
    values: (lengths) =>
      Object.fromEntries(readers.map(([name, reader]) => [name, held.get(name) ?? zerosFor(reader, lengths)])),
  };
}

export interface ShardFeeds {
  /** Feeds and state of each shard; `undefined` for a shard without rows. */
  sets: (Values | undefined)[];
  /** The feeds that every shard shares. */
  whole: Values;
  lengths: Record<string, number>;
}

/** The feeds and the state of each shard; `parts.state` may name some of the state only. */
export function feedsOfShards(parts: ProgramParts, feeds: Values | readonly Values[], state: HostState): ShardFeeds {
  const { data, count } = parts;
  for (const given of Array.isArray(feeds) ? feeds : [feeds])
    for (const name of Object.keys(given))
      if (parts.state.has(name))
        fail({ where: `run(${name})`, expected: "data only", received: "state", hint: "use session.write" });
  if (Array.isArray(feeds)) {
    const list = feeds as readonly Values[];
    if (list.length < 1 || list.length > count)
      fail({ where: "run", expected: `feeds of 1 to ${count} shards`, received: String(list.length) });
    const each = list.map((own) => bindLengths(data, own));
    const rows = each.map(({ B = 0 }) => B);
    const lengths = { ...each[0]!, B: rows.reduce((a, b) => a + b, 0) };
    const values = state.values(lengths);
    let at = 0;
    const sets = list.map((own, i) => {
      const from = at;
      at += rows[i]!;
      return { ...cutState(parts, values, from, at), ...own };
    });
    return { sets: [...sets, ...new Array<undefined>(count - sets.length)], whole: list[0]!, lengths };
  }
  const whole = feeds as Values;
  const lengths = bindLengths(data, whole);
  const values = state.values(lengths);
  const { B } = lengths;
  if (count === 1 || B === undefined) return { sets: [{ ...values, ...whole }], whole, lengths };
  const sets = shardRows(B, count).map(([from, to]) => {
    if (from === to) return undefined;
    const own = data.map(({ attrs: { name } }, i): [string, Value] => [
      name,
      takeRows(whole[name]!, data[i]!, from, to),
    ]);
    return { ...cutState(parts, values, from, to), ...Object.fromEntries(own) };
  });
  return { sets, whole, lengths };
}

/** Some rows of the state that has a batch axis, and all other state. */
const cutState = ({ state }: ProgramParts, values: Values, from: number, to: number): Record<string, Value> =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, takeRows(value, state.get(name)!, from, to)]),
  );

/** What drawing masks needs to know of a program: plain data, which can be sent to a worker. */
export interface MaskInputs {
  readonly masks: readonly InputShape[];
  readonly data: readonly InputShape[];
}
export type InputShape = Pick<Tensor<"input">, "attrs" | "shape" | "dtype">;

/** Draws the masks of a shard that are not fed; each is a function of the key, the shard and the mask's name alone. */
export function maskFeeder({ masks, data }: MaskInputs) {
  const buffers = new Map<string, Uint8Array>();
  return (feeds: Values, key: RandomKey | undefined, shard: number): Values => {
    const absent = masks.filter(({ attrs }) => !feeds[attrs.name]);
    if (absent.length === 0) return feeds;
    if (!key)
      return fail({
        where: "run(key)",
        code: "missing",
        expected: "a key: the program draws dropout masks",
        received: "none",
      });
    const lengths = bindLengths(data, feeds);
    const own = foldIn(key, shard);
    const drawn = absent.map(({ attrs, shape }): [string, Value] => {
      const full = shape.map((dim) => dimValue(dim, lengths));
      const size = full.reduce((a, b) => a * b, 1);
      const known = buffers.get(`${shard} ${attrs.name}`);
      const values = known?.length === size ? known : new Uint8Array(size);
      buffers.set(`${shard} ${attrs.name}`, values);
      fillMask(values, foldIn(own, attrs.name), attrs.keep!);
      return [attrs.name, { dtype: "bool", shape: full, data: values }];
    });
    return { ...feeds, ...Object.fromEntries(drawn) };
  };
}
