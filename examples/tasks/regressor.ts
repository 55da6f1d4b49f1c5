// Regressor: reads a text and predicts a number (how many stars).
import { predict, regressor, report, targetScale, tasks, train, trainOptions, wordTokenizer } from "../../src/index.ts"; // "unrolled"

type Row = { text: string; label: string };

export async function run(
  rows: readonly Row[],
  held: readonly Row[],
): Promise<{ rmse: number; mean: number; value: number }> {
  const tokenizer = wordTokenizer.fit(
    rows.map(({ text }) => text),
    { specials: ["pad", "unk"] },
  );
  const recipe = tasks.regressor.recipe({ rows: rows.length }, { hiddenSize: 16, embeddingSize: 16, epochs: 20 });
  const model = regressor({ tokenizer, scale: targetScale({ rows }), ...tasks.regressor.options(recipe) });
  for await (const _ of train(model, { rows }, trainOptions(recipe)));
  const { rmse, constant } = await report(model, { rows: held }); // beside the error of always predicting the mean
  for await (const { value } of predict(model, ["a fine film"])) return { rmse, mean: constant.rmse, value };
  throw new Error("no prediction");
}
