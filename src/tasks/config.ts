// Saved configurations, checked before anything is built from them: a file from elsewhere may hold anything.
import { fail } from "../base/index.ts";

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
    if (typeof rule !== "string") {
      const fits = rule.some((one) => value === one || (one in kinds && kinds[one as Kind].is(value)));
      const expected = rule.map((one) => (one in kinds ? kinds[one as Kind].expected : one)).join(" or ");
      if (!fits) fail({ where: `${where}(${name})`, expected, received: shown(value), code: "file" });
      continue;
    }
    if (rule.endsWith("?") && value === undefined) continue;
    const { is, expected } = kinds[rule.replace("?", "") as Kind];
    if (!is(value)) fail({ where: `${where}(${name})`, expected, received: shown(value), code: "file" });
  }
  return config as Config;
}

const shown = (value: unknown): string => JSON.stringify(value)?.slice(0, 60) ?? "nothing";
