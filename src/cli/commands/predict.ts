// unrolled predict and translate, for every task: answers in the order of the inputs.
import { fail } from "../../base/index.ts";
import { load } from "../../index.ts";
import type { Model } from "../../tasks/index.ts";
import type { Trainable } from "../../train/index.ts";
import { jsonFlag, makeCommand, modelArgument, threadsFlag } from "../command.ts";
import { useEngineFlag, withEngine } from "../engine.ts";
import { repeated, type Values } from "../flags.ts";
import { command, type Host } from "../host.ts";
import { interrupt } from "../interrupt.ts";
import { type Output, output } from "../output.ts";
import { commandOfModel } from "../tasks/registry.ts";
import type { Prediction } from "../tasks/task.ts";
import { refuseWith } from "./evaluate.ts";

const flags = {
  with: repeated("--with <model>", "another classifier of the same labels to average with; may be repeated"),
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
        ["[input...]", "texts, or files whose lines (or rows, in a table) are texts; - is standard input"],
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
  const model = (await load(folder)) as Model & Trainable<unknown>;
  const task = await commandOfModel(model);
  if (given.with) refuseWith(folder, model);
  if (!task.predict) {
    const hint = `${command(task.name === "generator" ? "compose" : "sample", folder)} generates from it`;
    return fail({ where: folder, expected: "a model that predicts", received: `a ${task.title}`, hint });
  }
  if (inputs.length === 0 && model.task !== "toy")
    fail({
      where: "predict",
      expected: "a text or a file",
      received: "none",
      hint: `${command("predict", folder)} "a text"`,
    });
  const stop = interrupt();
  try {
    const show = output(host, given.json);
    const context = { host, show, threads: given.threads, signal: stop.signal, with: given.with };
    const predictions = task.predict(model, inputs, context);
    await withEngine(show, given.engine, () => showPredictions(show, task.name, predictions, stop.signal));
  } finally {
    stop.end();
  }
  host.exitCode = stop.code();
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
