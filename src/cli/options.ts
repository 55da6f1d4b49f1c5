// What several commands' options share: how a number is read, and the option `--json`.
import { availableParallelism } from "node:os";
import { InvalidArgumentError, Option } from "commander";
import { cellNames } from "./cells.ts";

/** Reads a number in a range; what it says when the number is not in it goes after "error: option '--x' ... is invalid.". */
export function number(range: { min?: number; above?: number; max?: number; below?: number } = {}) {
  return (text: string): number => {
    const value = text.trim() === "" ? Number.NaN : Number(text);
    const { min = -Infinity, above = -Infinity, max = Infinity, below = Infinity } = range;
    if (Number.isFinite(value) && value >= min && value > above && value <= max && value < below) return value;
    throw new InvalidArgumentError(`Expected a number${words(range)}.`);
  };
}

/** Reads a whole number in a range. */
export function whole(range: { min?: number; max?: number } = {}) {
  const read = number(range);
  return (text: string): number => {
    const value = Number(text);
    if (Number.isSafeInteger(value)) return read(text);
    throw new InvalidArgumentError(`Expected a whole number${words(range)}.`);
  };
}

function words(range: { min?: number; above?: number; max?: number; below?: number }): string {
  const low = range.above !== undefined ? `above ${range.above}` : range.min !== undefined ? `from ${range.min}` : "";
  const high = range.below !== undefined ? `below ${range.below}` : range.max !== undefined ? `to ${range.max}` : "";
  return [low && ` ${low}`, high && ` ${low && range.below !== undefined ? "and " : ""}${high}`].join("");
}

export const jsonOption = () =>
  new Option("--json", "one JSON object a line on standard output, for scripts; errors stay plain lines");

export const threadsOption = () =>
  new Option(
    "--threads <n>",
    "threads inside an operation (default: one for each core, for more only wait for each other)",
  ).argParser(whole({ min: 1, max: availableParallelism() }));

export const cellOption = (purpose: string) => new Option("--cell <name>", purpose).choices(cellNames);

export const seedOption = (purpose: string) =>
  new Option("--seed <n>", purpose).argParser(whole({ min: 0, max: 2 ** 32 - 1 }));

export const withOption = () =>
  new Option(
    "--with <model>",
    "a further classifier of the same labels, whose probabilities are averaged with the first one's; may be repeated",
  ).argParser((folder: string, before: string[] | undefined) => [...(before ?? []), folder]);
