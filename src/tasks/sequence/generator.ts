// The generator: one-to-many. From a label (a language, a key, a style) or from nothing it writes a sequence, each y<t>
// being read as x<t+1>: a name, a melody, or the frames of a piece in several voices.

import { checkNumber, fail } from "../../base/index.ts";
import { evaluationOf, trainingBatches } from "../../data/batches/pieces.ts";
import { keyCount } from "../../data/index.ts";
import type { Fields } from "../../data/piece-data.ts";
import { type Content, contentSize, ends, type Piece } from "../../data/pieces.ts";
import { ints } from "../../engine/values.ts";
import type { Saved } from "../../networks/config.ts";
import { refuseLookAhead } from "../../networks/look-ahead.ts";
import { modelOf } from "../../networks/model.ts";
import {
  binaryCrossEntropy,
  type DropoutOptions,
  dense,
  dropout as dropoutLayer,
  embedding,
  fill,
  type Layer,
  type Loss,
  type Masks,
  normal,
  type Parameters,
  sequenceCrossEntropy,
  under,
} from "../../nn/index.ts";
import {
  add,
  broadcastTo,
  cast,
  div,
  input,
  less,
  maximum,
  mul,
  range,
  reshape,
  type State,
  sub,
  sum,
  type Tensor,
  transpose,
} from "../../tensor/index.ts";
import type { Step, Trainable } from "../../train/index.ts";

export interface GeneratorOptions {
  /** `{ type: "text", tokenizer }`, `{ type: "melody", coder }` or `{ type: "frames", stepsPerQuarter }`. */
  content: Content;
  /** What a piece may be asked to be: the labels of each field. None by default. */
  fields?: Fields;
  /** Reads what has been written. It may not look ahead (`bidirectional`). */
  encoder: Layer;
  /** Width of what the encoder reads. 128 by default. */
  embeddingSize?: number;
  /** Share of what the encoder reads that is dropped while training; it has its own beside. 0 by default. */
  dropout?: number | DropoutOptions;
  /**
   * Most semitones that a piece of frames is transposed by while training, up or down, at random in each epoch: what is
   * learned in one key then holds in all. 0 by default.
   */
  transposition?: number;
  /** Of the first values of the parameters. */
  seed?: number;
}

/** What is saved of a generator beside its parameters and its content. */
export type GeneratorConfig = Saved<
  Required<Pick<GeneratorOptions, "fields" | "encoder" | "embeddingSize" | "dropout">> &
    Pick<GeneratorOptions, "transposition">
>;

export interface Generator extends Trainable<readonly Piece[]> {
  readonly task: "generator";
  readonly config: GeneratorConfig;
  readonly content: Content;
  /** Shapes of the recurrent states by name, without the batch axis. */
  readonly state: Readonly<Record<string, readonly number[]>>;
  /**
   * Symbolic: what was written, ids [B, T] or frames [B, T, 88], and label ids [B] by field -> logits [B, T, V] of what
   * comes next, and the states after it.
   */
  apply(
    parameters: Parameters,
    written: Tensor,
    labels: Readonly<Record<string, Tensor>>,
    options?: { state?: State; masks?: Masks },
  ): { logits: Tensor; final: State };
}

/**
 * Makes a generator with parameters drawn from `seed`.
 *
 * @example
 * ```ts
 * const model = generator({ content: { type: "text", tokenizer }, fields: { language: ["Korean", "Irish"] }, encoder: lstm({ hiddenSize: 256 }) });
 * ```
 */
export function generator(options: GeneratorOptions): Generator {
  const { content, fields = {}, encoder, embeddingSize = 128, dropout = 0, transposition = 0, seed = 1337 } = options;
  checkNumber("generator(transposition)", transposition, { min: 0, integer: true });
  checkNumber("generator(embeddingSize)", embeddingSize, { min: 1, integer: true });
  if (content.type !== "frames") ends(content);
  const size = contentSize(content);
  const frames = content.type === "frames";
  if (transposition > 0 && !frames)
    fail({ where: "generator(transposition)", expected: "content of frames", received: content.type });
  const tables = Object.entries(fields).map(([name, labels]) => ({
    name,
    block: embedding({ embeddingSize }).build(labels.length + 1),
  }));
  // Four voices with rows of deviation 1/2 make an x of deviation 1, as a token's row has.
  const read = (frames ? dense({ outputSize: embeddingSize, init: normal(0.5) }) : embedding({ embeddingSize })).build(
    size,
  );
  const recurrent = encoder.build(embeddingSize);
  refuseLookAhead("generator(encoder)", recurrent);
  const plain = dense({ outputSize: size }).build(recurrent.outputSize);
  // About 4 keys of 88 sound: begun at even odds, the first gradients would drown the later ones in Adam's memory.
  const output = frames
    ? {
        ...plain,
        parameters: plain.parameters.map((spec) => (spec.name === "bias" ? { ...spec, init: fill(-3) } : spec)),
      }
    : plain;
  const drop = dropoutLayer(typeof dropout === "number" ? { p: dropout } : dropout).build(embeddingSize);
  const weights = modelOf(
    {
      input: read,
      ...Object.fromEntries(tables.map(({ name, block }) => [`label_${name}`, block])),
      encoder: recurrent,
      output,
    },
    seed,
  );

  /** The same, time first: what training runs. */
  const timeFirst: Generator["apply"] = (all, written, labels, { state, masks } = {}) => {
    // The label is heard at every step: x<t> = E[y<t-1>] + sum of the labels' rows.
    const embedded = read.apply(under(all, "input"), written).outputs; // [T, B, E]
    const asked = tables.map(({ name, block }) => block.apply(under(all, `label_${name}`), labels[name]!).outputs); // [B, E]
    const x = asked.reduce<Tensor>((total, row) => add(total, row), embedded);
    const dropped = drop.apply({}, x, { masks }).outputs;
    const { outputs, final } = recurrent.apply(under(all, "encoder"), dropped, { state, masks }); // [T, B, H]
    return { logits: output.apply(under(all, "output"), outputs).outputs, final };
  };

  return {
    task: "generator",
    config: {
      fields,
      encoder: encoder.config,
      embeddingSize,
      dropout,
      ...(transposition > 0 ? { transposition } : {}),
    },
    content,
    ...weights,
    state: recurrent.state,
    apply(all, written, labels, options) {
      const turned = frames ? transpose(written, [1, 0, 2]) : transpose(written);
      const { logits, final } = timeFirst(all, turned, labels, options);
      return { logits: transpose(logits, [1, 0, 2]), final };
    },
    trace: (_, all, masks) => trace(timeFirst, frames, Object.keys(fields), all, masks),
    // Frames have no cross-entropy: the loss counts the steps from `from` to `lengths`.
    ...(frames ? { followed: { only: onlyStep } } : {}),
    batches: (pieces, batchOptions) => trainingBatches(content, fields, pieces, batchOptions, transposition),
    evaluationBatches: (pieces, batchOptions) => evaluationOf(content, fields, pieces, batchOptions),
  };
}

const onlyStep = (step: number) => ({ from: ints(Int32Array.of(step), 1), lengths: ints(Int32Array.of(step + 1), 1) });

function trace(
  apply: Generator["apply"],
  frames: boolean,
  fields: readonly string[],
  all: Parameters,
  masks: Masks | undefined,
): Step {
  const labels = Object.fromEntries(fields.map((name) => [name, input(`label.${name}`, ["B"], { dtype: "int" })]));
  const column = (name: string) => reshape(input(name, ["B"], { dtype: "int" }), [1, "B"]);
  const step = reshape(range("T"), ["T", 1]);
  const inside = cast(less(step, column("lengths")), "float");
  const early = cast(less(step, column("from")), "float");
  const weights = mul(inside, sub(1, early)); // [T, B]
  if (frames) {
    const shape = ["B", "T", keyCount];
    const written = transpose(input("inputs", shape), [1, 0, 2]);
    const targets = transpose(input("targets", shape), [1, 0, 2]);
    return { loss: frameLoss(apply(all, written, labels, { masks }).logits, targets, weights) };
  }
  const written = transpose(input("inputs", ["B", "T"], { dtype: "int" }));
  const targets = transpose(input("targets", ["B", "T"], { dtype: "int" }));
  return { loss: sequenceCrossEntropy(apply(all, written, labels, { masks }).logits, targets, { weights }) };
}

/** Nats a step: the binary cross-entropies of the 88 keys summed, averaged over the steps that count. */
function frameLoss(logits: Tensor, targets: Tensor, weights: Tensor): Loss {
  const everyKey = broadcastTo(reshape(weights, ["T", "B", 1]), logits.shape);
  const { total } = binaryCrossEntropy(logits, targets, { weights: everyKey });
  const count = sum(weights);
  return { total, count, mean: div(total, maximum(count, 1e-12)) };
}
