// Runs the training and evaluation steps of a model on batches: sessions, and the feeds of each shard.
import type { RandomKey } from "../base/index.ts";
import type { CompileOptions, Engine, Session, Value, Values } from "../engine/index.ts";
import { shardRows } from "../engine/rows.ts";
import { namedValues } from "../engine/values.ts";
import { type ParameterLayout, view } from "../tensor/index.ts";
import type { CarriedValue, TrainingState } from "./state.ts";
import {
  badName,
  carriedName,
  type EvaluationProgram,
  evaluationProgram,
  gradientName,
  momentName,
  type StepOptions,
  type TrainingProgram,
  trainingProgram,
} from "./step.ts";
import type { Batch, Trainable } from "./trainable.ts";

/** What a training session holds, on the host. */
export type Held = Pick<TrainingState, "parameters" | "moments" | "carried">;

/** What is read of a step. `bad`: steps from the first one that was not finite to this one, 0 as a rule. */
export interface StepReading {
  readonly loss: number;
  readonly norm: number;
  readonly bad: number;
}

export interface TrainingRunner {
  /**
   * One step. With `report`, returns its mean loss and the norm of its gradient, both before the update. A step where
   * they are not finite changes nothing, and with `latch` neither do those after it.
   */
  run(
    batch: Batch,
    at: { step: number; learningRate: number; key: RandomKey; report: boolean },
  ): Promise<StepReading | undefined>;
  /** Steps from the first one that was not finite to the last one; with `latch`. Steps change things again afterward. */
  takeBad(): Promise<number>;
  /** The first parameter whose gradient is not finite in a step that was run before and changed nothing. */
  firstBadGradient(
    batch: Batch,
    at: { step: number; learningRate: number; key: RandomKey },
  ): Promise<string | undefined>;
  /** What the engine chose, to be given to it when the run goes on. */
  choices(): unknown;
  read(): Promise<Held>;
  readParameters(): Promise<Float32Array>;
  /** The optimizer's average of the parameters; those that are not trained are as they are. */
  readAverage(): Promise<Float32Array | undefined>;
  write(held: Held): Promise<void>;
  /** Makes one model of replicas; nothing elsewhere. */
  settle(): Promise<void>;
  release(): Promise<void>;
}

/** Compiles the training step. */
export async function trainingRunner(
  model: Trainable<never>,
  options: StepOptions,
  engine: Engine,
  compile: CompileOptions,
): Promise<TrainingRunner> {
  const step = trainingProgram(model, options);
  const session = await engine.compile(step.program, compile);
  await session.write(namedValues(model.frozen, model.frozenLayout));
  const momentNames = options.optimizer.moments;
  const { layout } = model;
  const feedsAt = (batch: Batch, at: { step: number; learningRate: number }) =>
    shardFeeds(batch, options.shards, step.numbers(at.step, at.learningRate));
  return {
    async run(batch, at) {
      if (batch.fresh) await session.write(freshState(step, batch.rows));
      const want = at.report ? ["loss", "norm", ...(options.latch ? [badName] : [])] : [];
      const read = await session.run(feedsAt(batch, at), { want, key: at.key });
      if (!at.report) return undefined;
      const [loss, norm, bad] = [read.loss!.data[0]!, read.norm!.data[0]!, read[badName]?.data[0]];
      return { loss, norm, bad: bad ?? (Number.isFinite(loss) && Number.isFinite(norm) ? 0 : 1) };
    },
    async takeBad() {
      if (!options.latch) return 0;
      const bad = (await session.read([badName]))[badName]!.data[0]!;
      if (bad > 0) await session.write({ [badName]: { dtype: "float", shape: [], data: Float32Array.of(0) } });
      return bad;
    },
    async firstBadGradient(batch, at) {
      const want = options.active.map(({ name }) => gradientName(name));
      const found = await session.run(feedsAt(batch, at), { want, key: at.key });
      return options.active.find(({ name }) => !found[gradientName(name)]!.data.every(Number.isFinite))?.name;
    },
    choices: () => session.choices?.(),
    async read() {
      const names = [
        ...layout.slots.map(({ name }) => name),
        ...step.moved.flatMap(({ name }) => momentNames.map((moment) => momentName(moment, name))),
      ];
      const found = await session.read(names);
      const moments = momentNames.map((moment): [string, Float32Array] => [
        moment,
        flatOf(layout, (slot) => found[momentName(moment, slot)]),
      ]);
      return {
        parameters: flatOf(layout, (slot) => found[slot]),
        moments: Object.fromEntries(moments),
        carried: await readCarried(session, step),
      };
    },
    async readParameters() {
      const found = await session.read(layout.slots.map(({ name }) => name));
      return flatOf(layout, (slot) => found[slot]);
    },
    async readAverage() {
      const { average } = options.optimizer;
      if (average === undefined) return undefined;
      const moved = new Set(step.moved.map(({ name }) => name));
      const held = (slot: string) => (moved.has(slot) ? momentName(average, slot) : slot);
      const found = await session.read(layout.slots.map(({ name }) => held(name)));
      return flatOf(layout, (slot) => found[held(slot)]);
    },
    async write({ parameters, moments, carried }) {
      await session.write(namedValues(parameters, layout));
      for (const moment of momentNames)
        await session.write(
          Object.fromEntries(
            step.moved.map((slot): [string, Value] => [
              momentName(moment, slot.name),
              { shape: slot.shape, dtype: "float", data: view(moments[moment]!, slot) },
            ]),
          ),
        );
      await session.write(
        Object.fromEntries(
          Object.entries(carried).map(([name, value]): [string, Value] => [
            carriedName(name),
            { dtype: "float", ...value },
          ]),
        ),
      );
    },
    settle: async () => session.settle?.(),
    release: () => session.release(),
  };
}

/** Named values in one flat buffer; zeros where there is none. */
function flatOf(layout: ParameterLayout, lookup: (slot: string) => Value | undefined): Float32Array {
  const flat = new Float32Array(layout.length);
  for (const slot of layout.slots) {
    const value = lookup(slot.name);
    if (value) view(flat, slot).set(value.data as Float32Array);
  }
  return flat;
}

/** The carried state; none before the first batch. */
async function readCarried(
  session: Session,
  { carried }: Pick<TrainingProgram, "carried">,
): Promise<Record<string, CarriedValue>> {
  const out: Record<string, CarriedValue> = {};
  for (const name of Object.keys(carried)) {
    const { [carriedName(name)]: value } = await session.read([carriedName(name)]).catch(() => ({}) as Values);
    if (value) out[name] = { shape: value.shape, data: Float32Array.from(value.data) };
  }
  return out;
}

/** Zeros for the carried state of so many rows. */
function freshState({ carried }: Pick<TrainingProgram, "carried">, rows: number): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(carried).map(([name, shape]): [string, Value] => {
      const full = [rows, ...shape];
      const size = full.reduce((a, b) => a * b, 1);
      return [carriedName(name), { dtype: "float", shape: full, data: new Float32Array(size) }];
    }),
  );
}

/** The feeds of a batch: whole, to be cut by the engine, or of each shard where the batch itself cuts them. */
function shardFeeds(batch: Batch, shards: number, more: Values = {}): Values | Values[] {
  const { part } = batch;
  if (!part || shards === 1) return { ...batch.feeds, ...more };
  return shardRows(batch.rows, shards)
    .filter(([from, to]) => from < to)
    .map(([from, to]) => ({ ...part.call(batch, from, to), ...more }));
}

/** Computes the summed loss of batches, without dropout. */
export interface EvaluationRunner {
  /** Replaces the parameters: flat, of the model's layout. */
  write(parameters: Float32Array): Promise<void>;
  /** The first batch of an evaluation must be fresh, or the model carry no state. */
  run(batch: Batch): Promise<{ total: number; count: number; totals: Record<string, number> }>;
  release(): Promise<void>;
}

/** Compiles the evaluation step, with the model's parameters. */
export async function evaluationRunner(
  model: Trainable<never>,
  kind: string,
  shards: number,
  engine: Engine,
  compile: CompileOptions = {},
): Promise<EvaluationRunner> {
  const step: EvaluationProgram = evaluationProgram(model, kind, shards);
  const session = await engine.compile(step.program, compile);
  await session.write(namedValues(model.frozen, model.frozenLayout));
  await session.write(namedValues(model.parameters, model.layout));
  return {
    write: (parameters) => session.write(namedValues(parameters, model.layout)),
    async run(batch) {
      if (batch.fresh) await session.write(freshState(step, batch.rows));
      const results = await session.run(shardFeeds(batch, shards));
      return {
        total: results.total!.data[0]!,
        count: results.count!.data[0]!,
        totals: Object.fromEntries(step.totals.map((name) => [name, results[`total.${name}`]!.data[0]!])),
      };
    },
    release: () => session.release(),
  };
}
