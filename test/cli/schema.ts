// The part of JSON Schema that docs/json.schema.json uses.
import { readFileSync } from "node:fs";

interface Schema {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
}

const schema = JSON.parse(readFileSync(new URL("../../docs/json.schema.json", import.meta.url), "utf8")) as Required<
  Pick<Schema, "anyOf">
>;

/** What is wrong with an event of `--json`; empty if nothing is. */
export function eventFaults(event: Readonly<Record<string, unknown>>): string[] {
  const found = schema.anyOf
    .filter(({ properties }) => properties?.event?.const === event.event)
    .map((one) => faults(one, event, String(event.event)));
  return found.some((none) => none.length === 0) ? [] : (found[0] ?? [`unknown event ${JSON.stringify(event.event)}`]);
}

export const eventNamesInSchema = [...new Set(schema.anyOf.map(({ properties }) => properties?.event?.const))];

function faults(rule: Schema, value: unknown, at: string): string[] {
  if ("const" in rule) return rule.const === value ? [] : [`${at}: ${JSON.stringify(value)}`];
  if (rule.enum) return rule.enum.includes(value) ? [] : [`${at}: ${JSON.stringify(value)}`];
  const types = rule.type === undefined ? [] : [rule.type].flat();
  const kind = value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
  const fits = types.some((type) => type === kind || (type === "integer" && Number.isInteger(value)));
  if (types.length > 0 && !fits) return [`${at}: expected ${types.join(" or ")}, got ${kind}`];
  if (kind === "array")
    return rule.items ? (value as unknown[]).flatMap((item, i) => faults(rule.items!, item, `${at}[${i}]`)) : [];
  if (kind !== "object") return [];
  const object = value as Record<string, unknown>;
  const missing = (rule.required ?? []).filter((name) => !(name in object)).map((name) => `${at}: no ${name}`);
  const inner = Object.entries(object).flatMap(([name, one]) => {
    const own = rule.properties?.[name];
    if (own) return faults(own, one, `${at}.${name}`);
    if (rule.additionalProperties === false) return [`${at}: unexpected ${name}`];
    return typeof rule.additionalProperties === "object" ? faults(rule.additionalProperties, one, `${at}.${name}`) : [];
  });
  return [...missing, ...inner];
}
