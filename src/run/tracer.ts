// What each unit and gate does while a model reads: one compiled network, its weights replaced as they are learned. A gate
// can be held at a value: an intervention, whose effect on the outputs is read off.
import type { Engine, Session, Value } from "../engine/index.ts";
import { type ProbedLayer, probeStates } from "../inspect/index.ts";
import { parameterInputs } from "../nn/index.ts";
import { type AnyTask, type Model, taskOf, weightsOf } from "../tasks/index.ts";
import { topological } from "../tensor/graph.ts";
import { dimValue } from "../tensor/shape.ts";
import { isOp, type Tensor } from "../tensor/tensor.ts";
import type { Trainable } from "../train/index.ts";
import type { GateHold, LayerTrace } from "./protocol.ts";

type Feeds = Readonly<Record<string, Value>>;

export interface Traced {
  readonly layers: readonly LayerTrace[];
  /** The model's own outputs, by name. */
  readonly outputs: Readonly<Record<string, Value>>;
}

export interface Tracer {
  /** Takes the model's current parameters. */
  refresh(): Promise<void>;
  /** @param length steps of the row, where its axis is named T; S is that of a source */
  trace(feeds: Feeds, length: { T: number; S?: number; B?: number }, hold?: GateHold): Promise<Traced>;
  release(): Promise<void>;
}

/** @param kind what `evaluationBatches` calls its batches */
export async function tracerOf(
  model: Model & Trainable<unknown>,
  kind: string,
  engine: Engine,
  { states = false }: { states?: boolean } = {},
): Promise<Tracer> {
  const outputs = outputsOf(model, kind, states);
  const names = Object.keys(outputs);
  const window = model.task === "forecaster" ? [String(model.config.length)] : [];
  const { results, layers } = probeStates(Object.values(outputs), {
    specs: model.specs,
    times: ["T", "S", ...window],
    hold: true,
  });
  const wanted: Record<string, Tensor> = Object.fromEntries(names.map((name, i) => [`out.${name}`, results[i]!]));
  for (const [l, { states: all, gates }] of layers.entries())
    for (const { name, values } of [...all, ...gates]) wanted[`${l}.${name}`] = values;
  const used = new Set(
    topological(Object.values(wanted)).flatMap((tensor) => (isOp(tensor, "input") ? [tensor.attrs.name] : [])),
  );
  const weights = () => Object.fromEntries(Object.entries(weightsOf(model)).filter(([name]) => used.has(name)));
  const state = Object.fromEntries(Object.keys(weights()).map((name) => [name, {}]));
  const session: Session = await engine.compile({ outputs: wanted, state }, { threads: 1 });
  await session.write(weights());

  return {
    refresh: () => session.write(weights()),
    async trace(feeds, length, hold) {
      const sizes = { B: 1, ...length };
      const given = Object.entries({ ...feeds, ...probesOf(layers, sizes), ...holdsOf(layers, hold) });
      const found = await session.run(Object.fromEntries(given.filter(([name]) => used.has(name))));
      const list = (name: string) => found[name]!.data as Float32Array;
      return {
        outputs: Object.fromEntries(names.map((name) => [name, found[`out.${name}`]!])),
        layers: layers.map((layer, l) => ({
          name: layer.name,
          time: layer.time,
          H: Number(layer.states[0]?.values.shape.at(-1) ?? 1),
          states: Object.fromEntries(layer.states.map(({ name }) => [name, list(`${l}.${name}`)])),
          gates: Object.fromEntries(layer.gates.map(({ name }) => [name, list(`${l}.${name}`)])),
        })),
      };
    },
    release: () => session.release(),
  };
}

/** What the model computes: its inference graph, or the loss where that graph makes one step at a time. */
function outputsOf(model: Model & Trainable<unknown>, kind: string, states: boolean): Record<string, Tensor> {
  if (model.task === "translator" || model.task === "generator" || model.task === "toy")
    return { loss: model.trace(kind, parameterInputs(model.specs)).loss.total };
  const { outputs } = (taskOf(model) as unknown as AnyTask).graphs(model).model!;
  return Object.fromEntries(Object.entries(outputs).filter(([name]) => states || !name.startsWith("next.")));
}

const floats = (shape: readonly number[], fill = 0): Value => ({
  dtype: "float",
  shape: [...shape],
  data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(fill),
});

function probesOf(layers: readonly ProbedLayer[], sizes: Readonly<Record<string, number>>): Record<string, Value> {
  return Object.fromEntries(
    layers.flatMap(({ states }) =>
      states.map(({ probe }) => [probe.attrs.name, floats(probe.shape.map((dim) => dimValue(dim, sizes)))] as const),
    ),
  );
}

/** Gates that are left alone, and one that is held: of all units, or of one. */
function holdsOf(layers: readonly ProbedLayer[], hold: GateHold | undefined): Record<string, Value> {
  const found: Record<string, Value> = {};
  for (const layer of layers)
    for (const gate of layer.gates) {
      if (!gate.hold) continue;
      const { keep, force } = gate.hold;
      const [H] = keep.shape as readonly [number];
      const [keeps, forces] = [floats([H], 1), floats([H])];
      if (hold && hold.layer === layer.name && hold.gate === gate.name)
        for (let h = 0; h < H; h++)
          if (hold.unit === undefined || hold.unit === h) {
            keeps.data[h] = 0;
            forces.data[h] = hold.value;
          }
      found[keep.attrs.name] = keeps;
      found[force.attrs.name] = forces;
    }
  return found;
}
