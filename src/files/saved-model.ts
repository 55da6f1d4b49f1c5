// A model as files in memory, and back: config.json, model.safetensors (PyTorch's names), the task's own files, and
// under training/ what `resume` needs. Node puts them into a folder, a browser wherever it likes.
import { fail, UnrolledError } from "../base/index.ts";
import { readSafetensors, writeSafetensors } from "../interop/index.ts";
import { whileLoading } from "../networks/model.ts";
import type { Task, TaskModel, UnpackOptions } from "../tasks/task.ts";
import { type AnyTask, type Model, type ModelOf, type TaskName, tasks } from "../tasks/tasks.ts";
import { checkpoint, findNonFinite } from "../train/index.ts";
import { filesFromOnnx, isOnnx } from "./from-onnx.ts";
import { checkWeights, namedTensors, takeParameters } from "./parameters.ts";
import { bytesOf, type Hash, jsonBytes, type ModelFiles, readJson, sha256 } from "./saved-files.ts";
import { readTraining, trainingFiles } from "./saved-training.ts";

/** Of the files' layout. A reader refuses newer ones. */
const formatVersion = 1;

/** A task of your own, or a built-in one. */
export type TaskFor<M extends TaskModel> = Pick<
  Task<M, never, never, unknown, unknown>,
  "name" | "title" | "assets"
> & {
  pack(model: M): ReturnType<AnyTask["pack"]>;
  unpack(...args: Parameters<AnyTask["unpack"]>): M;
};

export interface SaveOptions<M extends TaskModel = TaskModel> {
  /** Keep what `resume` needs: the optimizer's buffers, cursors, states. True by default, if the model has been trained. */
  training?: boolean;
  /** The model's task, if it is one of your own. */
  task?: TaskFor<M>;
  /** What is to be kept of the training, as plain data: `record` in `config.json`. */
  record?: object;
}

export interface LoadOptions extends UnpackOptions {
  /** Read what `resume` needs too. False by default. */
  training?: boolean;
}

/**
 * A model as files, as it stands at the call: training may go on meanwhile. During training the best parameters so far are
 * the model's.
 *
 * @throws UnrolledError with code "numeric" where a parameter is not finite
 *
 * @example
 * ```ts
 * const files = await modelFiles(model); // "config.json", "model.safetensors", ...
 * ```
 */
export async function modelFiles<M extends TaskModel>(
  model: M,
  { training = true, task, record }: SaveOptions<M> = {},
  hash: Hash = sha256,
): Promise<Map<string, Uint8Array>> {
  const current = await checkpoint(model);
  const state = training ? current : undefined;
  const parameters = model.training?.best?.parameters ?? model.parameters;
  const broken = [parameters, ...(state ? [state.parameters] : [])]
    .map((flat) => findNonFinite(flat, model.layout))
    .find((slot) => slot);
  if (broken)
    fail({
      where: "save",
      problem: `"${broken.name}" holds numbers that are not finite; nothing was written`,
      hint: "training diverged: use a lower learning rate (--lr on the command line)",
      code: "numeric",
    });
  const own = (task ?? builtIn("save", model.task)) as TaskFor<M>;
  const { config, assets } = own.pack(model);
  const weights = writeSafetensors(
    { ...namedTensors(parameters, model.layout), ...namedTensors(model.frozen, model.frozenLayout) },
    { format: "pt" },
  );
  const plain = Object.entries({ ...assets, ...(state ? trainingFiles(state, model.layout) : {}) });
  const files = plain.map(([name, value]): [string, Uint8Array] => [
    name,
    value instanceof Uint8Array ? value : jsonBytes(value),
  ]);
  const head = { unrolled: formatVersion, task: model.task, architecture: config, ...(record ? { record } : {}) };
  return new Map([
    ["config.json", jsonBytes({ ...head, sha256: await hash(weights) })],
    ["model.safetensors", weights],
    ...files,
  ]);
}

/** The files to read for a model whose `config.json` is at hand: its task's own, and the training state if asked for. */
export function filesOf(config: Uint8Array, { training = false }: LoadOptions = {}): string[] {
  const { task } = readJson("", new Map([["config.json", config]]), "config.json") as { task?: unknown };
  const { assets } = Object.hasOwn(tasks, String(task)) ? tasks[task as TaskName] : { assets: [] };
  return ["model.safetensors", ...assets, ...(training ? ["training/state.json", "training/state.safetensors"] : [])];
}

/** Names of the files that models of built-in tasks have. */
export const modelFileNames: ReadonlySet<string> = new Set([
  "config.json",
  "model.safetensors",
  ...Object.values(tasks).flatMap(({ assets }) => assets),
]);

interface FromFilesOptions {
  /** The bytes of the weights are the model's from now on. */
  owned?: boolean;
  /** The host's own SHA-256. */
  hash?: Hash;
}

/**
 * The model that files hold; its logits are the same, bit for bit. Every value is checked before memory is taken for it.
 * In place of a saved model's files there may be the ONNX files that `exportOnnx` gave.
 *
 * @param place where the files are from, for messages
 * @throws UnrolledError with code "file": another task, a newer version, a missing or ill-shaped tensor, broken bytes; with
 *   code "numeric": a weight is NaN or infinite; with code "missing": a cell of your own that was not given
 */
export async function modelFromFiles(
  place: string,
  files: ModelFiles,
  options: LoadOptions = {},
  wanted?: TaskName | TaskFor<TaskModel>,
  { owned = false, hash = sha256 }: FromFilesOptions = {},
): Promise<TaskModel> {
  if (isOnnx(files)) return modelFromFiles(place, filesFromOnnx(place, files), options, wanted, { hash });
  const where = `load(${place}/config.json)`;
  const config = readJson(place, files, "config.json") as {
    unrolled?: unknown;
    task?: unknown;
    architecture?: unknown;
    sha256?: unknown;
    assets?: Readonly<Record<string, unknown>>;
  } | null;
  if (typeof config?.unrolled !== "number")
    return fail({ where, problem: 'not an Unrolled model ("unrolled" is missing)', code: "file" });
  if (config.unrolled > formatVersion)
    fail({
      where,
      expected: `version ${formatVersion} or older`,
      received: `version ${config.unrolled}`,
      hint: "the model was saved by a newer release: update this one",
      code: "file",
    });
  const task = typeof wanted === "object" ? wanted : builtIn(where, config.task);
  const name = typeof wanted === "object" ? wanted.name : wanted;
  if (name !== undefined && config.task !== name)
    fail({ where, expected: `a model of the task ${name}`, received: String(config.task), code: "file" });

  const weightsName = `load(${place}/model.safetensors)`;
  const weights = bytesOf(place, files, "model.safetensors");
  const { tensors } = readSafetensors(weights, { where: weightsName, copy: false });
  // Read where the task asks for them: a model need not have every one.
  const assets: Record<string, unknown> = {};
  for (const file of task.assets) {
    const get = () => config.assets?.[file] ?? readJson(place, files, file);
    Object.defineProperty(assets, file, { get, enumerable: true });
  }
  const model = whileLoading(weights.length, () => {
    try {
      const { cells, loss } = options;
      return task.unpack({ config: config.architecture, assets }, { cells, loss });
    } catch (error) {
      if (error instanceof UnrolledError && (error.code === "missing" || error.where.startsWith("load("))) throw error;
      const problem =
        error instanceof UnrolledError ? error.message.split("\n")[0]! : "the architecture cannot be read";
      return fail({ where, problem, code: "file" });
    }
  });
  const hashed = typeof config.sha256 === "string" ? hash(weights) : undefined;
  takeParameters(weightsName, model, tensors, weights, owned);
  checkWeights(weightsName, model);
  // Last, so that a fault with a name of its own is reported by that name.
  const digest = await hashed;
  if (digest !== undefined && config.sha256 !== digest)
    fail({
      where: weightsName,
      problem: "the bytes are not those that were saved (checksum)",
      hint: 'copy the file again; if you changed it yourself, take "sha256" out of config.json',
      code: "file",
    });
  if (options.training && files.has("training/state.json")) model.training = readTraining(place, files, model.layout);
  return model;
}

function builtIn(where: string, name: unknown): TaskFor<TaskModel> {
  if (typeof name === "string" && Object.hasOwn(tasks, name)) return tasks[name as TaskName] as never;
  return fail({
    where,
    expected: `a task among ${Object.keys(tasks).join(", ")}`,
    received: JSON.stringify(name) ?? "nothing",
    hint: "a model of your own task is loaded with { task }",
    code: "file",
  });
}

/** `load` of any host: the type follows from the task that is asked for. */
export interface Load<Source> {
  (source: Source, options?: LoadOptions & { task?: undefined }): Promise<Model>;
  <K extends TaskName>(source: Source, options: LoadOptions & { task: K }): Promise<ModelOf<K>>;
  <M extends TaskModel>(source: Source, options: LoadOptions & { task: TaskFor<M> }): Promise<M>;
}
