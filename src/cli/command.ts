// A command as data: its arguments, its flags, and what it runs with their values.
import { availableParallelism } from "node:os";
import { Command } from "commander";
import { type Flags, int, optionOf, toggle, type Values } from "./flags.ts";

/** An argument as commander reads it, `<model>` or `[file...]`, and its meaning. */
type Argument = readonly [usage: string, about: string];
type ArgumentValues<A extends readonly Argument[]> = {
  [I in keyof A]: A[I][0] extends `${string}...${string}`
    ? string[]
    : A[I][0] extends `[${string}`
      ? string | undefined
      : string;
};

export interface CommandShape<A extends readonly Argument[], F extends Flags> {
  about?: string;
  usage?: string;
  arguments?: A;
  flags: F;
}

/**
 * Makes a command.
 *
 * @param run gets the values of the flags, with their defaults, then those of the arguments
 */
export function makeCommand<const A extends readonly Argument[], F extends Flags>(
  name: string,
  { about = "", usage, arguments: args, flags }: CommandShape<A, F>,
  run: (flags: Values<F>, ...values: ArgumentValues<A>) => unknown,
): Command {
  const command = new Command(name).description(about).helpOption("-h, --help", "print this help");
  if (usage !== undefined) command.usage(usage);
  for (const [argument, meaning] of args ?? []) command.argument(argument, meaning);
  const options = Object.entries(flags).map(([key, flag]) => ({ key, flag, option: optionOf(flag) }));
  for (const { option } of options) command.addOption(option);
  return command.action(async (...given: unknown[]) => {
    const found = given.at(-2) as Readonly<Record<string, unknown>>;
    const named = options.flatMap(({ key, flag, option }) => {
      const own = found[option.attributeName()];
      const value = option.negate ? own === false || undefined : (own ?? flag.value); // commander's `open: false` is `noOpen: true`
      return value === undefined ? [] : [[key, value]];
    });
    await run(Object.fromEntries(named) as Values<F>, ...(given.slice(0, -2) as ArgumentValues<A>));
  });
}

/** Makes a command that only has commands of its own. */
export function makeGroup(name: string, commands: readonly Command[]): Command {
  const group = new Command(name).helpCommand("help [command]", "print the help of a command");
  for (const command of commands) group.addCommand(command);
  return group;
}

/** Every command reads this. */
export const jsonFlag = {
  json: toggle("--json", "print one JSON object per line (docs/json.md describes them); errors too", { free: true }),
} satisfies Flags;

export const threadsFlag = {
  threads: int(
    "--threads <n>",
    "threads to use; does not change the result",
    { min: 1, max: Math.max(2, availableParallelism()) },
    { fallback: "one per core", free: true },
  ),
} satisfies Flags;

export const seedRange = { min: 0, max: 2 ** 32 - 1 };

/** The argument of a command that uses a model. */
export const modelArgument = ["<model>", "folder of a trained model"] as const;
