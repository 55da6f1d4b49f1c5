// A model's parameters by name, out of it and into it. PyTorch's `state_dict` goes straight in: shapes and gate orders
// are the same, and its two biases are added.
import { fail } from "../base/index.ts";
import type { ParameterSpec } from "../nn/index.ts";
import { type ParameterSlot, view } from "../tensor/index.ts";
import type { Trainable } from "../train/index.ts";
import type { Matrix } from "./onnx-operators.ts";
import { type SafeTensor, toFloat32 } from "./safetensors.ts";

/** What a model must have for its parameters to be read and set; every model of this library has it. */
export type ParameterHolder = Pick<
  Trainable<never>,
  "specs" | "layout" | "frozenLayout" | "parameters" | "frozen" | "training"
>;

/** Tensors by name, as in a `state_dict` that was read as JSON, or the `tensors` of a safetensors file. */
export type NamedTensors = Readonly<Record<string, Matrix | SafeTensor>> | ReadonlyMap<string, Matrix | SafeTensor>;

/**
 * Copies of all parameters by name, row-major.
 *
 * @example
 * ```ts
 * const { "output.bias": bias } = getParameters(model);
 * ```
 */
export function getParameters(model: ParameterHolder): Record<string, Matrix & { readonly data: Float32Array }> {
  return Object.fromEntries(
    places(model).map(({ slot, values }) => [slot.name, { shape: slot.shape, data: values.slice() }]),
  );
}

export interface SetParametersOptions {
  /** Module names to replace at the start of names: `{ lstm: "encoder", fc: "output" }`. */
  rename?: Readonly<Record<string, string>>;
  /** Parameters that are not given keep their values; by default all must be given. */
  partial?: boolean;
}

/**
 * Sets a model's parameters from values by name: our own names, or a PyTorch `state_dict`, whose `bias_ih` and `bias_hh`
 * are added (for a GRU, the candidate's part of `bias_hh` becomes `bias_hn`). All names and shapes are checked first; a
 * model is changed completely or not at all. Training state (optimizer moments) is dropped.
 *
 * @example
 * ```ts
 * const { tensors } = readSafetensors(bytes); // torch: save_file(module.state_dict(), path)
 * setParameters(model, tensors, { rename: { lstm: "encoder", fc: "output" } });
 * ```
 * @throws UnrolledError that lists missing and unknown names, or gives the shape that was expected
 */
export function setParameters(
  model: ParameterHolder,
  named: NamedTensors,
  { rename = {}, partial = false }: SetParametersOptions = {},
): void {
  const entries = named instanceof Map ? [...named] : Object.entries(named as Readonly<Record<string, Matrix>>);
  const renamed = Object.fromEntries(entries.map(([name, value]) => [newName(name, rename), numbers(value)]));
  const given = foldBiases(renamed, model.specs);
  const all = places(model);
  const missing = partial ? [] : all.filter(({ slot }) => !given.has(slot.name)).map(({ slot }) => slot);
  const known = new Set(all.map(({ slot }) => slot.name));
  const used = all.flatMap(({ slot }) => given.get(slot.name) ?? []);
  const unknown = [...given].filter(([name, value]) => !known.has(name) && !used.some((one) => same(one, value)));
  if (missing.length > 0 || unknown.length > 0) {
    const list = (names: readonly string[]) => names.slice(0, 8).join(", ") + (names.length > 8 ? ", ..." : "");
    const parts = [
      missing.length > 0 && `missing: ${list(missing.map(({ name }) => name))}`,
      unknown.length > 0 && `unknown: ${list(unknown.map(([name]) => name))}`,
    ];
    fail({
      where: "setParameters",
      code: "missing",
      problem: parts.filter(Boolean).join("; "),
      hint: renameHint(missing, unknown),
    });
  }
  for (const { slot } of all) {
    const value = given.get(slot.name);
    const fits = !value || (String(value.shape) === String(slot.shape) && value.data.length === slot.size);
    if (!fits)
      fail({
        where: `setParameters(${slot.name})`,
        code: "shape",
        expected: `[${slot.shape.join(", ")}]`,
        received: `[${value.shape.join(", ")}]${value.data.length === size(value.shape) ? "" : ` with ${value.data.length} numbers`}`,
      });
  }
  // A new array: whoever holds the old one, such as a compiled evaluation, notices the change.
  model.parameters = model.parameters.slice();
  for (const { slot, values } of places(model)) {
    const value = given.get(slot.name);
    if (value) values.set(value.data);
  }
  delete model.training;
}

/** Each parameter's slot and its values in the model. */
function places(model: ParameterHolder): { slot: ParameterSlot; values: Float32Array }[] {
  const of = (flat: Float32Array, slots: readonly ParameterSlot[]) =>
    slots.map((slot) => ({ slot, values: view(flat, slot) }));
  return [...of(model.parameters, model.layout.slots), ...of(model.frozen, model.frozenLayout.slots)];
}

const numbers = (value: Matrix | SafeTensor): Matrix =>
  "dtype" in value ? { shape: value.shape, data: toFloat32(value) } : value;

function newName(name: string, rename: Readonly<Record<string, string>>): string {
  const from = Object.keys(rename).find((prefix) => name === prefix || name.startsWith(`${prefix}.`));
  return from === undefined ? name : rename[from] + name.slice(from.length);
}

/** PyTorch's bias_hh goes into the model's bias_ih, and its last block into bias_hn where the model has one. */
function foldBiases(named: Readonly<Record<string, Matrix>>, specs: readonly ParameterSpec[]): Map<string, Matrix> {
  const out = new Map(Object.entries(named));
  for (const { name, gates } of specs) {
    const match = /^(.*)bias_ih(_l\d+(?:_reverse)?)$/.exec(name);
    const input = named[name];
    if (!match || !input) continue;
    const [, prefix, suffix] = match;
    const [recurrentName, innerName] = [`${prefix}bias_hh${suffix}`, `${prefix}bias_hn${suffix}`];
    const recurrent = named[recurrentName];
    if (!recurrent) continue;
    const inner = specs.find((spec) => spec.name === innerName);
    if (!inner && gates?.[0] === "reset")
      fail({
        where: `setParameters(${name})`,
        problem: "PyTorch's GRU resets after the product, this one before",
        hint: 'make the model with gru({ reset: "after" })',
      });
    out.delete(recurrentName);
    const apart = inner ? input.data.length - inner.shape[0]! : input.data.length;
    out.set(name, {
      shape: input.shape,
      data: Float32Array.from(input.data, (b, i) => (i < apart ? b + (recurrent.data[i] ?? Number.NaN) : b)),
    });
    if (inner) out.set(innerName, { shape: inner.shape, data: Array.from(recurrent.data).slice(apart) });
  }
  return out;
}

/** A tied weight, which PyTorch lists twice, is the same tensor again. */
const same = (a: Matrix, b: Matrix): boolean =>
  a.data.length === b.data.length &&
  String(a.shape) === String(b.shape) &&
  Array.from(a.data).every((value, i) => value === b.data[i]);

/** Proposes new module names where missing and unknown names differ in the module only. */
function renameHint(
  missing: readonly ParameterSlot[],
  unknown: readonly (readonly [string, Matrix])[],
): string | undefined {
  const cut = (name: string) => [name.slice(0, name.lastIndexOf(".")), name.slice(name.lastIndexOf(".") + 1)] as const;
  const found = new Map<string, string>();
  for (const slot of missing) {
    const [module, last] = cut(slot.name);
    const alike = unknown.filter(([name, { shape }]) => cut(name)[1] === last && String(shape) === String(slot.shape));
    if (alike.length === 1) found.set(cut(alike[0]![0])[0], module);
  }
  if (found.size === 0) return undefined;
  const pairs = [...found].map(([from, to]) => `${JSON.stringify(from)}: ${JSON.stringify(to)}`);
  return `rename: { ${pairs.join(", ")} }`;
}

const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
