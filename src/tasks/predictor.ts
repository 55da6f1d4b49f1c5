// Compiled models that answer. Compiling costs far more than answering one input, so `predict` keeps the predictors that it
// has compiled, for as long as the model's weights are the same.
import { fail } from "../base/index.ts";
import { all, inOrder, mapped, type OrderOptions } from "../data/batches/in-order.ts";
import { engineOf } from "../engine/default.ts";
import type { Engine } from "../engine/index.ts";
import { fingerprint, type Weights } from "../networks/model.ts";
import type { AnswerOptions, CompileWith, Predictor, RunOptions } from "./task.ts";

/** Compiles a model: what a task defines. */
export type MakePredictor<M, Input, Output, Options extends RunOptions = RunOptions> = (
  model: M,
  options?: CompileWith,
) => Promise<Predictor<Input, Output, Options>>;

/** A predictor that answers as this generator does. */
export const predictorOf = <Input, Output, Options extends RunOptions>(
  stream: (inputs: Iterable<Input>, options: AnswerOptions<Options>) => AsyncGenerator<Output, void, void>,
  release: () => Promise<void>,
): Predictor<Input, Output, Options> => {
  const checked = (inputs: Iterable<Input>, options = {} as AnswerOptions<Options>) => stream(list(inputs), options);
  return {
    stream: checked,
    run: (inputs, options) => all(checked(inputs, options), (options as RunOptions | undefined)?.signal),
    release,
  };
};

/** A text is iterable too, one character after the other: nobody means that. */
function list<Input>(inputs: Iterable<Input>): Iterable<Input> {
  if (typeof inputs === "string")
    fail({ where: "predict", expected: "a list of inputs", received: "a text", hint: "predict(model, [text])" });
  return inputs;
}

export interface BatchAnswers<Input, Row, Output, Options> {
  /** What the network reads of an input. */
  read(input: Input, options: AnswerOptions<Options>): Row;
  /** By it rows are batched. */
  lengthOf(row: Row): number;
  /** The answers to some rows of like length. */
  answer(rows: readonly Row[], options: AnswerOptions<Options>): Promise<readonly Output[]>;
  /** Rows per batch, or tokens, where the caller does not choose; 64 rows by default. */
  size?: OrderOptions<Row>["size"];
  release(): Promise<void>;
}

/** A predictor that answers in batches of like length. */
export const batchPredictor = <Input, Row, Output, Options extends RunOptions>({
  read,
  lengthOf,
  answer,
  size = { batchSize: 64 },
  release,
}: BatchAnswers<Input, Row, Output, Options>): Predictor<Input, Output, Options> =>
  predictorOf((inputs, options) => {
    const { batchSize, signal } = options as RunOptions;
    return inOrder(
      mapped(inputs, (input) => read(input, options)),
      (rows) => answer(rows, options),
      { lengthOf, size: batchSize === undefined ? size : { batchSize }, signal },
    );
  }, release);

interface Releasable {
  release(): Promise<void>;
}

interface Kept {
  readonly make: unknown;
  readonly engine: Engine;
  readonly threads: number | undefined;
  readonly weights: number;
  readonly predictor: Promise<Releasable>;
  users: number;
}
const kept = new WeakMap<object, Kept[]>();

/**
 * `predict` of a task: answers by a predictor that is kept with the model until its weights change, so that a call costs
 * what the network costs.
 */
export const predictWith = <M extends Weights, Input, Output, Options extends RunOptions>(
  make: MakePredictor<M, Input, Output, Options>,
) =>
  async function* (
    model: M,
    inputs: Iterable<Input>,
    options: Options = {} as Options,
  ): AsyncGenerator<Output, void, void> {
    list(inputs);
    if (options.signal?.aborted) return;
    const { predictor, done } = await borrow(model, make, options);
    try {
      yield* predictor.stream(inputs, options);
    } finally {
      await done();
    }
  };

/** The kept predictor of a model, compiled where there is none of its present weights. */
export async function borrow<M extends Weights, P extends Releasable>(
  model: M,
  make: (model: M, compileWith?: CompileWith) => Promise<P>,
  { engine: given, threads }: CompileWith,
): Promise<{ predictor: P; done(): Promise<void> }> {
  const engine = engineOf("predict", given);
  const weights = fingerprint(model);
  const all = kept.get(model) ?? [];
  kept.set(model, all);
  const drop = async (one: Kept) => {
    if (all.includes(one)) all.splice(all.indexOf(one), 1);
    if (one.users === 0) await (await one.predictor).release();
  };
  for (const one of all.filter((other) => other.weights !== weights)) await drop(one);
  let mine = all.find((one) => one.make === make && one.engine === engine && one.threads === threads);
  if (!mine) {
    mine = { make, engine, threads, weights, predictor: make(model, { engine, threads }), users: 0 };
    all.push(mine);
  }
  const own = mine;
  own.users++;
  const done = async () => {
    own.users--;
    if (!all.includes(own)) await drop(own); // its weights are of the past
  };
  try {
    return { predictor: (await own.predictor) as P, done };
  } catch (error) {
    all.splice(all.indexOf(own), 1);
    throw error;
  }
}
