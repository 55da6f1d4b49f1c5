// The state of a training run as files, and back: what `resume` needs beside the model.
import { fail } from "../base/index.ts";
import { readSafetensors, type SafeInput, writeSafetensors } from "../interop/index.ts";
import type { ParameterLayout } from "../tensor/index.ts";
import type { CarriedValue, TrainingState } from "../train/index.ts";
import { fillParameters, namedTensors } from "./parameters.ts";
import { bytesOf, type ModelFiles, readJson } from "./saved-files.ts";

/** The files below `training/`. */
export function trainingFiles(state: TrainingState, layout: ParameterLayout): Record<string, unknown> {
  const { parameters, moments, carried, best, ...plain } = state;
  const tensors: Record<string, SafeInput> = {};
  const put = (prefix: string, flat: Float32Array) => {
    for (const [name, tensor] of Object.entries(namedTensors(flat, layout))) tensors[`${prefix}.${name}`] = tensor;
  };
  put("parameters", parameters);
  for (const [name, flat] of Object.entries(moments)) put(name, flat);
  if (best) put("best", best.parameters);
  for (const [name, { shape, data }] of Object.entries(carried)) tensors[`carried.${name}`] = { shape, data };
  return {
    "training/state.json": {
      ...plain,
      moments: Object.keys(moments),
      carried: Object.keys(carried),
      ...(best ? { best: without(best) } : {}),
    },
    "training/state.safetensors": writeSafetensors(tensors),
  };
}

const without = ({ parameters: _, ...best }: NonNullable<TrainingState["best"]>) => best;

/** Reads what `trainingFiles` made. @throws UnrolledError with code "file" */
export function readTraining(place: string, files: ModelFiles, layout: ParameterLayout): TrainingState {
  const plain = readJson(place, files, "training/state.json") as Omit<TrainingState, "moments" | "carried"> & {
    moments: string[];
    carried: string[];
  };
  const fault = faultOf(plain);
  if (fault)
    fail({ where: `load(${place}/training/state.json)`, problem: `not a training state: ${fault}`, code: "file" });
  const where = `load(${place}/training/state.safetensors)`;
  const tensors = readSafetensors(bytesOf(place, files, "training/state.safetensors"), { where });
  const flat = (prefix: string) => {
    const out = new Float32Array(layout.length);
    fillParameters(where, out, layout, tensors.tensors, `${prefix}.`);
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

/** The first part of a training state that JSON lacks or has of another kind. */
function faultOf(json: unknown): string | undefined {
  const object = (x: unknown): x is Record<string, unknown> => typeof x === "object" && x !== null && !Array.isArray(x);
  const number = (x: unknown) => typeof x === "number";
  const names = (x: unknown) => Array.isArray(x) && x.every((name) => typeof name === "string");
  if (!object(json)) return "it is no object";
  const { step, elapsed, gradientNorm, cursor, stopping, settings, moments, carried, best, watched, trainLoss } = json;
  const checks: Record<string, boolean> = {
    step: number(step),
    elapsed: number(elapsed),
    gradientNorm: gradientNorm === null || number(gradientNorm),
    trainLoss: trainLoss === undefined || (object(trainLoss) && number(trainLoss.sum) && number(trainLoss.weight)),
    cursor: object(cursor) && number(cursor.epoch) && Object.values(cursor).every(number),
    stopping: object(stopping) && (stopping.best === null || number(stopping.best)) && number(stopping.waited),
    settings: object(settings) && object(settings.optimizer),
    moments: names(moments),
    carried: names(carried),
    watched: watched === undefined || (number(watched) && (watched as number) > 0 && (watched as number) <= 1),
    best: best === undefined || (object(best) && number(best.step) && number(best.nats)),
  };
  const name = Object.keys(checks).find((part) => !checks[part]);
  return name && `"${name}" is ${JSON.stringify(json[name])?.slice(0, 40) ?? "missing"}`;
}
