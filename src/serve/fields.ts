// Fields of request bodies: one table of each route checks what comes and makes its OpenAPI schema.
import { showValue, UnrolledError } from "../base/index.ts";

/** A fault of the request, with its HTTP status. */
export class RequestError extends Error {
  override readonly name = "RequestError";
  constructor(
    readonly status: number,
    message: string,
    readonly param?: string,
  ) {
    super(message);
  }
}

export interface Field<T> {
  /** JSON schema, for `/openapi.json`. */
  readonly schema: Readonly<Record<string, unknown>>;
  readonly about: string;
  /** Returns the value, or `undefined` where it does not fit. `null` and an absent field give the default. */
  read(value: unknown): T | undefined;
  readonly fallback?: T;
  /** In words, for errors. */
  readonly expected: string;
}

export type Fields = Readonly<Record<string, Field<unknown>>>;
export type Body<F extends Fields> = { readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never };

interface Range {
  min?: number;
  max?: number;
  integer?: boolean;
}

export function number<T extends number | undefined>(
  about: string,
  { min = -Infinity, max = Infinity, integer = false }: Range,
  fallback: T,
): Field<number | T> {
  const low = Number.isFinite(min) ? ` from ${min}` : "";
  const high = Number.isFinite(max) ? ` to ${max}` : "";
  return {
    about,
    schema: {
      type: integer ? "integer" : "number",
      ...(Number.isFinite(min) ? { minimum: min } : {}),
      ...(Number.isFinite(max) ? { maximum: max } : {}),
      ...(fallback === undefined ? {} : { default: fallback }),
    },
    expected: `a${integer ? " whole" : ""} number${low}${high}`,
    read: (value) =>
      typeof value === "number" && value >= min && value <= max && (!integer || Number.isInteger(value))
        ? value
        : undefined,
    fallback,
  };
}

export function text<T extends string | undefined>(about: string, fallback: T): Field<string | T> {
  return {
    about,
    schema: { type: "string", ...(fallback === undefined ? {} : { default: fallback }) },
    expected: "a text",
    read: (value) => (typeof value === "string" ? value : undefined),
    fallback,
  };
}

export function flag(about: string): Field<boolean> {
  return {
    about,
    schema: { type: "boolean", default: false },
    expected: "true or false",
    read: (value) => (typeof value === "boolean" ? value : undefined),
    fallback: false,
  };
}

/** One of some texts; the first by default. */
export function choice<T extends string>(about: string, values: readonly [T, ...T[]]): Field<T> {
  return {
    about,
    schema: { enum: values, default: values[0] },
    expected: `one of ${values.join(", ")}`,
    read: (value) => values.find((one) => one === value),
    fallback: values[0],
  };
}

/** A text or a list of texts. */
export function texts(about: string, most: number, fallback?: readonly string[]): Field<readonly string[]> {
  return {
    about,
    schema: { oneOf: [{ type: "string" }, { type: "array", items: { type: "string" }, maxItems: most }] },
    expected: `a text or a list of at most ${most} texts`,
    read(value) {
      const list = typeof value === "string" ? [value] : value;
      if (!Array.isArray(list) || list.length > most) return undefined;
      return list.every((one) => typeof one === "string") ? list : undefined;
    },
    fallback,
  };
}

/** One input or a list of them; each is checked by the model's task. */
export function inputs(about: string, most: number, item: object): Field<readonly unknown[]> {
  return {
    about,
    schema: { oneOf: [item, { type: "array", items: item, maxItems: most }] },
    expected: `an input or a list of at most ${most}`,
    read(value) {
      if (value === undefined) return undefined;
      const list = Array.isArray(value) && !value.every((one) => typeof one === "number") ? value : [value];
      return list.length <= most ? list : undefined;
    },
  };
}

/** Any JSON, not looked at: fields that clients send and that change nothing. */
export const ignored: Field<unknown> = { about: "Ignored.", schema: {}, expected: "", read: (value) => value };

/**
 * Checks a body. Unknown fields are refused: a misspelled option must not be lost.
 *
 * @throws RequestError 400
 */
export function readFields<F extends Fields>(fields: F, body: unknown): Body<F> {
  if (typeof body !== "object" || body === null || Array.isArray(body))
    throw new RequestError(400, "the body must be a JSON object");
  for (const name of Object.keys(body))
    if (!Object.hasOwn(fields, name))
      throw new RequestError(
        400,
        `${showValue(name)} is no field of this request; the fields are ${Object.keys(fields).join(", ")}`,
        name.slice(0, 80),
      );
  const found = Object.entries(fields).map(([name, field]) => {
    const given = Object.hasOwn(body, name) ? (body as Record<string, unknown>)[name] : undefined;
    if ((given === undefined || given === null) && ("fallback" in field || field === ignored))
      return [name, field.fallback];
    const value = field.read(given);
    if (value === undefined)
      throw new RequestError(
        400,
        `"${name}" must be ${field.expected}${given === undefined ? "; it is missing" : ""}`,
        name,
      );
    return [name, value];
  });
  return Object.fromEntries(found) as Body<F>;
}

/** JSON schema of a body. */
export function schemaOf(fields: Fields): object {
  const required = Object.entries(fields)
    .filter(([, field]) => !("fallback" in field) && field !== ignored)
    .map(([name]) => name);
  return {
    type: "object",
    additionalProperties: false,
    ...(required.length > 0 ? { required } : {}),
    properties: Object.fromEntries(
      Object.entries(fields).map(([name, { schema, about }]) => [name, { ...schema, description: about }]),
    ),
  };
}

/** Status and message of an error that a client may see. What is not a fault of the request is not described. */
export function describe(error: unknown): { status: number; message: string; param?: string } {
  if (error instanceof RequestError) return error;
  if (error instanceof UnrolledError && ["argument", "data", "shape"].includes(error.code)) {
    const [message = "", hint] = error.message.split("\n  hint: ");
    return { status: 400, message: hint ? `${message}; ${hint}` : message, param: error.where };
  }
  return { status: 500, message: "the server failed to answer; its log has the reason" };
}
