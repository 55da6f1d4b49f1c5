// A graph that can be run: its weights in memory, its calls planned anew where the lengths of its inputs change.
import type { EncodedGraph } from "./encoding.ts";
import type { Memory } from "./memory.ts";
import { dimValue, type Lengths, plan } from "./planner.ts";
import { sizeOf, type View, viewAt } from "./views.ts";

/** Numbers with a shape. Whole numbers, too, are given and returned as they are. */
export interface Numbers {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

export interface Result {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export interface Graph {
  /** Shapes of the recurrent states by name, without the batch axis. */
  readonly states: EncodedGraph["states"];
  /** All outputs, copied out. @throws Error where an input is missing or its shape does not fit */
  run(feeds: Readonly<Record<string, Numbers>>): Record<string, Result>;
}

interface Planned {
  run: () => void;
  inputs: readonly View[];
  values: ReadonlyMap<number, View>;
}

export function makeGraph(memory: Memory, encoded: EncodedGraph, weights: ReadonlyMap<string, View>): Graph {
  const constants = new Map(encoded.weights.map(([name, id]) => [id, weights.get(name)!]));
  // What is computed once is computed from floats.
  plan({ ...memory, byteRows: new Map() }, encoded.once, constants, {}, memory.reserve)();
  const outputs = Object.entries(encoded.outputs);
  let planned: Planned | undefined;
  let room = { at: 0, size: 0, used: 0 };
  /** A second plan takes the place of the first one; where it is larger, new room. */
  const reserve = (count: number): number => {
    const at = room.used;
    room.used += (count + 11) & ~7;
    return at;
  };

  function planFor(lengths: Lengths): Planned {
    const attempt = (): Planned => {
      room = { ...room, used: room.at };
      const values = new Map(constants);
      const inputs = encoded.inputs.map(([, id, shape]) => {
        const own = shape.map((dim) => dimValue(dim, lengths));
        const view = viewAt(reserve(sizeOf(own)), own);
        values.set(id, view);
        return view;
      });
      return { inputs, values, run: plan(memory, encoded.each, values, lengths, reserve) };
    };
    const first = attempt();
    if (room.used - room.at <= room.size) return first;
    const size = Math.max(room.used - room.at, 2 * room.size); // rooms that were left together take less than the last one
    room = { at: memory.reserve(size), size, used: 0 };
    return attempt();
  }

  return {
    states: encoded.states,
    run(feeds) {
      if (!planned || !fits(planned, encoded, feeds)) planned = planFor(lengthsOf(encoded, feeds));
      const { inputs, values, run } = planned;
      const before = memory.floats();
      for (let i = 0; i < inputs.length; i++) before.set(feeds[encoded.inputs[i]![0]]!.data, inputs[i]!.at);
      run();
      const f = memory.floats();
      const results: Record<string, Result> = {};
      for (const [name, id] of outputs) {
        const { at, shape, size } = values.get(id)!;
        results[name] = { shape, data: f.slice(at, at + size) };
      }
      return results;
    },
  };
}

/** Whether everything is fed in the shapes of the plan. */
function fits({ inputs: views }: Planned, { inputs }: EncodedGraph, feeds: Readonly<Record<string, Numbers>>): boolean {
  for (let i = 0; i < views.length; i++) {
    const fed = feeds[inputs[i]![0]];
    const { shape, size } = views[i]!;
    if (!fed || fed.data.length !== size || fed.shape.length !== shape.length) return false;
    for (let axis = 0; axis < shape.length; axis++) if (fed.shape[axis] !== shape[axis]) return false;
  }
  return true;
}

/** The lengths of the named axes, from the shapes of what is fed. */
function lengthsOf({ inputs }: EncodedGraph, feeds: Readonly<Record<string, Numbers>>): Lengths {
  const lengths: Record<string, number> = {};
  for (const [name, , shape] of inputs) {
    const fed = feeds[name];
    const right =
      fed?.shape.length === shape.length &&
      fed.data.length === sizeOf(fed.shape) &&
      shape.every((dim, axis) => {
        if (typeof dim === "string") lengths[dim] ??= fed.shape[axis]!;
        return fed.shape[axis] === (typeof dim === "string" ? lengths[dim] : dim);
      });
    if (!right) throw new Error(`run(${name}): expected [${shape.join(", ")}], got [${fed?.shape.join(", ") ?? ""}]`);
  }
  return lengths;
}
