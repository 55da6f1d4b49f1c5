// What `inspectGradients` looks at, for any trainable model: rows of its evaluation data, one at a time, and of each row one
// output, whose loss is followed back.
import { fail } from "../base/index.ts";
import { engineOf } from "../engine/default.ts";
import type { Engine, Value } from "../engine/index.ts";
import { weightsOf } from "../networks/model.ts";
import { parameterInputs } from "../nn/index.ts";
import { topological } from "../tensor/graph.ts";
import { input, mul, sum, type Tensor } from "../tensor/index.ts";
import { scanOperands } from "../tensor/scan.ts";
import { isOp } from "../tensor/tensor.ts";
import type { Batch, Step, Trainable } from "../train/index.ts";
import { type GradientFlow, gradientFlow } from "./flow.ts";

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
  /** The model has an output at each step; else its one output comes after the last. */
  placed: boolean;
}

/**
 * Follows the loss of one output of each row back through time: see {@link gradientFlow}.
 *
 * @example
 * ```ts
 * const [flow] = await inspectGradients(model, sentences, { place: -1 });
 * ```
 */
export async function inspectGradients<Data>(
  model: Trainable<Data>,
  data: Data,
  { rows = 1, place = -1, threads, ...options }: InspectOptions = {},
): Promise<InspectedRow[]> {
  const engine = engineOf("inspect", options.engine);
  const source = model.evaluationBatches(data, { batchSize: 1 });
  const step = model.trace(source.kind, parameterInputs(model.specs));
  const target = targetOf(model as Trainable<never>, step);
  const constants = weightsOf(model);
  const found: InspectedRow[] = [];
  for (const batch of source.batches()) {
    if (batch.scored === false) continue;
    const length = axisOf("T", target.loss, batch) ?? windowOf(target.loss);
    if (length === undefined)
      return fail({ where: "inspect", expected: "a model that reads sequences", received: "one without a time axis" });
    const at = !target.placed || place < 0 ? length + (target.placed ? place : -1) : place;
    if (at < 0 || at >= length)
      fail({ where: "inspect(place)", expected: `a step from ${-length} to ${length - 1}`, received: `${place}` });
    const feeds: Record<string, Value> = {
      ...constants,
      ...batch.feeds,
      ...initialStates(step),
      ...target.feeds(at, length),
    };
    const flow = await gradientFlow({
      target: target.loss,
      feeds,
      length,
      specs: model.specs,
      sourceLength: axisOf("S", target.loss, batch),
      engine,
      threads,
    });
    found.push({ ...flow, place: at, placed: target.placed });
    if (found.length === rows) break;
  }
  return found;
}

/**
 * Means over rows by distance from the output (0: at its own step), as far as any row goes; for each layer and state. The
 * layers of a translator's encoder stand behind all of the decoder's steps, as the unrolled network has them: what is not
 * reached at a distance is NaN.
 */
export function byDistance(rows: readonly InspectedRow[]): { name: string; values: number[] }[] {
  const first = rows[0];
  if (!first) return [];
  return first.layers.flatMap(({ layer, gradients }, i) =>
    Object.keys(gradients).map((state) => {
      const sums: number[] = [];
      const counts: number[] = [];
      for (const row of rows) {
        row.layers[i]!.gradients[state]!.forEach((norm, t) => {
          const distance = distanceOf(row, row.layers[i]!, t);
          if (distance < 0) return;
          sums[distance] = (sums[distance] ?? 0) + norm;
          counts[distance] = (counts[distance] ?? 0) + 1;
        });
      }
      return { name: `${layer} ${state}`, values: Array.from(sums, (sum, d) => sum / counts[d]!) };
    }),
  );
}

/** Steps of the unrolled network between a layer's step t and the output; negative where it is not on the way. */
function distanceOf(
  { place, placed }: InspectedRow,
  { reverse, time, gradients }: InspectedRow["layers"][number],
  t: number,
): number {
  const steps = Object.values(gradients)[0]!.length;
  const fromEnd = reverse ? t : steps - 1 - t;
  if (time === "S") return place + 1 + fromEnd;
  if (!placed) return fromEnd;
  return reverse ? t - place : place - t;
}

interface Target {
  loss: Tensor;
  placed: boolean;
  /** What to feed, for the output at a step. */
  feeds(at: number, length: number): Record<string, Value>;
}

/** The scalar to follow: the loss at one place where the model has an output at each, else the loss. */
function targetOf(model: Trainable<never>, step: Step): Target {
  const { followed } = model;
  const total = followed?.loss?.(parameterInputs(model.specs)) ?? step.loss.total;
  const each = topological([total]).find((tensor) => isOp(tensor, "crossEntropy"));
  if (each && String(each.shape[0]).split("*").includes("T")) {
    const chosen = (at: number, length: number) => new Float32Array(length).fill(1, at, at + 1);
    return {
      loss: sum(mul(each, input("chosen", each.shape))),
      placed: true,
      feeds: (at, length) => ({ chosen: { dtype: "float", shape: [length], data: chosen(at, length) } }),
    };
  }
  if (followed?.only) return { loss: total, placed: true, feeds: followed.only };
  return { loss: total, placed: false, feeds: () => ({}) };
}

/** The length of an axis in what is fed. */
function axisOf(name: "T" | "S", target: Tensor, { feeds }: Batch): number | undefined {
  for (const tensor of topological([target])) {
    if (!isOp(tensor, "input")) continue;
    const axis = tensor.shape.indexOf(name);
    const value = feeds[tensor.attrs.name];
    if (axis >= 0 && value) return value.shape[axis]!;
  }
  return undefined;
}

/** Steps of the loops of a model that reads windows of one length. */
function windowOf(target: Tensor): number | undefined {
  const steps = topological([target]).map((tensor) =>
    isOp(tensor, "scan") ? scanOperands(tensor).xs[0]?.shape[0] : 0,
  );
  return steps.find((size): size is number => typeof size === "number" && size > 0);
}

function initialStates({ state = {} }: Step): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(state).map(([name, { shape }]): [string, Value] => {
      const size = shape.reduce((a, b) => a * b, 1);
      return [`state.${name}`, { dtype: "float", shape: [1, ...shape], data: new Float32Array(size) }];
    }),
  );
}
