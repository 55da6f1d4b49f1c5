// Options as data: each is declared once with its meaning. A task lists those that it reads; the help, the refusal of the
// others and the recipe of a run follow from the list.
import { InvalidArgumentError, Option } from "commander";
import { number, whole } from "./options.ts";

export interface Flag<V = unknown> {
  /** As commander reads it: `--hidden <n>`. */
  readonly usage: string;
  readonly about: string;
  /** The default as help shows it. Where it is absent and `field` is set, the task's recipe says it. */
  readonly fallback?: string;
  /** The recipe's name for it. */
  readonly field?: string;
  readonly choices?: readonly string[];
  read?(text: string, before?: V): V;
  readonly conflicts?: readonly string[];
  /** It does not decide what is trained: `--resume` may change it, and it is not saved. */
  readonly free?: boolean;
}

export type Flags = Readonly<Record<string, Flag>>;

/** What a command line gave for these flags; absent where it said nothing. */
export type Values<F extends Flags> = { readonly [K in keyof F]?: F[K] extends Flag<infer V> ? V : never };

type More = Pick<Flag, "fallback" | "field" | "conflicts" | "free">;

export const text = (usage: string, about: string, more: More = {}): Flag<string> => ({
  usage,
  about,
  ...more,
  read: (given) => given,
});

export const toggle = (usage: string, about: string, more: More = {}): Flag<true> => ({ usage, about, ...more });

export const int = (
  usage: string,
  about: string,
  range: Parameters<typeof whole>[0],
  more: More = {},
): Flag<number> => ({ usage, about, ...more, read: whole(range) });

export const real = (
  usage: string,
  about: string,
  range: Parameters<typeof number>[0],
  more: More = {},
): Flag<number> => ({ usage, about, ...more, read: number(range) });

export const choice = <const C extends string>(
  usage: string,
  about: string,
  choices: readonly C[],
  more: More = {},
): Flag<C> => ({ usage, about, choices, ...more });

export const list = (usage: string, about: string, more: More = {}): Flag<string[]> => ({
  usage,
  about,
  ...more,
  read: (given) => given.split(",").map((one) => one.trim()),
});

/** Anything else: `read` throws InvalidArgumentError. */
export const custom = <V>(usage: string, about: string, read: (given: string) => V, more: More = {}): Flag<V> => ({
  usage,
  about,
  ...more,
  read,
});

/** `--evaluate-every` of `evaluateEvery`. */
export const flagName = (name: string): string =>
  `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** A flag as commander takes it. */
export function optionOf(flag: Flag, recipe: Readonly<Record<string, unknown>> = {}): Option {
  const value = flag.fallback ?? (flag.field === undefined ? undefined : recipe[flag.field]);
  const shown = typeof value === "number" ? value.toLocaleString("en-US", { maximumSignificantDigits: 6 }) : value;
  const option = new Option(flag.usage, shown === undefined ? flag.about : `${flag.about} (default: ${shown})`);
  if (flag.choices) option.choices([...flag.choices]);
  if (flag.read) option.argParser((given, before) => flag.read!(given, before));
  if (flag.conflicts) option.conflicts([...flag.conflicts]);
  return option;
}

/** A fraction below 1, or the name of a file. */
export function fractionOrFile(given: string): number | string {
  const value = Number(given);
  const blank = given.trim() === "" || /^-?nan$/i.test(given);
  if (!blank && Number.isNaN(value)) return given;
  if (!blank && value >= 0 && value < 1) return value;
  throw new InvalidArgumentError("Expected a file or a number from 0 to below 1.");
}
