// Training that seldom communicates: several replicas of a model each take steps on their own rows of the batches, and every
// so many steps their mean becomes the model of all (DiLoCo; Douillard et al., 2023). For networks that are too slow to add
// gradients at every step.
import { checkNumber, fail, foldIn } from "../base/index.ts";
import type { CompileOptions, Engine, Program, Session, Value, Values } from "../engine/index.ts";
import type { Ranks } from "../engine/ranks.ts";
import { shardRows, takeRows } from "../engine/rows.ts";
import { oneRank, treeMean } from "../engine/tree-mean.ts";
import type { Tensor } from "../tensor/index.ts";
import type { Optimizer } from "./optimizers/index.ts";

export interface LocalSteps {
  /** Steps between two means. */
  every: number;
  /** Copies of the model, a power of two that divides the shards; one for each rank by default. They are part of the run. */
  replicas?: number;
  /** Runs the replicas of one process; the engine of the run by default. */
  engine?: Engine;
  /** Processes that share the replicas. */
  ranks?: Ranks;
}

/** The outer step: learning rate and Nesterov momentum of the paper, which found them best for 8 and more replicas. */
const outer = { rate: 0.7, momentum: 0.9 };

/** State of the outer step, one array for each parameter; the optimizer carries it along. */
const outerName = "outer";

/** An optimizer whose state has room for the momentum of the outer step. */
export const withOuterMomentum = (optimizer: Optimizer): Optimizer => ({
  ...optimizer,
  moments: [...optimizer.moments, outerName],
  update(inputs) {
    const { [outerName]: kept, ...own } = inputs.moments;
    const next = optimizer.update({ ...inputs, moments: own });
    return { ...next, moments: { ...next.moments, [outerName]: kept! } };
  },
});

/**
 * An engine whose training sessions are replicas. Between two calls of `settle` each goes its own way, and `read` gives what
 * the last one left. Then the parameters are the outer step from where all began to the mean of the replicas, and the
 * optimizer's moments are the mean: a checkpoint is one model, whatever the number of replicas. The mean is a balanced binary
 * tree, so the number of ranks changes no bit.
 */
export function replicaEngine(engine: Engine, { replicas, ranks }: { replicas: number; ranks?: Ranks }): Engine {
  return {
    ...engine,
    async compile(program, options) {
      divides("train(replicas)", replicas, program.shards?.count ?? 1, "shards");
      divides("train(ranks)", ranks?.size ?? 1, replicas, "replicas");
      return replicaSession(engine, program, options, { replicas, ranks });
    },
  };
}

function divides(where: string, part: number, whole: number, what: string): void {
  checkNumber(where, part, { min: 1, integer: true });
  if (whole % part !== 0)
    fail({ where, expected: `a power of two that divides ${whole} ${what}`, received: String(part) });
}

async function replicaSession(
  engine: Engine,
  program: Program,
  options: CompileOptions = {},
  { replicas, ranks = oneRank }: { replicas: number; ranks?: Ranks },
): Promise<Session> {
  const shards = program.shards!;
  const each = shards.count / replicas;
  const first = (ranks.rank * replicas) / ranks.size;
  const own = Array.from({ length: replicas / ranks.size }, (_, i) => first + i);
  const inner = { ...program, shards: { ...shards, count: each } };
  // One thread for each shard: which way ONNX Runtime adds rows to a table depends on that.
  const threads = Math.min(options.threads ?? engine.cores ?? 1, each);
  const sessions: Session[] = [];
  for (const _ of own) sessions.push(await engine.compile(inner, { ...options, threads, workers: undefined }));

  const moving = Object.entries(program.state ?? {}).flatMap(([name, { next }]) =>
    next ? [[name, next] as const] : [],
  );
  const rows = new Map(moving.filter(([, { shape }]) => shape[0] === "B"));
  const fixed = moving.filter(([name]) => !rows.has(name)).map(([name]) => name);
  const averaged = fixed.filter((name) => !name.startsWith(`${outerName}.`));
  /** What all replicas began with. */
  const held = new Map<string, Value>();
  const { outputs } = program;

  function rowsOf(feeds: Values | readonly Values[], replica: number): Values | readonly Values[] | undefined {
    if (Array.isArray(feeds)) {
      const list = (feeds as readonly Values[]).slice(replica * each, (replica + 1) * each);
      return list.length > 0 ? list : undefined;
    }
    const whole = feeds as Values;
    const { inputs } = sessions[0]!;
    const cut = inputs.find(({ shape }) => shape.includes("B"))!;
    const [from, to] = shardRows(whole[cut.attrs.name]!.shape[cut.shape.indexOf("B")]!, replicas)[replica]!;
    if (from === to) return undefined;
    return Object.fromEntries(
      inputs.map((input): [string, Value] => [input.attrs.name, takeRows(whole[input.attrs.name]!, input, from, to)]),
    );
  }

  async function write(values: Values): Promise<void> {
    for (const [i, replica] of own.entries()) {
      const cut = Object.entries(values).map(([name, value]): [string, Value] => {
        const next = rows.get(name);
        if (!next) return [name, value];
        const [from, to] = shardRows(value.shape[0]!, replicas)[replica]!;
        return [name, takeRows(value, next, from, to)];
      });
      await sessions[i]!.write(Object.fromEntries(cut));
    }
    for (const [name, value] of Object.entries(values)) held.set(name, { ...value, data: value.data.slice() });
  }

  return {
    inputs: sessions[0]!.inputs,
    async run(feeds, { want = Object.keys(outputs), key } = {}) {
      const scalars = want.filter((name) => outputs[name]!.shape.length === 0);
      const numbers = new Float64Array(own.length * (1 + scalars.length));
      let found: Record<string, Value> = {};
      for (const [i, replica] of own.entries()) {
        const given = rowsOf(feeds, replica);
        if (!given) continue;
        const results = await sessions[i]!.run(given, { want, key: key && foldIn(key, `replica ${replica}`) });
        found = { ...results, ...found };
        numbers.set([1, ...scalars.map((name) => results[name]!.data[0]!)], i * (1 + scalars.length));
      }
      const all = new Float64Array(concatenated(await ranks.gather(new Uint8Array(numbers.buffer))).buffer);
      const places = Array.from({ length: replicas }, (_, i) => i * (1 + scalars.length)).filter((at) => all[at] === 1);
      const mean = (k: number) => places.reduce((sum, at) => sum + all[at + 1 + k]!, 0) / places.length;
      const means = scalars.map((name, k): [string, Value] => [
        name,
        { dtype: outputs[name]!.dtype, shape: [], data: Float64Array.of(mean(k)) },
      ]);
      return { ...found, ...Object.fromEntries(means) };
    },
    async settle() {
      const mean = await treeMean(await Promise.all(sessions.map(flatReader(averaged))), replicas, ranks);
      const next: Record<string, Value> = {};
      let at = 0;
      for (const name of averaged) {
        const { shape, dtype, data } = held.get(name)!;
        next[name] = { shape, dtype, data: mean.slice(at, at + data.length) };
        at += data.length;
        const momentum = held.get(`${outerName}.${name}`);
        if (momentum) {
          const data = momentum.data.slice() as Float32Array;
          outerStep(next[name].data as Float32Array, held.get(name)!.data as Float32Array, data);
          next[`${outerName}.${name}`] = { ...momentum, data };
        }
      }
      await write({ ...next, ...(await joined(sessions, rows, ranks)) });
    },
    async read(names) {
      const missing = names.filter((name) => !held.has(name));
      const found = missing.length > 0 ? await sessions[0]!.read(missing) : {};
      const copied = names.filter((name) => held.has(name)).map((name) => [name, copyOf(held.get(name)!)] as const);
      return { ...found, ...Object.fromEntries(copied) };
    },
    write,
    async copy() {
      fail({ where: "copy", code: "internal", problem: "replicas do not copy state" });
    },
    release: async () => void (await Promise.all(sessions.map((session) => session.release()))),
  };
}

const copyOf = (value: Value): Value => ({ ...value, data: value.data.slice() });

/** Reads state into one array. */
const flatReader =
  (names: readonly string[]) =>
  async (session: Session): Promise<Float32Array> => {
    const found = await session.read(names);
    const flat = new Float32Array(names.reduce((sum, name) => sum + found[name]!.data.length, 0));
    let at = 0;
    for (const name of names) {
      flat.set(found[name]!.data as Float32Array, at);
      at += found[name]!.data.length;
    }
    return flat;
  };

/** Nesterov's step against the mean way of the replicas, in place: `mean` becomes the parameters. */
function outerStep(mean: Float32Array, start: Float32Array, momentum: Float32Array): void {
  for (let i = 0; i < mean.length; i++) {
    const way = start[i]! - mean[i]!;
    momentum[i] = outer.momentum * momentum[i]! + way;
    mean[i] = start[i]! - outer.rate * (way + outer.momentum * momentum[i]!);
  }
}

/** State with rows, of all replicas. */
async function joined(sessions: readonly Session[], rows: ReadonlyMap<string, Tensor>, ranks: Ranks): Promise<Values> {
  const out: Record<string, Value> = {};
  for (const [name, { dtype, shape }] of rows) {
    const inner = shape.slice(1) as number[];
    const parts: Uint8Array[] = [];
    for (const session of sessions) {
      const found = await session.read([name]).catch(() => undefined); // of a replica that had no rows yet
      if (found) parts.push(bytesOf(found[name]!.data as Float32Array));
    }
    const all = concatenated(await ranks.gather(concatenated(parts)));
    const data = new Float32Array(all.buffer);
    out[name] = { dtype, shape: [data.length / inner.reduce((a, b) => a * b, 1), ...inner], data };
  }
  return out;
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

function concatenated(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
