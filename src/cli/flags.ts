// Options as data: each is declared once with its meaning. The help, the types of a command's values, the refusal of options
// that a task does not read and the recipe of a run follow from the declaration.
import { InvalidArgumentError, Option } from "commander";

export interface Flag<V = unknown> {
  /** As commander reads it: `--hidden <n>`. */
  readonly usage: string;
  readonly about: string;
  /** What it is where it is not given. */
  readonly value?: V;
  /** The default as help shows it. Where it is absent and `field` is set, the task's recipe has it. */
  readonly fallback?: string;
  /** The recipe's name for it. */
  readonly field?: string;
  readonly choices?: readonly string[];
  read?(text: string, before?: V): V;
  readonly conflicts?: readonly string[];
  /** It does not decide what is trained: `--resume` may change it, and it is not saved. */
  readonly free?: boolean;
  readonly required?: boolean;
}

export type Flags = Readonly<Record<string, Flag>>;

type ValueOf<F> = F extends Flag<infer V> ? V : never;
/** Names of flags that always have a value. */
type Sure<F extends Flags> = {
  [K in keyof F]: F[K] extends { readonly value: unknown } | { readonly required: true } ? K : never;
}[keyof F];

/** What a command line gave for these flags; undefined where it has nothing and there is no default. */
export type Values<F extends Flags> = { readonly [K in keyof F]?: ValueOf<F[K]> } & {
  readonly [K in Sure<F>]: ValueOf<F[K]>;
};

type More<V> = Partial<Pick<Flag<V>, "value" | "fallback" | "field" | "conflicts" | "free" | "required">>;

export const text = <const M extends More<string>>(usage: string, about: string, more?: M) =>
  ({ usage, about, read: (given: string) => given, ...more }) as Flag<string> & M;

export const toggle = <const M extends More<true>>(usage: string, about: string, more?: M) =>
  ({ usage, about, ...more }) as Flag<true> & M;

/** A whole number in a range. */
export const int = <const M extends More<number>>(usage: string, about: string, range: Range, more?: M) =>
  ({ usage, about, read: whole(range), ...more }) as Flag<number> & M;

export const real = <const M extends More<number>>(usage: string, about: string, range: Range, more?: M) =>
  ({ usage, about, read: number(range), ...more }) as Flag<number> & M;

export const choice = <const C extends string, const M extends More<C>>(
  usage: string,
  about: string,
  choices: readonly C[],
  more?: M,
) => ({ usage, about, choices, ...more }) as unknown as Flag<C> & M;

/** Words with commas between. */
export const list = (usage: string, about: string, more: More<string[]> = {}): Flag<string[]> => ({
  usage,
  about,
  read: (given) => given.split(",").map((one) => one.trim()),
  ...more,
});

/** Several words after one option: `--label <label...>`. */
export const several = (usage: string, about: string): Flag<string[]> => ({ usage, about });

/** An option that may be repeated. */
export const repeated = (usage: string, about: string): Flag<string[]> => ({
  usage,
  about,
  read: (given, before) => [...(before ?? []), given],
});

/** Anything else: `read` throws InvalidArgumentError. */
export const custom = <V>(usage: string, about: string, read: (given: string) => V, more: More<V> = {}): Flag<V> => ({
  usage,
  about,
  read,
  ...more,
});

/** `--evaluate-every` of `evaluateEvery`. */
export const flagName = (name: string): string =>
  `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** A flag as commander takes it. */
export function optionOf(flag: Flag, recipe: Readonly<Record<string, unknown>> = {}): Option {
  const value = flag.fallback ?? flag.value ?? (flag.field === undefined ? undefined : recipe[flag.field]);
  const shown =
    value === false
      ? undefined
      : typeof value === "number"
        ? value.toLocaleString("en-US", { maximumSignificantDigits: 6 })
        : value;
  const option = new Option(flag.usage, shown === undefined ? flag.about : `${flag.about} (default: ${shown})`);
  if (flag.choices) option.choices([...flag.choices]);
  if (flag.read) option.argParser((given, before) => flag.read!(given, before));
  if (flag.conflicts) option.conflicts([...flag.conflicts]);
  return option.makeOptionMandatory(flag.required ?? false);
}

interface Range {
  min?: number;
  above?: number;
  max?: number;
  below?: number;
}

/** Reads a number in a range; the message of a refusal follows "error: option '--x' ... is invalid.". */
function number(range: Range, kind = "a number") {
  return (given: string): number => {
    const value = given.trim() === "" ? Number.NaN : Number(given);
    const { min = -Infinity, above = -Infinity, max = Infinity, below = Infinity } = range;
    if (Number.isFinite(value) && value >= min && value > above && value <= max && value < below) return value;
    throw new InvalidArgumentError(`Expected ${kind}${inWords(range)}.`);
  };
}

function whole(range: Range) {
  const read = number(range, "a whole number");
  return (given: string): number => read(Number.isSafeInteger(Number(given)) ? given : "");
}

function inWords({ min, above, max, below }: Range): string {
  const low = above !== undefined ? ` above ${above}` : min !== undefined ? ` from ${min}` : "";
  if (below !== undefined)
    return min === undefined ? `${low}${low && " and"} below ${below}` : ` of at least ${min} and below ${below}`;
  if (max === undefined) return low;
  return above === undefined ? `${low} to ${max}` : `${low} and at most ${max}`;
}

/** A fraction below 1, or the name of a file. */
export function fractionOrFile(given: string): number | string {
  const value = Number(given);
  const blank = given.trim() === "" || /^-?nan$/i.test(given);
  if (!blank && Number.isNaN(value)) return given;
  if (!blank && value >= 0 && value < 1) return value;
  throw new InvalidArgumentError("Expected a file or a number of at least 0 and below 1.");
}
