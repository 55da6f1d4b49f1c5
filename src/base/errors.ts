// Errors as data: where it happened, what was expected, what came, and a hint if the cause is likely.

/** What kind of thing went wrong; callers may switch on it, messages may change. */
export type ErrorCode =
  | "shape" // a tensor has another shape than an operation needs
  | "argument" // an option or argument is out of its range
  | "data" // a corpus, file or row is not what it should be
  | "file" // a file is missing, truncated, broken or from another version
  | "numeric" // NaN or infinity during training
  | "missing" // something optional that is needed here is not installed or not given
  | "device" // a GPU was lost or is out of memory
  | "internal"; // a fault of this library

export interface ErrorDetails {
  /** The function, file or option at fault, for example `linear(project)` or `train.conll:1042`. */
  where: string;
  /** What the place wanted. */
  expected?: string;
  /** What came instead. */
  received?: string;
  /** A sentence, where "expected, got" does not fit. */
  problem?: string;
  /** What to try, if the cause is likely. */
  hint?: string;
  code?: ErrorCode;
}

/**
 * The one error class of the library. The message is `where: expected E, got R`, then an indented hint.
 *
 * @example
 * ```ts
 * try {
 *   await load("models/none");
 * } catch (error) {
 *   if (error instanceof UnrolledError && error.code === "file") console.error(error.message);
 * }
 * ```
 */
export class UnrolledError extends Error {
  override readonly name = "UnrolledError";
  readonly code: ErrorCode;
  readonly where: string;
  readonly expected: string | undefined;
  readonly received: string | undefined;
  readonly hint: string | undefined;

  constructor(details: ErrorDetails) {
    super(render(details));
    this.code = details.code ?? "argument";
    this.where = details.where;
    this.expected = details.expected;
    this.received = details.received;
    this.hint = details.hint;
  }
}

function render({ where, expected, received, problem, hint }: ErrorDetails): string {
  const parts = [problem, expected && `expected ${expected}`, received !== undefined && `got ${received}`];
  const line = `${where}: ${parts.filter(Boolean).join(", ")}`;
  return hint ? `${line}\n  hint: ${hint}` : line;
}

/** Throws an {@link UnrolledError}; typed `never`, so that it can end an expression. */
export function fail(details: ErrorDetails): never {
  throw new UnrolledError(details);
}

/** Checks that a number lies in a range, and is whole if asked; returns it. */
export function checkNumber(
  where: string,
  value: number,
  { min = -Infinity, max = Infinity, integer = false, above = -Infinity, below = Infinity } = {},
): number {
  const inside = value >= min && value <= max && value > above && value < below;
  if (typeof value === "number" && inside && (!integer || Number.isInteger(value))) return value;
  const low = above > -Infinity ? `above ${above}` : min > -Infinity ? `at least ${min}` : "";
  const high = below < Infinity ? `below ${below}` : max < Infinity ? `at most ${max}` : "";
  const range = [low, high].filter(Boolean).join(" and ");
  return fail({
    where,
    expected: `a${integer ? " whole" : ""} number${range ? ` ${range}` : ""}`,
    received: showValue(value),
  });
}

/** Checks that a value is one of a few; returns it. */
export function checkChoice<const V extends string>(where: string, value: V, choices: readonly V[]): V {
  if (choices.includes(value)) return value;
  return fail({
    where,
    expected: choices.map((choice) => JSON.stringify(choice)).join(" or "),
    received: showValue(value),
  });
}

/** A value as an error prints it: short JSON. */
export function showValue(value: unknown): string {
  const text = typeof value === "number" ? String(value) : (JSON.stringify(value) ?? String(value));
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
