// unrolled train, for every task: detect the data, choose the task, refuse options that it does not read, read the data,
// build a model or continue one, describe the run, train, report.
import { existsSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { fail } from "../base/index.ts";
import { toy } from "../data/index.ts";
import type { Engine } from "../engine/index.ts";
import type { Ranks } from "../engine/ranks.ts";
import { save, train } from "../index.ts";
import { type ChosenEngine, chooseEngine } from "../node/choose-engine.ts";
import { fingerprintFiles, lockFolder, nodeEngine, recognizeFile, watchTraining } from "../node/index.ts";
import { settleModel } from "../node/save.ts";
import type { Model, Recipe, TaskName } from "../tasks/index.ts";
import { taskFor, trainOptions } from "../tasks/index.ts";
import { formatDuration, formatWhole, plural } from "../terminal/index.ts";
import { type Trainable, trainingSpeed } from "../train/index.ts";
import { reportWithin } from "../train/within-time.ts";
import { describeRun } from "./describe-run.ts";
import { type EngineName, withResume } from "./engine.ts";
import type { Flags } from "./flags.ts";
import { command, type Host } from "./host.ts";
import { modelFolder } from "./model-folder.ts";
import { openBrowser } from "./open-browser.ts";
import { type Output, output } from "./output.ts";
import { inJob, type Job, packageVersion } from "./ranks.ts";
import { refuseForeign } from "./refuse-flags.ts";
import { refuseUnrecognized } from "./refuse-unrecognized.ts";
import { absolutePaths, checkSameRun, decisive, loadRun, type SavedRun } from "./saved-run.ts";
import { showTraining, squaredBest } from "./show-training.ts";
import { absolute, filesOf, listed, named, shown } from "./source.ts";
import { commandOf } from "./tasks/registry.ts";
import type { AnyTask, Context, TrainContext } from "./tasks/task.ts";
import { reportedOf, settlingShare, sinceStart, withStart } from "./time-budget.ts";
import { commonFlags, outputFlags, selectionFlags } from "./train-flags.ts";

/** What the command line gave, by the names of the options. */
export type Given = Readonly<Record<string, unknown>> & {
  readonly task?: TaskName;
  readonly toy?: string;
  readonly resume?: string;
  readonly out?: string;
  readonly overwrite?: boolean;
  readonly json?: boolean;
  readonly watch?: boolean;
  readonly threads?: number;
  readonly engine?: EngineName;
  readonly fast?: boolean;
  readonly test?: string;
};

const defaultSeed = 1337;

/** Trains, shows it, and keeps the model. Sets the host's exit code if a signal stopped it. */
export async function runTrain(host: Host, inputs: readonly string[], given: Given): Promise<void> {
  const show = output(host, given.json);
  await inJob(host, given, async (job) => {
    const closing: (() => unknown)[] = [];
    try {
      await trainUntil(job, show, inputs, given, closing);
    } catch (error) {
      // Ctrl-C while a corpus is read: there is no run yet.
      if (!job.stop.code() || error !== job.stop.signal.reason) throw error;
      host.exitCode = job.stop.code();
      show.event("stopped", { out: given.out ?? given.resume ?? "" });
      show.line("stopped before the first step");
    } finally {
      for (const close of closing.reverse()) await close();
    }
  });
}

/** Every flag that the task reads. */
export const flagsOf = (task: AnyTask): Flags => ({
  ...commonFlags,
  ...task.flags,
  ...outputFlags,
  task: selectionFlags.task,
});

async function trainUntil(
  { stop, ranks, leads }: Job,
  show: Output,
  inputs: readonly string[],
  given: Given,
  closing: (() => unknown)[],
): Promise<void> {
  const lock = async (folder: string) => {
    if (!leads) return;
    const held = await lockFolder(folder);
    closing.push(() => held.release());
    await settleModel(folder);
  };
  if (given.resume !== undefined && existsSync(given.resume)) await lock(given.resume); // before its state is read
  await ranks?.agree("locked");
  const saved = given.resume === undefined ? undefined : await loadRun(given.resume);
  if (!saved) checkInputs(inputs, given);
  if (ranks) refuseUnderRanks(saved?.run.inputs ?? inputs, given.engine ?? saved?.run.engine);
  const files = await filesOf(show, saved?.run.inputs ?? inputs);
  const recognized = files[0] === undefined ? undefined : await recognizeFile(files[0]);
  const name = saved?.run.task ?? given.task ?? taskOfToy(given.toy) ?? taskFor(recognized!.kind);
  const task = await commandOf(name);
  await refuseForeign(task, flagsOf(task), given);
  if (saved) checkSameRun(given.resume!, saved.run, inputs, given, flagsOf(task));
  if (recognized && !saved && given.task === undefined) await refuseUnrecognized(files[0]!, recognized);
  const source = sourceOf(inputs, files);
  if (recognized && !saved) announce(show, name, recognized.message, given, files, source!);
  const flags = saved?.run.flags ?? decisive(given, flagsOf(task));
  const context: TrainContext<Record<string, unknown>> = {
    host: show.host,
    show,
    files,
    ...(recognized ? { recognized } : {}),
    flags: { ...flags, ...(given.stream === undefined ? {} : { stream: given.stream }) },
    seed: saved?.run.seed ?? (flags.seed as number | undefined) ?? defaultSeed,
    threads: given.threads,
    signal: stop.signal,
  };
  const folder = () => modelFolder(source ?? given.toy!.replace(":", "-"), given);
  let out = given.resume ?? (leads ? folder() : "");
  // Another run may have filled the folder before the lock was held: the choice is made again with it.
  while (!saved && leads) {
    await lock(out);
    const again = folder();
    if (again === out) break;
    out = again;
  }
  out = (await ranks?.agree(out)) ?? out;
  const test = given.test === undefined ? saved?.run.test : absolutePaths(given.test);
  const valid = typeof flags.valid === "string" ? await filesOf(show, flags.valid.split(",")) : [];
  const fingerprint = await fingerprintFiles([...files, ...valid], stop.signal);
  if (saved && fingerprint !== saved.run.fingerprint)
    fail({
      where: `--resume ${given.resume}`,
      problem: `the data has changed since the run began: ${listed([...files, ...valid])}`,
      hint: "restore the data to continue this run, or start a new run with another --out",
      code: "data",
    });
  const opened = await task.open({ ...context, fingerprint });
  const { model, recipe } = saved
    ? { model: saved.model as Model & Trainable<unknown>, recipe: saved.run.recipe }
    : await task.build(opened, context, chosenOf(task, flags));
  const prepared = await task.prepare(model, opened, context);
  // Test data that cannot be read fails now, not after the training.
  const testData =
    test === undefined ? undefined : await task.heldOut!(model, await filesOf(show, test.split(",")), context);
  const held = prepared.test === undefined ? (prepared.report ?? prepared.valid) : undefined;
  const reported = [held, prepared.test, testData].filter((data) => data !== undefined);
  const threads = given.threads ?? ranks?.cores;
  const options = {
    ...trainOptions(withStart(recipe)),
    seed: context.seed,
    shards: flags.shards as number | undefined,
    threads,
  };
  const chosen: ChosenEngine = ranks
    ? { name: "cpu", engine: nodeEngine({ ranks, threads }), release() {} }
    : await chooseEngine({
        asked: given.engine ?? saved?.run.engine ?? "cpu",
        env: show.host.env,
        warn: (message) => show.warn(message),
        unit: prepared.unit,
        measure: (engine) =>
          trainingSpeed(model, prepared.train, { ...options, engine, reportEvery: reportEveryOf(engine) }),
      });
  closing.push(() => chosen.release());
  const { engine } = chosen;
  const run: SavedRun = {
    task: name,
    inputs: saved?.run.inputs ?? absolute(inputs),
    fingerprint,
    flags,
    recipe,
    seed: context.seed,
    engine: chosen.name,
    ...(test === undefined ? {} : { test }),
  };
  const squared = task.squared?.(model) ?? false;
  await ranks?.compare("the run and its data", [packageVersion(), run, model.training?.step ?? 0]);
  const settling = task.settle && prepared.valid !== undefined ? settlingShare : 0;
  const timed = await ranks?.agree(withStart(recipe, settling)); // the same length of the run on all ranks
  ranks?.resumeWith(command("train", "--resume", out));
  if (!saved && leads) await save(model, out, { start: run }); // a folder that cannot be written fails now, not after the training
  if (given.watch && ranks) fail({ where: "--watch", expected: "a run of one process", received: ranks.title });
  const watched = given.watch
    ? await watchTraining(model, {
        recipe,
        seed: context.seed,
        valid: prepared.valid,
        file: files[0] === undefined ? (given.toy ?? "") : named(files[0]),
        recognized: recognized?.message ?? "",
        counts: prepared.json,
        unit: prepared.unit,
        engine: chosen.name,
        signal: stop.signal,
      })
    : undefined;
  if (watched) {
    closing.push(() => watched.close());
    show.event("serving", { url: watched.url, models: [] });
    show.fact("watch", watched.url);
    openBrowser(watched.url, show.host);
  }
  const last = await showTraining(
    show,
    (signal, onEvaluation) =>
      train(model, prepared.train, {
        ...options,
        ...trainOptions(timed ?? withStart(recipe, settling)),
        engine,
        reportEvery: reportEveryOf(engine),
        valid: prepared.valid,
        evaluateEvery: flags.evaluateEvery as number | undefined,
        evaluationShare: 0.1,
        reportTokens: reported.reduce<number>(
          (sum, data) => sum + reportedOf(tokensIn(model, data), data === held, recipe),
          0,
        ),
        signal,
        onEvaluation,
        resume: saved !== undefined && !saved.restart,
        recipe: run,
        localSteps: localStepsOf(flags, threads, ranks),
        ...(ranks ? { now: () => ranks.now() } : {}),
      }),
    {
      stop,
      out,
      unit: prepared.unit,
      squared,
      guess: task.guess?.(model),
      seconds: recipe.minutes === undefined ? undefined : recipe.minutes * 60,
      begun() {
        describeRun(show, {
          model,
          prepared,
          run,
          out,
          resumed: saved !== undefined && !saved.restart,
          threads,
          engine: chosen,
          ...(ranks ? { ranks: ranks.title } : {}),
        });
        if (!saved?.restart) return;
        show.event("restart", { out });
        show.line("no checkpoint was saved; starting again from the beginning");
      },
      resume: command("train", "--resume", out),
      save: async () => {
        if (leads) await save(model, out);
      },
      ...(watched ? { stepped: (progress) => watched.stepped(progress) } : {}),
      sample: leads ? task.sample && (() => task.sample!(model, context)) : undefined,
    },
  ).catch((error: unknown) => {
    throw withResume(error, command("train", "--resume", out, "--engine", "cpu"));
  });
  if (stop.code()) return stopped(show, stop.code(), last?.step ?? model.training?.step ?? 0, out);
  if (!leads) return;
  ranks?.alone();
  const best = model.training?.best;
  const steps = last?.step ?? model.training?.step ?? 0;
  const kept = best && { step: best.step, nats: best.nats };
  const keep = async () => {
    const seconds = sinceStart() / 1000;
    const record = { steps, seconds, seed: run.seed, recipe, ...(kept ? { best: kept } : {}) };
    await save(model, out, { training: false, record });
    return seconds;
  };
  let seconds = await keep(); // before what may still be interrupted
  if (settling > 0) {
    await task.settle!(model, prepared.valid, context, settling * 60 * (recipe.minutes ?? Infinity)).catch((error) => {
      if (!stop.code()) throw error;
    });
    seconds = await keep();
  }
  const { bold } = show.host.colors;
  show.event("end", { out, steps, seconds, ...(kept ? { best: squared ? squaredBest(kept) : kept } : {}) });
  show.line(
    `${bold(`done in ${formatDuration(seconds)}`)}${best ? `; kept the best checkpoint (step ${formatWhole(best.step)})` : ""}`,
  );
  if (held !== undefined) {
    // A score of all the data may take a tenth more time, at most two seconds: the estimate of `reportWithin` includes compiling.
    const budget = recipe.minutes === undefined ? Infinity : recipe.minutes * 60;
    const deadline = budget + Math.min(2, 0.1 * budget);
    const after = testData === undefined ? 0 : tokensIn(model, testData);
    const tokens = tokensIn(model, held);
    await report(task, model, held, "validation", context, {
      tokens,
      secondsLeft: () => ((deadline - sinceStart() / 1000) * tokens) / (tokens + after),
    });
  }
  for (const data of [prepared.test, testData])
    if (data !== undefined && !stop.code()) await report(task, model, data, "test", context);
  if (stop.code()) {
    show.host.exitCode = stop.code();
    return;
  }
  await task.after?.(model, prepared, context);
  show.line(`the model is in ${out}. Next:`);
  for (const words of task.next(model, out, prepared)) show.line(`  ${command(...words)}`);
}

/** What ranks cannot share. */
function refuseUnderRanks(inputs: readonly string[], engine: EngineName = "cpu"): void {
  const where = "train on several ranks";
  if (inputs.includes("-")) fail({ where, expected: "files that every rank can read", received: "standard input" });
  if (engine !== "cpu") fail({ where: `${where}: --engine`, expected: "cpu", received: engine });
}

/** Replicas that are averaged now and then, where `--sync-every` asks for them. */
function localStepsOf(flags: Readonly<Record<string, unknown>>, threads: number | undefined, ranks: Ranks | undefined) {
  const { syncEvery, replicas } = flags as { syncEvery?: number; replicas?: number };
  if (syncEvery === undefined && replicas === undefined) return undefined;
  if (syncEvery === undefined) return fail({ where: "--replicas", expected: "--sync-every with it", received: "none" });
  return { every: syncEvery, replicas, engine: nodeEngine({ threads }), ranks };
}

/** Reading a loss makes a GPU wait, which the CPU does not notice. */
const reportEveryOf = (engine: Engine): number => (engine.cores === undefined ? 10 : 1);

/** Tokens that a report on this data scores. */
const tokensIn = (model: Model & Trainable<unknown>, data: unknown): number =>
  model.evaluationBatches(data, {}).tokens ?? 0;

/** Measures a part of the data and shows it. */
export async function report(
  task: AnyTask,
  model: Model & Trainable<unknown>,
  data: unknown,
  part: "validation" | "test" | "evaluation",
  context: Context,
  within: { tokens: number; secondsLeft(): number } = { tokens: 1, secondsLeft: () => Infinity },
): Promise<void> {
  const { show, signal } = context;
  try {
    const { found, share } = await reportWithin(data, within, (some) => task.report(model, some, context));
    show.event("report", { part, task: task.name, ...(share < 1 ? { share } : {}), ...found.json });
    const some = share < 1 ? ` (${(100 * share).toPrecision(2)} % of it, what --minutes allows)` : "";
    show.line(`${show.host.colors.bold(part)}${some}: ${found.line}`);
    found.show?.(show);
  } catch (error) {
    if (!signal?.aborted) throw error;
  }
}

function stopped(show: Output, code: number, step: number, out: string): void {
  show.host.exitCode = code;
  const resume = command("train", "--resume", out);
  show.event("stopped", { step, out, resume });
  show.line(`stopped at step ${formatWhole(step)}; checkpoint saved. To resume:\n  ${resume}`);
}

function checkInputs(inputs: readonly string[], { toy: spec }: Given): void {
  if (spec !== undefined && inputs.length > 0)
    fail({ where: "train", expected: "--toy or files", received: `--toy ${spec} and ${inputs.join(", ")}` });
  if (spec === undefined && inputs.length === 0) {
    const hint = `${command("train")} FILE, or ${command("train", "--resume")} FOLDER`;
    fail({ where: "train", expected: "a file to train on", received: "none", hint });
  }
}

/** Pairs that are made are for a translator; all other synthetic problems for the task "toy". */
const taskOfToy = (spec: string | undefined): TaskName | undefined =>
  spec === undefined ? undefined : toy(spec).kind === "pairs" ? "translator" : "toy";

/** What the data is called: the folder that was given, else the first file. */
function sourceOf(inputs: readonly string[], files: readonly string[]): string | undefined {
  const [input] = inputs;
  const folder =
    inputs.length === 1 && files[0] !== input && statSync(input!, { throwIfNoEntry: false })?.isDirectory();
  return folder ? resolve(input!) : files[0] && named(files[0]);
}

function announce(
  show: Output,
  task: TaskName,
  message: string,
  given: Given,
  files: readonly string[],
  source: string,
): void {
  show.event("recognized", { file: files[0]!, task, message });
  const from = source === named(files[0]!) ? source : `${shown(source)}, ${plural(files.length, "file")}`;
  show.fact("file", `${from}: ${message}`);
  show.fact("task", given.task === undefined ? task : `${task} (--task)`);
}

/** The recipe's fields that flags set. */
function chosenOf({ flags }: AnyTask, given: Readonly<Record<string, unknown>>): Partial<Recipe> {
  const fields = Object.entries({ ...commonFlags, ...flags } as Flags).flatMap(([name, { field }]) =>
    field !== undefined && given[name] !== undefined ? [[field, given[name]] as const] : [],
  );
  return Object.fromEntries(fields);
}
