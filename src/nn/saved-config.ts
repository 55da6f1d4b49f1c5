// Reads a saved configuration field by field. A field of the wrong type is an error that states its path and its value:
// `encoder.layers[0].hiddenSize: expected a whole number at least 1, got "wide"`.
import { fail, showValue } from "../base/index.ts";
import type { Cell } from "./cell.ts";
import type { Layer } from "./layer.ts";

export interface ConfigReader {
  /** Where this object is in the saved configuration: `encoder.layers[0]`. */
  readonly path: string;
  has(name: string): boolean;
  /** A finite number in a range. Without a `fallback` the field is required. */
  number(name: string, options?: NumberField): number;
  boolean(name: string, fallback?: boolean): boolean;
  string(name: string): string;
  choice<const V extends string>(name: string, choices: readonly V[], fallback?: V): V;
  object(name: string): ConfigReader;
  layer(name: string): Layer;
  layers(name: string): Layer[];
  cell(name: string): Cell;
  /** Throws an error of code `file` about this object or one of its fields. */
  refuse(name: string | undefined, expected: string, received?: string): never;
  /** All fields as they are, for a maker that checks its own options. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** How a layer is read from a saved configuration. Each layer's file exports one for the list in layer-from-config.ts. */
export interface LayerKind {
  readonly type: string;
  from(config: ConfigReader): Layer;
}

export interface NumberField {
  readonly min?: number;
  readonly max?: number;
  readonly below?: number;
  readonly integer?: boolean;
  readonly fallback?: number;
}

/** What makes the parts of a configuration that are layers or cells themselves. */
export interface PartMakers {
  layer(config: ConfigReader): Layer;
  cell(config: ConfigReader): Cell;
}

/** @throws UnrolledError of code `file` where `value` is not an object */
export function configReader(value: unknown, path: string, makers: PartMakers): ConfigReader {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    fail({ where: path, code: "file", expected: "an object", received: showValue(value) });
  const fields = value as Readonly<Record<string, unknown>>;
  const at = (name: string) => `${path}.${name}`;
  const refuse = (name: string | undefined, expected: string, received?: string): never =>
    fail({
      where: name === undefined ? path : at(name),
      code: "file",
      expected,
      received: received ?? showValue(name === undefined ? value : fields[name]),
    });
  const inner = (name: string) => configReader(fields[name], at(name), makers);
  return {
    path,
    fields,
    refuse,
    has: (name) => fields[name] !== undefined,
    number(name, { min = -Infinity, max = Infinity, below = Infinity, integer = false, fallback } = {}) {
      const field = fields[name] ?? fallback;
      const isNumber = typeof field === "number" && Number.isFinite(field) && (!integer || Number.isInteger(field));
      if (isNumber && field >= min && field <= max && field < below) return field;
      const low = min > -Infinity ? `at least ${min}` : "";
      const high = below < Infinity ? `below ${below}` : max < Infinity ? `at most ${max}` : "";
      const range = [low, high].filter(Boolean).join(" and ");
      return refuse(name, `a${integer ? " whole" : ""} number${range && ` ${range}`}`);
    },
    boolean(name, fallback) {
      const field = fields[name] ?? fallback;
      return typeof field === "boolean" ? field : refuse(name, "true or false");
    },
    string(name) {
      const field = fields[name];
      return typeof field === "string" ? field : refuse(name, "a string");
    },
    choice<const V extends string>(name: string, choices: readonly V[], fallback?: V): V {
      const field = fields[name] ?? fallback;
      const chosen = choices.find((choice) => choice === field);
      return chosen ?? refuse(name, choices.map((choice) => JSON.stringify(choice)).join(" or "));
    },
    object: inner,
    layer: (name) => makers.layer(inner(name)),
    layers(name) {
      const list = fields[name];
      if (!Array.isArray(list)) return refuse(name, "a list of layers");
      return list.map((part, i) => makers.layer(configReader(part, `${at(name)}[${i}]`, makers)));
    },
    cell: (name) => makers.cell(inner(name)),
  };
}
