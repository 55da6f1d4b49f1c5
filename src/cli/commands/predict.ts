// unrolled predict and translate, for every task: answers in the order of the inputs.
import { fail } from "../../base/index.ts";
import { jsonFlag, makeCommand, modelArgument, threadsFlag } from "../command.ts";
import { useEngineFlag, withEngine } from "../engine.ts";
import { repeated, type Values } from "../flags.ts";
import { command, type Host } from "../host.ts";
import { interruptible } from "../interrupt.ts";
import { type Output, output } from "../output.ts";
import { aModel, anInput } from "../tasks/describe.ts";
import { openModel } from "../tasks/registry.ts";
import type { Prediction } from "../tasks/task.ts";
import { refuseWith } from "./evaluate.ts";

const flags = {
  with: repeated("--with <model>", "average with another classifier that has the same labels; may be repeated"),
  ...threadsFlag,
  ...useEngineFlag,
  ...jsonFlag,
};

export const predictCommand = (host: Host) =>
  makeCommand(
    "predict",
    {
      arguments: [
        modelArgument,
        [
          "[input...]",
          "texts, or files whose lines (or rows, in a table) are texts; for a forecaster, a file of the series; - is standard input",
        ],
      ],
      flags,
    },
    (values, folder, inputs) => runPredict(host, folder, inputs, values),
  );

async function runPredict(
  host: Host,
  folder: string,
  inputs: readonly string[],
  given: Values<typeof flags>,
): Promise<void> {
  const { model, task } = await openModel(folder);
  if (given.with) refuseWith(folder, model);
  const answer = task.predict?.bind(task);
  if (!answer) {
    const hint = `${command(task.name === "generator" ? "compose" : "sample", folder)} generates from it`;
    return fail({ where: folder, expected: "a model that predicts", received: aModel(model), hint });
  }
  if (inputs.length === 0 && model.task !== "toy")
    fail({
      where: "predict",
      expected: model.task === "forecaster" ? "a file of the series" : "a text or a file",
      received: "none",
      hint: command("predict", folder, ...anInput(model)),
    });
  await interruptible(host, async ({ signal }) => {
    const show = output(host, given.json);
    const context = { host, show, threads: given.threads, signal, with: given.with };
    const predictions = answer(model, inputs, context);
    await withEngine(show, given.engine, () => showPredictions(show, task.name, predictions, signal));
  });
}

/** Prints predictions as they come, until the signal. */
export async function showPredictions<P extends Prediction>(
  show: Output,
  task: string,
  predictions: AsyncIterable<P>,
  signal: AbortSignal,
  each?: (prediction: P, index: number) => Promise<void>,
): Promise<void> {
  let index = 0;
  for await (const one of predictions) {
    if (signal.aborted) return;
    await each?.(one, index);
    show.event("prediction", { task, index: index++, ...one.json });
    show.line(one.text);
  }
}
