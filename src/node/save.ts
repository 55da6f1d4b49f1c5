// A model as a folder: config.json, model.safetensors (PyTorch's names), the task's own files (tokenizer.json), and under
// training/ what is needed to go on with its training.
import { createHash } from "node:crypto";
import { fail, UnrolledError } from "../base/index.ts";
import { readSafetensors, type SafeInput, type Safetensors, writeSafetensors } from "../interop/index.ts";
import type { LayerFromConfigOptions } from "../nn/index.ts";
import { type AnyTask, type LanguageModel, type Model, tasks } from "../tasks/index.ts";
import { type ParameterLayout, showShape, view } from "../tensor/index.ts";
import { type CarriedValue, findNonFinite, type TrainingState } from "../train/index.ts";
import { type FolderOwner, readFolder, writeFolder } from "./folders.ts";

/** Of the folder's layout. A reader refuses newer ones. */
const formatVersion = 1;

/** What marks a folder as one that `save` may replace. */
export const modelFolder: FolderOwner = {
  what: "a model",
  file: "config.json",
  owns: (json) =>
    typeof json === "object" &&
    json !== null &&
    "unrolled" in json &&
    typeof json.unrolled === "number" &&
    "task" in json &&
    typeof json.task === "string",
};

/** The tasks' own files. */
const ownFiles = () => Object.values(tasks).flatMap(({ assets }) => assets);

export interface SaveOptions {
  /** Keep what `resume` needs: the optimizer's buffers, cursors, states. True by default, if the model has been trained. */
  training?: boolean;
}

/**
 * Saves a model as a folder, replacing an older one in a single step: whoever reads it, whenever the process dies, finds
 * the old model or the new one. During training the best parameters so far are the model's.
 *
 * @throws UnrolledError with code "file": disk full, no permission, a folder of something else; with code "numeric":
 *   a parameter is not finite, and nothing was written
 */
export async function save(model: Model, folder: string, { training = true }: SaveOptions = {}): Promise<void> {
  // All bytes are taken here, before the first await: training may go on while they are written.
  const state = training ? model.training : undefined;
  const written = [model.training?.best?.parameters ?? model.parameters, ...(state ? [state.parameters] : [])];
  const broken = written.map((flat) => findNonFinite(flat, model.layout)).find((slot) => slot);
  if (broken)
    fail({
      where: `save(${folder})`,
      problem: `"${broken.name}" holds numbers that are not finite; nothing was written`,
      hint: "training diverged: lower learningRate",
      code: "numeric",
    });
  const { config: architecture, assets } = taskOf(model.task).pack(model);
  const parameters = {
    ...named(model.training?.best?.parameters ?? model.parameters, model.layout),
    ...named(model.frozen, model.frozenLayout),
  };
  const weights = writeSafetensors(parameters, { format: "pt" });
  const config = { unrolled: formatVersion, task: model.task, architecture, sha256: sha256(weights) };
  await writeFolder(
    folder,
    {
      "config.json": json(config),
      "model.safetensors": weights,
      ...Object.fromEntries(Object.entries(assets).map(([name, value]) => [name, json(value)])),
      ...(state ? trainingFiles(state, model.layout) : {}),
    },
    { owner: modelFolder, drop: [...ownFiles(), "training/state.json", "training/state.safetensors"] },
  );
}

export interface LoadOptions extends LayerFromConfigOptions {
  /** Read what `resume` needs too. False by default. */
  training?: boolean;
}

/**
 * Loads a language model that `save` wrote. Its logits are the same, bit for bit.
 *
 * @throws UnrolledError with code "file": no such folder, another task, a newer version, a missing or ill-shaped tensor,
 *   broken bytes
 */
export async function load(folder: string, options: LoadOptions = {}): Promise<LanguageModel> {
  const model = await loadModel(folder, options);
  if (model.task === "language-model") return model;
  return fail({
    where: `load(${folder}/config.json)`,
    expected: "a language model",
    received: `a ${taskOf(model.task).title}`,
    hint: "loadModel(folder) loads a model of any task",
    code: "file",
  });
}

/** Loads a model of any task; its `task` says which. Throws as {@link load} does. */
export async function loadModel(folder: string, { training = false, cells }: LoadOptions = {}): Promise<Model> {
  const files = await readFolder(folder, {
    only: (name) =>
      ["config.json", "model.safetensors", ...ownFiles()].includes(name) || (training && name.startsWith("training/")),
  });
  const config = readJson(folder, files, "config.json") as {
    unrolled?: unknown;
    task?: unknown;
    architecture?: unknown;
    sha256?: unknown;
  };
  if (typeof config?.unrolled !== "number")
    fail({
      where: `load(${folder}/config.json)`,
      expected: "a model of this library",
      received: "something else",
      code: "file",
    });
  if (config.unrolled > formatVersion)
    fail({
      where: `load(${folder}/config.json)`,
      expected: `version ${formatVersion} or older`,
      received: `version ${config.unrolled}`,
      hint: "the model was saved by a newer release: update this one",
      code: "file",
    });
  if (typeof config.task !== "string" || !Object.hasOwn(tasks, config.task))
    fail({
      where: `load(${folder}/config.json)`,
      expected: `a task among ${Object.keys(tasks).join(", ")}`,
      received: JSON.stringify(config.task) ?? "nothing",
      code: "file",
    });
  const model = build(folder, config.task, config.architecture, files, { cells });
  const where = `load(${folder}/model.safetensors)`;
  const weights = bytesOf(folder, files, "model.safetensors");
  const tensors = readSafetensors(weights, { where });
  fill(where, model.parameters, model.layout, tensors);
  fill(where, model.frozen, model.frozenLayout, tensors);
  // Last, so that a fault with a name of its own is told by that name.
  if (typeof config.sha256 === "string" && config.sha256 !== sha256(weights))
    fail({
      where,
      problem: "the bytes are not those that were saved",
      hint: 'copy the file again; if you changed it yourself, take "sha256" out of config.json',
      code: "file",
    });
  if (training && files.has("training/state.json")) model.training = readTraining(folder, files, model.layout);
  return model;
}

function build(
  folder: string,
  name: string,
  architecture: unknown,
  files: Map<string, Uint8Array>,
  options: LayerFromConfigOptions,
): Model {
  const task = taskOf(name);
  const parts = Object.fromEntries(task.assets.map((file) => [file, readJson(folder, files, file)]));
  try {
    return task.unpack({ config: architecture, assets: parts }, options);
  } catch (error) {
    if (error instanceof UnrolledError && error.code === "missing") throw error;
    const problem = error instanceof UnrolledError ? error.message.split("\n")[0]! : "the architecture cannot be read";
    return fail({ where: `load(${folder}/config.json)`, problem, code: "file" });
  }
}

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** A task's row of the table, as one that takes any model: a model's `task` names its own row. */
const taskOf = (name: string): AnyTask => tasks[name as keyof typeof tasks] as unknown as AnyTask;

/** Each parameter as a tensor of the file. */
function named(flat: Float32Array, layout: ParameterLayout): Record<string, SafeInput> {
  return Object.fromEntries(layout.slots.map((slot) => [slot.name, { shape: slot.shape, data: view(flat, slot) }]));
}

/** Copies the tensors of a file to their places. */
function fill(where: string, flat: Float32Array, layout: ParameterLayout, { tensors }: Safetensors, prefix = ""): void {
  for (const slot of layout.slots) {
    const name = prefix + slot.name;
    const found =
      tensors.get(name) ?? fail({ where, problem: `missing tensor "${name}" ${showShape(slot.shape)}`, code: "file" });
    if (showShape(found.shape) !== showShape(slot.shape) || found.dtype !== "F32")
      fail({
        where,
        expected: `"${name}" as F32 ${showShape(slot.shape)}`,
        received: `${found.dtype} ${showShape(found.shape)}`,
        code: "file",
      });
    view(flat, slot).set(found.data as Float32Array);
  }
}

function trainingFiles(state: TrainingState, layout: ParameterLayout): Record<string, string | Uint8Array> {
  const { parameters, moments, carried, best, ...plain } = state;
  const tensors: Record<string, SafeInput> = {};
  const put = (prefix: string, flat: Float32Array) => {
    for (const [name, tensor] of Object.entries(named(flat, layout))) tensors[`${prefix}.${name}`] = tensor;
  };
  put("parameters", parameters);
  for (const [name, flat] of Object.entries(moments)) put(name, flat);
  if (best) put("best", best.parameters);
  for (const [name, { shape, data }] of Object.entries(carried)) tensors[`carried.${name}`] = { shape, data };
  return {
    "training/state.json": json({
      ...plain,
      moments: Object.keys(moments),
      carried: Object.keys(carried),
      ...(best ? { best: without(best) } : {}),
    }),
    "training/state.safetensors": writeSafetensors(tensors),
  };
}

const without = ({ parameters: _, ...best }: NonNullable<TrainingState["best"]>) => best;

function readTraining(folder: string, files: Map<string, Uint8Array>, layout: ParameterLayout): TrainingState {
  const plain = readJson(folder, files, "training/state.json") as Omit<TrainingState, "moments" | "carried"> & {
    moments: string[];
    carried: string[];
  };
  if (!isState(plain))
    fail({
      where: `load(${folder}/training/state.json)`,
      expected: "a training state",
      received: "something else",
      code: "file",
    });
  const where = `load(${folder}/training/state.safetensors)`;
  const tensors = readSafetensors(bytesOf(folder, files, "training/state.safetensors"), { where });
  const flat = (prefix: string) => {
    const out = new Float32Array(layout.length);
    fill(where, out, layout, tensors, `${prefix}.`);
    return out;
  };
  const carriedOf = (name: string): CarriedValue => {
    const found = tensors.tensors.get(`carried.${name}`);
    if (found?.dtype !== "F32") return fail({ where, problem: `missing tensor "carried.${name}"`, code: "file" });
    return { shape: found.shape, data: found.data as Float32Array };
  };
  return {
    ...plain,
    parameters: flat("parameters"),
    moments: Object.fromEntries(plain.moments.map((name) => [name, flat(name)])),
    carried: Object.fromEntries(plain.carried.map((name) => [name, carriedOf(name)])),
    ...(plain.best ? { best: { ...plain.best, parameters: flat("best") } } : {}),
  };
}

/** Whether JSON has the parts of a training state, each of its kind. */
function isState(json: unknown): boolean {
  const object = (x: unknown): x is Record<string, unknown> => typeof x === "object" && x !== null && !Array.isArray(x);
  const number = (x: unknown) => typeof x === "number";
  const names = (x: unknown) => Array.isArray(x) && x.every((name) => typeof name === "string");
  if (!object(json)) return false;
  const { step, elapsed, gradientNorm, cursor, stopping, settings, moments, carried, best } = json;
  return (
    number(step) &&
    number(elapsed) &&
    (gradientNorm === null || number(gradientNorm)) &&
    object(cursor) &&
    number(cursor.epoch) &&
    Object.values(cursor).every(number) &&
    object(stopping) &&
    (stopping.best === null || number(stopping.best)) &&
    number(stopping.waited) &&
    object(settings) &&
    object(settings.optimizer) &&
    names(moments) &&
    names(carried) &&
    (best === undefined || (object(best) && number(best.step) && number(best.nats)))
  );
}

function bytesOf(folder: string, files: Map<string, Uint8Array>, name: string): Uint8Array {
  return (
    files.get(name) ??
    fail({
      where: `load(${folder})`,
      problem: `there is no ${name}`,
      hint: "is it the folder of a model?",
      code: "file",
    })
  );
}

function readJson(folder: string, files: Map<string, Uint8Array>, name: string): unknown {
  const text = new TextDecoder().decode(bytesOf(folder, files, name));
  try {
    return JSON.parse(text);
  } catch {
    return fail({ where: `load(${folder}/${name})`, expected: "JSON", received: "something else", code: "file" });
  }
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 1)}\n`;
