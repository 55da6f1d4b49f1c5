// Toy: a synthetic problem that shows what a cell can remember. Here: the sum of two marked numbers out of ten.
import { predict, report, tasks, toyModel, train, trainOptions } from "../../src/index.ts"; // "unrolled"

export async function run(steps: number): Promise<{ loss: number; baseline: number; answers: number[] }> {
  const recipe = tasks.toy.recipe({ rows: 0 }, { hiddenSize: 24, learningRate: 0.01, steps });
  const model = toyModel({ toy: "adding:10", ...tasks.toy.options(recipe) });
  // Samples are numbered, and made as they are needed: test on some, train on others.
  const [test, training] = [
    { from: 0, count: 100 },
    { from: 1000, count: 100_000 },
  ] as const;
  for await (const _ of train(model, training, trainOptions(recipe)));
  const { loss, baseline } = await report(model, test);
  const answers: number[] = [];
  for await (const { answer } of predict(model, [0, 1, 2])) answers.push(answer!);
  return { loss, baseline: baseline!, answers };
}
