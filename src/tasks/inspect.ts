// What `inspectGradients` looks at, for any trainable model: rows of its evaluation data, one at a time, and of each row one
// output, whose loss is followed back.
import { fail } from "../base/index.ts";
import type { Engine, Value } from "../engine/index.ts";
import { type GradientFlow, gradientFlow } from "../inspect/index.ts";
import { independent, parameterInputs } from "../nn/index.ts";
import { topological } from "../tensor/graph.ts";
import { input, mul, sum, type Tensor, transpose, view } from "../tensor/index.ts";
import { isOp } from "../tensor/tensor.ts";
import { engineOf } from "../train/evaluate.ts";
import type { Batch, Step, Trainable } from "../train/index.ts";
import type { Tagger } from "./tagging/index.ts";

export interface InspectOptions {
  /** Rows of the data to look at; 1 by default. */
  rows?: number;
  /** Which output, from 0; negative counts from the end. The last one by default; many-to-one models have but one. */
  place?: number;
  engine?: Engine;
  threads?: number;
}

export interface InspectedRow extends GradientFlow {
  /** The step of the output that was followed. */
  place: number;
}

/** Follows the loss of one output of each row back through time: see {@link gradientFlow}. */
export async function inspectGradients<Data>(
  model: Trainable<Data>,
  data: Data,
  { rows = 1, place = -1, threads, ...options }: InspectOptions = {},
): Promise<InspectedRow[]> {
  const engine = engineOf("inspect", options.engine);
  const source = model.evaluationBatches(data, { batchSize: 1 });
  const step = model.trace(source.kind, parameterInputs(model.specs));
  const target = targetOf(model as Trainable<never>, step);
  const constants = parametersOf(model);
  const found: InspectedRow[] = [];
  for (const batch of source.batches()) {
    if (batch.scored === false) continue;
    const length = stepsOf(target.loss, batch);
    const at = place < 0 ? length + place : place;
    if (at < 0 || at >= length)
      fail({ where: "inspect(place)", expected: `a step from ${-length} to ${length - 1}`, received: `${place}` });
    const chosen = new Float32Array(length);
    chosen[at] = 1;
    const feeds: Record<string, Value> = {
      ...constants,
      ...batch.feeds,
      ...initialStates(step),
      ...(target.chosen ? { chosen: { dtype: "float" as const, shape: [length], data: chosen } } : {}),
    };
    const flow = await gradientFlow({ target: target.loss, feeds, length, engine, threads });
    found.push({ ...flow, place: target.chosen ? at : length - 1 });
    if (found.length === rows) break;
  }
  return found;
}

/** Means over rows by distance (0: at the output's own step), as far back as any row goes; for each layer and state. */
export function byDistance(rows: readonly InspectedRow[]): { name: string; values: number[] }[] {
  const first = rows[0];
  if (!first) return [];
  return first.layers.flatMap(({ layer, gradients }, i) =>
    Object.keys(gradients).map((state) => {
      const most = rows.reduce((longest, { place }) => Math.max(longest, place + 1), 0);
      const values = Array.from({ length: most }, (_, distance) => {
        const there = rows.filter(({ place }) => distance <= place);
        const norms = there.map(({ layers, place }) => layers[i]!.gradients[state]![place - distance]!);
        return norms.reduce((a, b) => a + b, 0) / norms.length;
      });
      return { name: `${layer} ${state}`, values };
    }),
  );
}

/** The scalar to follow: the loss at one place where the model has an output at each, else the loss. */
function targetOf(model: Trainable<never>, step: Step): { loss: Tensor; chosen: boolean } {
  const total = model.task === "tagger" ? taggerLoss(model as unknown as Tagger) : step.loss.total;
  const each = topological([total]).find((tensor) => isOp(tensor, "crossEntropy"));
  if (!each || !String(each.shape[0]).split("*").includes("T")) return { loss: total, chosen: false };
  return { loss: sum(mul(each, input("chosen", each.shape))), chosen: true };
}

/** A CRF's loss has no places; the emission of the reference's tag does. */
function taggerLoss(model: Tagger): Tensor {
  const { emissions, lengths } = model.emissions(parameterInputs(model.specs));
  const tags = input("tags", ["B", "T"], { dtype: "int" });
  return independent().build(model.vocabulary.tags.length).loss({}, emissions, transpose(tags), lengths).total;
}

/** T: the length of the time axis in what is fed. */
function stepsOf(target: Tensor, { feeds }: Batch): number {
  for (const tensor of topological([target])) {
    if (!isOp(tensor, "input")) continue;
    const axis = tensor.shape.indexOf("T");
    const value = feeds[tensor.attrs.name];
    if (axis >= 0 && value) return value.shape[axis]!;
  }
  return fail({ where: "inspect", expected: "a model that reads sequences", received: "one without a time axis" });
}

function initialStates({ state = {} }: Step): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(state).map(([name, { shape }]): [string, Value] => {
      const size = shape.reduce((a, b) => a * b, 1);
      return [`state.${name}`, { dtype: "float", shape: [1, ...shape], data: new Float32Array(size) }];
    }),
  );
}

function parametersOf({ parameters, layout, frozen, frozenLayout }: Trainable<never>): Record<string, Value> {
  const named = (flat: Float32Array, slots: typeof layout.slots) =>
    slots.map((slot): [string, Value] => [slot.name, { dtype: "float", shape: slot.shape, data: view(flat, slot) }]);
  return Object.fromEntries([...named(parameters, layout.slots), ...named(frozen, frozenLayout.slots)]);
}
