// Training steps of every task on made-up batches.
import { random } from "../../src/base/index.ts";
import type { Engine, Session, Value, Values } from "../../src/engine/index.ts";
import { namedValues } from "../../src/engine/values.ts";
import { dimValue } from "../../src/tensor/shape.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { adamW, type Trainable } from "../../src/train/index.ts";
import { phases } from "../../src/train/phases.ts";
import { momentName, type TrainingProgram, trainingProgram } from "../../src/train/step.ts";
import { modelNamed } from "../export/models.ts";

export interface TaskStep extends TrainingProgram {
  readonly model: Trainable<never>;
}

/** The training step of a model of `test/export/models.ts`, in one shard. */
export function taskStep(name: string): TaskStep {
  const model = modelNamed(name) as unknown as Trainable<never>;
  const kind = model.task === "language-model" ? "stream" : model.task;
  const optimizer = adamW();
  const { active } = phases(model.specs, model.layout, 1)(0);
  const step = trainingProgram(model, { kind, optimizer, clipNorm: 1, active, shards: 1, latch: true });
  return { ...step, model };
}

/** Lengths of the named axes. */
const known: Readonly<Record<string, number>> = { B: 3, T: 6, S: 5 };
const lengths = new Proxy(known, { get: (_, name) => known[String(name)] ?? 4 });

/** Ids, lengths and numbers for the inputs of a step. Ids are 1 and 2, which every vocabulary and every length has. */
export function batchFor({ inputs }: Session, seed: number): Values {
  const r = random(seed);
  return Object.fromEntries(
    inputs
      .filter(({ shape }) => shape.length > 0)
      .map((input) => [input.attrs.name, valueFor(input, () => r.uniform())]),
  );
}

function valueFor({ shape: dims, dtype }: Tensor<"input">, draw: () => number): Value {
  const shape = dims.map((dim) => dimValue(dim, lengths));
  const size = shape.reduce((a, b) => a * b, 1);
  const data =
    dtype === "float"
      ? Float32Array.from({ length: size }, () => draw() - 0.5)
      : dtype === "int"
        ? Int32Array.from({ length: size }, () => 1 + Math.floor(2 * draw()))
        : Uint8Array.from({ length: size }, () => Math.floor(2 * draw()));
  return { shape, dtype, data };
}

/** Compiles the step and gives it the model's weights. */
export async function taskSession(engine: Engine, { model, program, moved }: TaskStep): Promise<Session> {
  const session = await engine.compile(program);
  await session.write({
    ...namedValues(model.parameters, model.layout),
    ...namedValues(model.frozen, model.frozenLayout),
  });
  for (const moment of adamW().moments)
    for (const { name, shape } of moved) {
      const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
      await session.write({ [momentName(moment, name)]: { shape, dtype: "float", data } });
    }
  return session;
}
