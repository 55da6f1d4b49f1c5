// The header of a run: what is trained on what, how, and for how long.
import { splitThreads } from "../engine/onnx/split.ts";
import type { ChosenEngine } from "../node/choose-engine.ts";
import type { Model } from "../tasks/index.ts";
import { formatWhole, plural } from "../terminal/index.ts";
import type { Output } from "./output.ts";
import type { SavedRun } from "./saved-run.ts";
import type { Prepared } from "./tasks/task.ts";

export interface RunDescription {
  model: Model;
  prepared: Prepared<unknown>;
  run: SavedRun;
  out: string;
  resumed: boolean;
  threads: number | undefined;
  engine: ChosenEngine;
  /** `4 ranks, Open MPI v4.1.4 (libmpi.so.40)` */
  ranks?: string;
}

export function describeRun(
  show: Output,
  { model, prepared, run, out, resumed, threads, engine, ranks }: RunDescription,
): void {
  const { recipe, seed, test } = run;
  const shards = model.training?.settings.shards ?? 1;
  show.event("start", {
    task: run.task,
    out,
    resumed,
    step: model.training?.step ?? 0,
    inputs: run.inputs,
    fingerprint: run.fingerprint,
    recipe,
    seed,
    ...(threads === undefined ? {} : { threads }),
    engine: engine.name,
    shards,
    ...(engine.engine.ranks === undefined ? {} : { ranks: engine.engine.ranks }),
    ...(test === undefined ? {} : { test }),
    parameters: model.layout.count + model.frozenLayout.count,
    frozen: model.frozenLayout.count,
    data: prepared.json,
  });
  for (const [i, line] of prepared.data.entries()) show.fact(i === 0 ? "data" : "", line);
  show.fact("model", `${prepared.model}: ${describeParameters(model)}`);
  for (const [name, line] of Object.entries(prepared.facts ?? {})) show.fact(name, line);
  const { rows } = prepared;
  show.fact(
    "run",
    describeLength(run, rows === undefined ? undefined : Math.max(1, Math.ceil(rows / recipe.batchSize))),
  );
  show.fact("engine", describeEngine(engine, shards, threads));
  if (ranks !== undefined) show.fact("ranks", ranks);
  if (resumed) show.fact("", `resuming after step ${formatWhole(model.training?.step ?? 0)}`);
  show.fact("out", out);
  show.line();
}

/** `cpu: 2 shards, on 2 workers x 1 thread` */
function describeEngine({ name, text = name, engine }: ChosenEngine, shards: number, threads?: number): string {
  if (engine.cores === undefined) return text;
  const { ranks = 1 } = engine;
  const split = splitThreads({ shards: { count: shards, sum: [] } }, { threads: threads ?? engine.cores, ranks });
  const workers = `${plural(split.workers, "worker")} x ${plural(split.threads, "thread")}`;
  return `${text}: ${plural(shards, "shard")}, on ${ranks > 1 ? `${ranks} ranks x ` : ""}${workers}`;
}

const epochsText = (epochs: number): string => `${epochs} ${epochs === 1 ? "epoch" : "epochs"}`;

/** `12 epochs = 1,344 steps, batch size 32, learning rate 0.004, dropout 0.3, seed 1337` */
function describeLength({ recipe, seed }: SavedRun, perEpoch: number | undefined): string {
  const { steps, epochs, minutes, batchSize, learningRate, dropout } = recipe;
  const { bptt } = recipe as { bptt?: number };
  const passes = steps !== undefined && perEpoch ? steps / perEpoch : undefined;
  const length =
    minutes !== undefined
      ? `${minutes} ${minutes === 1 ? "minute" : "minutes"}`
      : steps !== undefined
        ? `${plural(steps, "step")}${passes === undefined ? "" : ` = ${epochsText(Number(passes.toPrecision(2)))}`}`
        : `${epochsText(epochs!)}${perEpoch ? ` = ${plural(Math.max(1, Math.round(epochs! * perEpoch)), "step")}` : ""}`;
  return [
    length,
    `batch size ${formatWhole(batchSize)}`,
    ...(bptt === undefined ? [] : [`bptt ${bptt}`]),
    `learning rate ${learningRate}`,
    `dropout ${dropout}`,
    `seed ${seed}`,
  ].join(", ");
}

/** `1,234 parameters, 1,000 of them frozen` */
export function describeParameters({
  layout,
  frozenLayout,
  specs,
}: Pick<Model, "layout" | "frozenLayout" | "specs">): string {
  const held = specs.filter(({ unfreezeAfter }) => unfreezeAfter);
  const atFirst = held.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
  const frozen = frozenLayout.count > 0 ? `, ${formatWhole(frozenLayout.count)} of them frozen` : "";
  const first = atFirst > 0 ? `, ${formatWhole(atFirst)} of them frozen at first` : "";
  return `${plural(layout.count + frozenLayout.count, "parameter")}${frozen}${first}`;
}
