// An optimizer alone, as a program: gradients are fed, parameters and moments are state.
import type { Engine, Value } from "../src/engine/index.ts";
import { input, mul, select, sum, type Tensor } from "../src/tensor/index.ts";
import { allFinite, clipFactor, globalNorm } from "../src/train/clipping.ts";
import type { Optimizer } from "../src/train/index.ts";

type Numbers = ArrayLike<number>;
export interface OptimizerSession {
  /** One update; returns the norm of the gradients. */
  update(step: number, gradients: Readonly<Record<string, Numbers>>): Promise<number>;
  /** Parameters by name, moments as `moment.name`. */
  read(): Promise<Record<string, Value>>;
  release(): Promise<void>;
}

/** Compiles the update of some parameters, as the training step has it. */
export async function optimizerSession(
  engine: Engine,
  optimizer: Optimizer,
  start: Readonly<Record<string, { shape: readonly number[]; data: Numbers }>>,
  { clipNorm = Infinity, decay = 1, rate: factor = 1 }: { clipNorm?: number; decay?: number; rate?: number } = {},
): Promise<OptimizerSession> {
  const names = Object.keys(start);
  const fed = names.map((name) => sum(input(`g.${name}`, ["B", ...start[name]!.shape]), { axes: 0 }));
  const norm = globalNorm(fed);
  const scale = clipFactor(norm, clipNorm);
  const good = allFinite([norm]);
  const rate = input("rate", []);
  const corrections = Object.fromEntries(
    Object.keys(optimizer.corrections?.(1) ?? {}).map((name) => [name, input(`correction.${name}`, [])]),
  );
  const state: Record<string, { next: Tensor }> = {};
  for (const [i, name] of names.entries()) {
    const { shape } = start[name]!;
    const parameter = input(name, shape, { kind: "parameter" });
    const moments = Object.fromEntries(optimizer.moments.map((moment) => [moment, input(`${moment}.${name}`, shape)]));
    const next = optimizer.update({
      parameter,
      gradient: mul(fed[i]!, scale),
      moments,
      rate: mul(rate, factor),
      decay,
      corrections,
    });
    state[name] = { next: select(good, next.parameter, parameter) };
    for (const [moment, old] of Object.entries(moments))
      state[`${moment}.${name}`] = { next: select(good, next.moments[moment]!, old) };
  }
  const sums = Object.fromEntries(names.map((name, i) => [`d.${name}`, fed[i]!]));
  const session = await engine.compile({
    outputs: { norm, ...sums },
    state,
    shards: { count: 1, sum: Object.keys(sums) },
  });
  const value = (shape: readonly number[], data: Numbers): Value => ({
    shape,
    dtype: "float",
    data: engine.name === "reference" ? Float64Array.from(data) : Float32Array.from(data),
  });
  const scalar = (number: number): Value => ({ shape: [], dtype: "float", data: Float64Array.of(number) });
  await session.write(Object.fromEntries(names.map((name) => [name, value(start[name]!.shape, start[name]!.data)])));
  return {
    async update(step, gradients) {
      const found = await session.run(
        {
          rate: scalar(optimizer.config.learningRate),
          ...Object.fromEntries(
            Object.entries(optimizer.corrections?.(step) ?? {}).map(([name, number]) => [
              `correction.${name}`,
              scalar(number),
            ]),
          ),
          ...Object.fromEntries(
            names.map((name) => [`g.${name}`, value([1, ...start[name]!.shape], gradients[name]!)]),
          ),
        },
        { want: ["norm"] },
      );
      return found.norm!.data[0]!;
    },
    read: () => session.read(Object.keys(state)),
    release: () => session.release(),
  };
}
