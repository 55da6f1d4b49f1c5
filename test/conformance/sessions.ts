// The laws of sessions: state, shards, masks and names, for every engine.
import { afterAll, describe, expect, it } from "vitest";
import { randomKey } from "../../src/base/index.ts";
import { gradient } from "../../src/compile/gradient.ts";
import type { Program, Session, Value } from "../../src/engine/index.ts";
import { dropoutMasks } from "../../src/nn/index.ts";
import {
  add,
  cast,
  div,
  input,
  less,
  linear,
  mul,
  select,
  sqrt,
  sub,
  sum,
  type Tensor,
  tanh,
} from "../../src/tensor/index.ts";
import { bodyInput, finalOf, makeScan } from "../../src/tensor/scan.ts";
import { noise } from "../gradient-check.ts";
import { cut, expectClose, type Subject, type Values } from "./subject.ts";

const D = 3;
const H = 4;

/** h<t> = tanh(x<t> U' + h<t-1> W'), over T steps. */
function recurrence(x: Tensor, h: Tensor, U: Tensor, W: Tensor): Tensor {
  const state = bodyInput("state", h.shape, h);
  const slice = bodyInput("x", x.shape.slice(1), x);
  const next = tanh(add(linear(slice, U), linear(state, W)));
  return finalOf(makeScan({ states: [state], xs: [slice], next: [next] }, [h], [x], false), 0);
}

const x = input("x", ["T", "B", D]);
const h = input("h", ["B", H]);
const U = input("U", [H, D], { kind: "parameter" });
const W = input("W", [H, H], { kind: "parameter" });

/** A training step of a small model: gradients, their norm, a guard, momentum and a carried state. */
function trainingStep(count: number): Program {
  const rate = input("rate", []);
  const b = input("b", [H, H]);
  const final = recurrence(x, h, U, W);
  const total = sum(mul(final, final));
  const rows = sum(add(mul(sum(final, { axes: 1 }), 0), 1));
  const [dW] = gradient(total, [W]) as [Tensor];
  const norm = div(sqrt(sum(mul(dW, dW))), rows);
  const good = less(norm, Number.POSITIVE_INFINITY);
  const momentum = add(mul(b, 0.9), div(dW, rows));
  return {
    outputs: { total, rows, dW, norm },
    state: {
      W: { next: select(good, sub(W, mul(rate, momentum)), W) },
      b: { next: select(good, momentum, b) },
      h: { next: select(good, final, h) },
      best: {},
    },
    shards: { count, sum: ["total", "rows", "dW"] },
  };
}

/** Registers the laws for an engine. */
export function sessionLaws({ engine, precision, tolerance }: Subject): void {
  const open: Session[] = [];
  const compile = async (program: Program): Promise<Session> => {
    const session = await engine.compile(program);
    open.push(session);
    return session;
  };
  const as = (value: Value): Value =>
    precision === "float32" ? { ...value, data: Float32Array.from(value.data) } : value;
  const values = (record: Record<string, Value>): Values =>
    Object.fromEntries(Object.entries(record).map(([name, value]) => [name, as(value)]));
  const weights = values({ U: noise([H, D], 1), W: noise([H, H], 2) });
  const scalar = (value: number) => as({ shape: [], dtype: "float", data: Float64Array.of(value) });
  afterAll(async () => {
    for (const session of open) await session.release();
  });

  describe("sessions", () => {
    it("state across runs = the loop unrolled", async () => {
      const whole = as(noise([6, 2, D], 3));
      const outputs = { y: recurrence(x, h, U, W) };
      const plain = await compile({ outputs });
      const start = as({ shape: [2, H], dtype: "float", data: new Float64Array(2 * H) });
      const expected = await plain.run({ ...weights, x: whole, h: start });
      const session = await compile({ outputs, state: { h: { next: outputs.y } } });
      expect(session.inputs.map(({ attrs }) => attrs.name).sort()).toEqual(["U", "W", "x"]);
      let last: Values = {};
      for (let t = 0; t < 6; t += 2) last = await session.run({ ...weights, x: as(cut(whole, 0, t, t + 2)) });
      expectClose(last, expected, tolerance);
      expectClose(await session.read(["h"]), { h: expected.y! }, tolerance);
    });

    it("reads what was written, as copies; copies state to state", async () => {
      const session = await compile(trainingStep(1));
      expectClose(await session.read(["b"]), { b: zeros([H, H]) }, 0);
      await session.write({ W: weights.W! });
      const [first] = Object.values(await session.read(["W"])) as [Value];
      first.data.fill(7);
      await session.copy(["W"], ["best"]);
      await session.write({ W: zeros([H, H], precision) });
      const { best, W: now } = await session.read(["best", "W"]);
      expectClose({ best: best! }, { best: weights.W! }, 0);
      expect(now!.data.every((value) => value === 0)).toBe(true);
    });

    it("returns what is wanted; the state is updated in any case", async () => {
      const feeds = values({ x: noise([2, 4, D], 5), U: noise([H, D], 1) });
      const session = await compile(trainingStep(2));
      await session.write({ W: weights.W! });
      expect(Object.keys(await session.run({ ...feeds, rate: scalar(0.1) }, { want: ["norm"] }))).toEqual(["norm"]);
      const { W: moved } = await session.read(["W"]);
      expect(moved!.data).not.toEqual(weights.W!.data);
      expect(await session.run({ ...feeds, rate: scalar(0.1) }, { want: [] })).toEqual({});
    });

    it.each([1, 2, 4])("a training step in %i shards = the step in one, over five steps", async (count) => {
      const sessions = [await compile(trainingStep(1)), await compile(trainingStep(count))];
      for (const session of sessions) await session.write({ W: weights.W! });
      for (let step = 0; step < 5; step++) {
        const feeds = { ...values({ x: noise([3, 6, D], step), U: noise([H, D], 1) }), rate: scalar(0.05) };
        const [one, many] = await Promise.all(sessions.map((session) => session.run(feeds)));
        expectClose(many!, one!, 10 * tolerance);
      }
      const [one, many] = await Promise.all(sessions.map((session) => session.read(["W", "b", "h"])));
      expectClose(many!, one!, 10 * tolerance);
    });

    it("takes the feeds of each shard; a shard without rows adds nothing", async () => {
      const session = await compile(trainingStep(4));
      const other = await compile(trainingStep(4));
      for (const each of [session, other]) await each.write({ W: weights.W! });
      const rest = { U: weights.U!, rate: scalar(0.1) };
      const three = noise([2, 3, D], 8);
      const found = await session.run({ ...rest, x: as(three) });
      expect(found.rows!.data[0]).toBe(3);
      const parts = [0, 1, 2].map((row) => ({ ...rest, x: as(cut(three, 1, row, row + 1)) }));
      const listed = await other.run(parts);
      expectClose(listed, found, 10 * tolerance);
    });

    it("a step whose norm is not finite changes nothing, and is the same step again", async () => {
      const session = await compile(trainingStep(2));
      await session.write({ W: weights.W! });
      const feeds = { x: as(noise([2, 4, D], 5)), U: weights.U!, rate: scalar(0.1) };
      await session.run(feeds);
      const before = await session.read(["W", "b", "h"]);
      const bad = { ...feeds, x: as({ ...noise([2, 4, D], 5), data: new Float64Array(2 * 4 * D).fill(Number.NaN) }) };
      for (const _ of [1, 2]) {
        const { norm } = await session.run(bad);
        expect(Number.isFinite(norm!.data[0])).toBe(false);
        expectClose(await session.read(["W", "b", "h"]), before, 0);
      }
    });

    it("draws masks from the key: the same key, the same masks; each shard its own", async () => {
      const rows = input("rows", ["B", 64]);
      const mask = dropoutMasks().next(["B", 64], 0.5);
      const outputs = { kept: mul(rows, cast(mask, "float")) };
      const one = await compile({ outputs });
      const two = await compile({ outputs, shards: { count: 2, sum: [] } });
      const feeds = { rows: as({ shape: [2, 64], dtype: "float", data: new Float64Array(128).fill(1) }) };
      const kept = async (session: Session, seed: number) => (await session.run(feeds, { key: randomKey(seed) })).kept!;
      expect(one.inputs).toHaveLength(1);
      expectClose({ kept: await kept(one, 1) }, { kept: await kept(one, 1) }, 0);
      expect([...(await kept(one, 1)).data]).not.toEqual([...(await kept(one, 2)).data]);
      const halves = await kept(two, 1);
      const first = await one.run({ rows: as(cut(feeds.rows, 0, 0, 1)) }, { key: randomKey(1) });
      expectClose({ kept: cut(halves, 0, 0, 1) }, { kept: first.kept! }, 0); // shard 0 draws as a program without shards
      expect([...cut(halves, 0, 0, 1).data]).not.toEqual([...cut(halves, 0, 1, 2).data]);
      await expect(one.run(feeds)).rejects.toThrow("run(key): expected a key");
    });

    it("refuses names that it does not have, values that do not fit, and calls after release", async () => {
      const session = await compile(trainingStep(1));
      const feeds = { x: as(noise([2, 4, D], 5)), U: weights.U!, rate: scalar(0.1) };
      await expect(session.run({ ...feeds, h: zeros([4, H], precision) })).rejects.toThrow(
        "run(h): expected data only, got state",
      );
      await expect(session.run(feeds, { want: ["los"] })).rejects.toThrow("run(want): expected one of");
      await expect(session.read(["w"])).rejects.toThrow("read: expected one of W, b, h, best, got w");
      await expect(session.read(["best"])).rejects.toThrow('read: expected a value of the state "best", got none yet');
      await expect(session.write({ V: weights.W! })).rejects.toThrow("write: expected one of W, b, h, best, got V");
      await expect(session.write({ W: weights.U! })).rejects.toThrow(
        `write(W): expected [${H}, ${H}], got [${H}, ${D}]`,
      );
      await expect(session.copy(["W"], ["V"])).rejects.toThrow("expected one of W, b, h, best, got V");
      const { U: _, ...missing } = feeds;
      await expect(session.run(missing)).rejects.toThrow('run(U): expected a value for the input "U"');
      await session.release();
      await session.release();
      await expect(session.run(feeds)).rejects.toThrow("run: the session was released");
      await expect(session.read(["W"])).rejects.toThrow("read: the session was released");
    });

    it("refuses programs that cannot be cut", async () => {
      const mean = div(sum(x), 2);
      await expect(engine.compile({ outputs: { mean }, shards: { count: 2, sum: [] } })).rejects.toThrow(
        'compile(mean): expected a result with the axis "B", or one that shards.sum names, got []',
      );
      await expect(engine.compile({ outputs: { mean }, shards: { count: 3, sum: ["mean"] } })).rejects.toThrow(
        "compile(shards): expected a power of two, got 3",
      );
      await expect(engine.compile({ outputs: { mean }, shards: { count: 2, sum: ["loss"] } })).rejects.toThrow(
        "compile(shards.sum): expected one of the outputs mean, got loss",
      );
      await expect(engine.compile({ outputs: { W }, state: { W: { next: mul(U, 2) } } })).rejects.toThrow(
        "compile(state W): expected next to be float [4,4], got float [4,3]",
      );
    });
  });
}

const zeros = (shape: readonly number[], precision = "float64"): Value => {
  const size = shape.reduce((a, b) => a * b, 1);
  return { shape, dtype: "float", data: precision === "float64" ? new Float64Array(size) : new Float32Array(size) };
};
