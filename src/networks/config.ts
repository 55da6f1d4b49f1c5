// Saved configurations: what they are made of, checked before anything is built from them. A file from elsewhere may hold
// anything.
import { fail } from "../base/index.ts";
import { type Cell, type Layer, type LayerConfig, type LossFunction, layerFromConfig } from "../nn/index.ts";

export interface UnpackOptions {
  /** Your own cells that the model uses. */
  readonly cells?: readonly Cell[];
  /** Your own loss that the model was trained with. Needed to train it further, not to use it. */
  readonly loss?: LossFunction;
}

type SavedPart<T> = T extends { readonly config: infer Config }
  ? Config
  : T extends (...args: never[]) => unknown
    ? never
    : T;

/** Options as they are saved: layers by their configurations. */
export type Saved<Options> = { readonly [K in keyof Options]: SavedPart<Options[K]> };

type Built<Config, K extends keyof Config> = Omit<Config, K> & {
  [P in K]: undefined extends Config[P] ? Layer | undefined : Layer;
};

/** A configuration with these of its layers built again. */
export function buildLayers<Config extends object, K extends keyof Config & string>(
  config: Config,
  names: readonly K[],
  { cells }: UnpackOptions = {},
): Built<Config, K> {
  const layers = names.map((path): [string, Layer | undefined] => {
    const saved = config[path] as LayerConfig | undefined;
    return [path, saved && layerFromConfig(saved, { cells, path })];
  });
  return { ...config, ...Object.fromEntries(layers) } as Built<Config, K>;
}

const kinds = {
  number: { is: (x: unknown) => typeof x === "number" && Number.isFinite(x), expected: "a number" },
  boolean: { is: (x: unknown) => typeof x === "boolean", expected: "true or false" },
  string: { is: (x: unknown) => typeof x === "string", expected: "a text" },
  strings: { is: (x: unknown) => Array.isArray(x) && x.every((each) => typeof each === "string"), expected: "texts" },
  numbers: { is: (x: unknown) => Array.isArray(x) && x.every((each) => typeof each === "number"), expected: "numbers" },
  object: { is: isObject, expected: "an object" },
  objects: { is: (x: unknown) => Array.isArray(x) && x.every(isObject), expected: "objects" },
  layer: { is: (x: unknown) => isObject(x) && typeof x.type === "string", expected: "a layer with its type" },
  /** A share, or the options of a dropout layer. */
  dropout: { is: (x: unknown) => typeof x === "number" || isObject(x), expected: "a share" },
} as const;

type Kind = keyof typeof kinds;

/** What a configuration must hold: the kind of each option; with `?`, where it may be absent. */
export type ConfigShape<Config> = { readonly [K in keyof Config]-?: Kind | `${Kind}?` | readonly (Kind | string)[] };

function isObject(x: unknown): x is Record<string, unknown> {
  return typeof x === "object" && x !== null && !Array.isArray(x);
}

/**
 * The configuration, with every option of the right kind. A list in the shape holds the values that are allowed, and kinds.
 *
 * @throws UnrolledError with code "file"
 */
export function checkConfig<Config>(config: unknown, shape: ConfigShape<Config>): Config {
  const where = "architecture";
  if (!isObject(config)) return fail({ where, expected: "an object", received: shown(config), code: "file" });
  for (const [name, rule] of Object.entries<Kind | `${Kind}?` | readonly string[]>(shape)) {
    const value = config[name];
    const refuse = (expected: string) =>
      fail({ where: `${where}(${name})`, expected, received: shown(value), code: "file" });
    if (typeof rule !== "string") {
      const fits = rule.some((one) => value === one || (one in kinds && kinds[one as Kind].is(value)));
      if (!fits) refuse(rule.map((one) => (one in kinds ? kinds[one as Kind].expected : one)).join(" or "));
    } else if (value !== undefined || !rule.endsWith("?")) {
      const { is, expected } = kinds[rule.replace("?", "") as Kind];
      if (!is(value)) refuse(expected);
    }
  }
  return config as Config;
}

const shown = (value: unknown): string => JSON.stringify(value)?.slice(0, 60) ?? "nothing";
