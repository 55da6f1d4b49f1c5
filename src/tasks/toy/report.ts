// What a network on a toy problem answers, sample by sample, and how often it is right.

import { fail, foldIn, random, randomKey } from "../../base/index.ts";
import { all } from "../../data/batches/in-order.ts";
import { toy } from "../../data/index.ts";
import { sample, temperature } from "../../decode/index.ts";
import { engineOf } from "../../engine/default.ts";
import { ints } from "../../engine/values.ts";
import { compileModel, graphOf, rowsOf } from "../../networks/model.ts";
import { parameterInputs } from "../../nn/index.ts";
import { evaluate } from "../../train/index.ts";
import { compileBulk } from "../bulk.ts";
import { batchPredictor, predictWith } from "../predictor.ts";
import type { CompileWith, InferenceGraph, Predictor, RunOptions } from "../task.ts";
import { type ToyModel, type ToySamples, toyBatch, toyEvaluation, toySymbols } from "./toy-model.ts";

export interface ToyReportOptions extends RunOptions {
  /** Another size of the same toy, such as `anbn:40` for a model of `anbn:20`: does it hold for longer ones? */
  toy?: string;
}

export interface ToyAnswer {
  /** The sample's number. */
  readonly sample: number;
  /** Toys of numbers: what is right, and what the network says. */
  readonly target?: number;
  readonly answer?: number;
  /** Toys of symbols: what is read, what is to be said at each step, what the network says, and which steps can be known. */
  readonly read?: readonly string[];
  readonly targets?: readonly string[];
  readonly answers?: readonly string[];
  readonly scored?: readonly boolean[];
  /** Agreement: whether the verb's right form is likelier than its wrong one, and past how many nouns of the other number. */
  readonly verb?: {
    readonly right: boolean;
    readonly form: string;
    readonly wrong: string;
    readonly distractors: number;
  };
}

export interface VerbScore {
  readonly distractors: number;
  readonly count: number;
  readonly right: number;
}

export interface ToyReport {
  readonly toy: string;
  readonly samples: number;
  /** Mean squared error for toys of numbers, nats a step for toys of symbols. */
  readonly loss: number;
  /** The loss without memory, where it is known. */
  readonly baseline?: number;
  /** Share of the steps whose symbol can be known at which it is said, 0 to 1. */
  readonly accuracy?: number;
  /** Agreement: verbs whose right form is likelier than the wrong one, by the distractors before them. */
  readonly verbs?: readonly VerbScore[];
}

/** The loss over samples, which must not be trained on, beside that without memory. */
export async function reportToy(
  model: ToyModel,
  samples: ToySamples,
  options: ToyReportOptions = {},
): Promise<ToyReport> {
  const { threads, signal } = options;
  const engine = engineOf("report", options.engine);
  const problem = sized(model, options.toy);
  const { nats, means } = await evaluate({ ...model, evaluationBatches: toyEvaluation(problem) }, samples, {
    engine,
    threads,
    signal,
  });
  const numbers = Array.from({ length: samples.count }, (_, i) => samples.from + i);
  const answers = problem.name === "agreement" ? await all(predictToy(model, numbers, options), signal) : [];
  const verbs = new Map<number, { distractors: number; count: number; right: number }>();
  for (const { verb } of answers) {
    const { distractors, right } = verb!;
    const score = verbs.get(distractors) ?? { distractors, count: 0, right: 0 };
    verbs.set(distractors, { distractors, count: score.count + 1, right: score.right + Number(right) });
  }
  return {
    toy: problem.spec,
    samples: samples.count,
    loss: nats,
    ...("baseline" in problem ? { baseline: problem.baseline } : {}),
    ...(means.scored ? { accuracy: means.right! / means.scored } : {}),
    ...(verbs.size > 0 ? { verbs: [...verbs.values()].sort((a, b) => a.distractors - b.distractors) } : {}),
  };
}

/** Graph of a toy model: inputs and lengths [B] -> answers [B] (`number`), or logits of each step [B, T, V]. */
export function toyGraph(model: ToyModel): InferenceGraph {
  const outputs = model.apply(parameterInputs(model.specs));
  return graphOf(model.toy.kind === "regression" ? { number: outputs } : { logits: outputs });
}

/** Compiles a toy model, to answer samples by their numbers. */
export async function toyPredictor(
  model: ToyModel,
  compileWith?: CompileWith,
): Promise<Predictor<number, ToyAnswer, ToyReportOptions>> {
  const session = await compileBulk(model, toyGraph(model), compileWith);
  return batchPredictor<number, { n: number; problem: ToyModel["toy"] }, ToyAnswer, ToyReportOptions>({
    read: (n, { toy: spec }) => ({ n, problem: sized(model, spec) }),
    lengthOf: ({ n, problem }) =>
      problem.kind === "regression" ? problem.sample(n).T : toySymbols(problem, n).ids.length,
    async answer(rows) {
      const { problem } = rows[0]!;
      const { inputs, lengths } = toyBatch(
        problem,
        rows.map(({ n }) => n),
      ).feeds;
      return rowsOf(await session.run({ inputs: inputs!, lengths: lengths! }), rows.length).map(
        ({ number, logits }, b) => {
          const { n } = rows[b]!;
          return problem.kind === "regression"
            ? { sample: n, target: problem.sample(n).target, answer: number![0]! }
            : symbolAnswer(problem, n, logits!);
        },
      );
    },
    release: () => session.release(),
  });
}

const predictToy = predictWith(toyPredictor);

/** The likeliest symbol at each step, from logits [T, V]. */
function symbolAnswer(problem: Exclude<ToyModel["toy"], { kind: "regression" }>, n: number, logits: Float32Array) {
  const { vocabulary } = problem;
  const { ids, targets, scored } = toySymbols(problem, n);
  const V = vocabulary.size;
  const word = (id: number) => vocabulary.token(id);
  const answers = Array.from(ids, (_, t) => {
    let best = t * V;
    for (let i = best + 1; i < (t + 1) * V; i++) if (logits[i]! > logits[best]!) best = i;
    return word(best - t * V);
  });
  const verb = problem.kind === "language" ? problem.sample(n).verb : undefined;
  const at = verb ? verb.at - 1 : 0; // the verb is said where the word before it is read
  return {
    sample: n,
    read: Array.from(ids, word),
    targets: Array.from(targets, word),
    answers,
    scored: Array.from(scored, Boolean),
    ...(verb
      ? {
          verb: {
            right: logits[at * V + targets[at]!]! > logits[at * V + verb.wrong]!,
            form: word(targets[at]!),
            wrong: word(verb.wrong),
            distractors: verb.distractors,
          },
        }
      : {}),
  };
}

/** Lets a network on a toy language (`anbn`, `agreement`) write sentences of its own. @throws UnrolledError for other toys */
export async function toySentences(
  model: ToyModel,
  options: CompileWith & {
    /** 5 by default. */
    count?: number;
    /** Below 1 plays safe; 1 by default. */
    temperature?: number;
    /** 200 by default. */
    maxTokens?: number;
    /** Of the draws; 42 by default. */
    seed?: number;
  } = {},
): Promise<string[][]> {
  const { count = 5, temperature: t = 1, maxTokens = 200, seed = 42, threads } = options;
  const problem = model.toy;
  if (problem.kind !== "language")
    return fail({ where: "toySentences", expected: "a toy language: anbn or agreement", received: problem.spec });
  const V = problem.vocabulary.size;
  const eos = problem.vocabulary.id("<eos>");
  const executable = await compileModel(model, toyGraph(model), { engine: options.engine, threads });
  const sentences: string[][] = [];
  try {
    for (let index = 0; index < count; index++) {
      const draws = random(foldIn(randomKey(seed), "toy", index));
      const ids = [problem.vocabulary.id("<bos>")!];
      // A sentence is short: it is read again for each of its words.
      while (ids.at(-1) !== eos && ids.length <= maxTokens) {
        const { length: T } = ids;
        const results = await executable.run({
          inputs: ints(Int32Array.from(ids), 1, T),
          lengths: ints(Int32Array.of(T), 1),
        });
        const last = results.logits!.data.subarray((T - 1) * V) as Float32Array;
        ids.push(sample(last, [temperature(t)], draws, ids));
      }
      sentences.push(ids.filter((id, i) => i > 0 && id !== eos).map((id) => problem.vocabulary.token(id)));
    }
  } finally {
    await executable.release();
  }
  return sentences;
}

/** The model's toy, or the same one in another size. */
function sized(model: ToyModel, spec: string | undefined): ToyModel["toy"] {
  if (spec === undefined) return model.toy;
  const other = toy(spec, { seed: model.config.toySeed });
  const { name } = model.toy;
  if (other.name !== name || other.kind === "pairs")
    return fail({ where: `toy ${spec}`, expected: `${name}, in any size`, received: other.name });
  return other;
}
