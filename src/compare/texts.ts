// Many-to-one: classes or numbers of texts. Two columns show the limits of the standard network: texts longer than its window,
// and texts moved to the right, where its weights for each position have not learned the words.
import { foldIn, random, randomKey } from "../base/index.ts";
import { plural } from "../base/words.ts";
import { all } from "../data/batches/in-order.ts";
import { drawValidation, fitTokenizer, type LabeledText, type TokenKind } from "../data/index.ts";
import { feedForward } from "../networks/many-to-one.ts";
import { bidirectional, gru, lstm, type Pooling, rnn, stacked } from "../nn/index.ts";
import { classifier, predict, regressor, targetScale } from "../tasks/index.ts";
import { type Contest, type ContestOptions, contestant, type Measured, settled } from "./contest.ts";

/** Unknown tokens put in front of a text to move it. */
export const shift = 5;

export interface TextContestOptions extends ContestOptions {
  /** The labels are numbers: a regression. False by default. */
  readonly numeric?: boolean;
  /** `subword` by default. */
  readonly tokens?: TokenKind;
  /** Most words, or merges of subwords. */
  readonly vocabulary?: number;
  /** For messages. */
  readonly source?: string;
}

/** Classes or numbers of texts. */
export function textContest(rows: readonly LabeledText[], options: TextContestOptions = {}): Contest {
  const { seed, hiddenSize, embeddingSize, dropout, valid, threads } = settled(options);
  const { numeric = false, source = "data" } = options;
  const drawn = options.rows === undefined ? rows : draw(rows, options.rows, seed);
  const [data, held = []] = drawValidation(drawn, valid, { seed, source });
  const labels = numeric ? [] : [...new Set(Array.from(data, ({ label }) => label))].sort();
  const tokenizer = fitTokenizer(data, options);
  const test = held.filter(({ label }) => numeric || labels.includes(label));
  const lengths = test.map(({ text }) => tokenizer.encode(text).length);
  const window = options.window ?? middleOf(lengths);
  const scale = numeric ? targetScale({ rows: data }) : undefined;

  /** Shares of right answers, or root mean squared errors. */
  const measure = async (ask: (texts: readonly string[]) => Promise<number[]>): Promise<Measured> => {
    const plain = await ask(test.map(({ text }) => text));
    const moved = await ask(test.map(({ text }) => `${"\ufffd ".repeat(shift)}${text}`));
    const found = (each: readonly number[]) => (numeric ? Math.sqrt(meanOf(each)) : meanOf(each));
    const long = plain.filter((_, i) => lengths[i]! > window);
    return { [numeric ? "rmse" : "accuracy"]: found(plain), long: found(long), shifted: found(moved) };
  };
  const both = bidirectional(lstm({ hiddenSize }));
  // Each pools as it usually does best: the last state for one direction, the maximum over both.
  const encoders: [name: string, encoder: Parameters<typeof classifier>[0]["encoder"], pooling: Pooling][] = [
    [`standard (${window} tokens)`, feedForward({ window, hiddenSize: 2 * hiddenSize }), "last"],
    ["RNN", rnn({ hiddenSize }), "last"],
    ["GRU", gru({ hiddenSize }), "last"],
    ["LSTM", lstm({ hiddenSize }), "last"],
    ["bidirectional LSTM", both, "max"],
    ["deep bidirectional LSTM", stacked([both, both], { dropout }), "max"],
  ];
  const networks = encoders.map(([name, encoder, pooling]) => {
    const shared = { tokenizer, encoder, pooling, embeddingSize, dropout, seed };
    const part = { rows: data };
    if (scale)
      return contestant(
        name,
        () => regressor({ ...shared, scale }),
        part,
        (model) =>
          measure(async (asked) => {
            const found = await all(predict(model, asked, { threads }));
            return found.map(({ value }, i) => (value - Number(test[i]!.label)) ** 2);
          }),
      );
    return contestant(
      name,
      () => classifier({ ...shared, labels }),
      part,
      (model) =>
        measure(async (asked) => {
          const found = await all(predict(model, asked, { threads }));
          return found.map(({ label }, i) => Number(label === test[i]!.label));
        }),
    );
  });
  const classes = numeric ? "" : `, ${plural(labels.length, "class", "classes")}`;
  const errors = scale && test.map(({ label }) => (Number(label) - scale.mean) ** 2);
  return {
    data: `${plural(data.length, "training row")}, ${plural(test.length, "test row")}${classes}; half of the texts have over ${window} tokens`,
    epochs: Math.max(3, Math.min(20, Math.round(30_000 / data.length))),
    batchSize: data.length >= 20_000 ? 128 : data.length >= 2000 ? 32 : 16,
    measures: {
      ...(numeric ? { rmse: "RMSE" } : { accuracy: "accuracy" }),
      long: `over ${window} tokens`,
      shifted: `moved by ${shift}`,
    },
    networks,
    others: errors ? [{ name: "training mean", measured: { rmse: Math.sqrt(meanOf(errors)) } }] : [],
    note: windowNote(window),
  };
}

const meanOf = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

/** The length that half of the rows fit in. */
export const middleOf = (lengths: readonly number[]): number =>
  Math.max(4, lengths.toSorted((a, b) => a - b)[Math.floor(lengths.length / 2)]!);

export const windowNote = (window: number): string =>
  `over ${window} tokens: texts whose end the standard network does not see.\nmoved by ${shift}: with unknown tokens in front; it does not share what it learned across positions.`;

function draw(rows: readonly LabeledText[], count: number, seed: number): LabeledText[] {
  const order = Int32Array.from({ length: rows.length }, (_, i) => i);
  random(foldIn(randomKey(seed), "draw")).shuffle(order);
  return Array.from(order.subarray(0, count), (i) => rows[i]!);
}
