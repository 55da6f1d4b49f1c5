// Options that several commands share, and how their numbers are read.
import { availableParallelism } from "node:os";
import { InvalidArgumentError, Option } from "commander";
import { cellNames } from "../nn/index.ts";

interface Range {
  min?: number;
  above?: number;
  max?: number;
  below?: number;
}

/** Reads a number in a range; the message of a refusal follows "error: option '--x' ... is invalid.". */
export function number(range: Range = {}) {
  return (text: string): number => {
    const value = text.trim() === "" ? Number.NaN : Number(text);
    const { min = -Infinity, above = -Infinity, max = Infinity, below = Infinity } = range;
    if (Number.isFinite(value) && value >= min && value > above && value <= max && value < below) return value;
    throw new InvalidArgumentError(`Expected a number${words(range)}.`);
  };
}

/** Reads a whole number in a range. */
export function whole(range: Range = {}) {
  const read = number(range);
  return (text: string): number => {
    const value = Number(text);
    if (Number.isSafeInteger(value)) return read(text);
    throw new InvalidArgumentError(`Expected a whole number${words(range)}.`);
  };
}

function words(range: Range): string {
  const low = range.above !== undefined ? `above ${range.above}` : range.min !== undefined ? `from ${range.min}` : "";
  const high = range.below !== undefined ? `below ${range.below}` : range.max !== undefined ? `to ${range.max}` : "";
  return [low && ` ${low}`, high && ` ${low && range.below !== undefined ? "and " : ""}${high}`].join("");
}

export const jsonOption = () =>
  new Option("--json", "print one JSON object per line (docs/json.md describes them); errors too");

export const threadsOption = () =>
  new Option("--threads <n>", "threads to use; does not change the result (default: one per core)").argParser(
    whole({ min: 1, max: Math.max(2, availableParallelism()) }),
  );

export const cellOption = (purpose: string) => new Option("--cell <name>", purpose).choices(cellNames);

export const seedOption = (purpose: string) =>
  new Option("--seed <n>", purpose).argParser(whole({ min: 0, max: 2 ** 32 - 1 }));

/** An option that may be repeated. */
export const repeated = (usage: string, purpose: string) =>
  new Option(usage, purpose).argParser((value: string, before: string[] | undefined) => [...(before ?? []), value]);
