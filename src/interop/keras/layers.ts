// The layers of a Keras model in the order in which data passes them: of a Sequential one as listed, of a Functional one
// along its connections, which must not branch.
import { fail } from "../../base/index.ts";

export interface KerasLayer {
  /** `LSTM`, `Dense`. */
  readonly type: string;
  readonly name: string;
  readonly config: KerasConfig;
  /** Which layer of the file it is: weights are stored by that. */
  readonly index: number;
}

export type KerasConfig = Readonly<Record<string, unknown>>;

/** How messages name a layer: `LSTM "lstm_1"`. */
export const titleOf = ({ type, name }: Pick<KerasLayer, "type" | "name">): string => `${type} "${name}"`;

/** All layers of the file, and the chain that they form. @throws UnrolledError with code "data" where there is no chain */
export function kerasLayers(model: unknown, where: string): { all: KerasLayer[]; chain: KerasLayer[] } {
  const { class_name: kind, config } = record(model);
  const parts = record(config).layers ?? (Array.isArray(config) ? config : undefined);
  if (!Array.isArray(parts))
    return fail({
      where,
      expected: "a Sequential or Functional model",
      received: typeof kind === "string" ? `a ${kind} model` : "no layers",
      hint: "a subclass of keras.Model does not record its layers: build it with keras.Sequential",
      code: "data",
    });
  const all = parts.map((part, index): KerasLayer => {
    const { class_name: type, config: own, name } = record(part);
    if (typeof type !== "string")
      return fail({
        where: `${where}: layer ${index + 1}`,
        expected: "its class_name",
        received: type === undefined ? "none" : JSON.stringify(type),
        code: "file",
      });
    return { type, name: String(name ?? record(own).name ?? `layer ${index + 1}`), config: record(own), index };
  });
  if (kind === "Sequential") return { all, chain: all };
  return { all, chain: along(parts, all, where) };
}

/** From the input on, each layer that reads the one before. */
function along(parts: readonly unknown[], all: readonly KerasLayer[], where: string): KerasLayer[] {
  const readers = new Map<string, KerasLayer[]>();
  for (const [i, part] of parts.entries()) {
    if (all[i]!.type === "NotEqual") continue; // the mask of an embedding, which layers pass along by themselves
    const nodes = record(part).inbound_nodes;
    const sources = new Set(Array.isArray(nodes) ? nodes.flatMap((node) => sourcesOf(record(node).args ?? node)) : []);
    if (sources.size > 1) branch(all[i]!, [...sources], where);
    for (const source of sources) readers.set(source, [...(readers.get(source) ?? []), all[i]!]);
  }
  const inputs = all.filter(({ type }) => type === "InputLayer");
  if (inputs.length !== 1)
    return fail({ where, expected: "a network with one input", received: `${inputs.length} inputs`, code: "data" });
  const chain = [inputs[0]!];
  for (let next = readers.get(inputs[0]!.name); next && chain.length <= all.length; ) {
    if (next.length > 1) branch(chain.at(-1)!, next.map(titleOf), where);
    chain.push(next[0]!);
    next = readers.get(next[0]!.name);
  }
  return chain;
}

const branch = (layer: KerasLayer, others: readonly string[], where: string): never =>
  fail({
    where: `${where}: ${titleOf(layer)}`,
    expected: "layers one after another",
    received: `a network that branches: ${others.join(", ")}`,
    hint: "build the network from layers of this library and use setParameters",
    code: "data",
  });

/** Names of the layers whose outputs are among these arguments: Keras 3's `keras_history`, Keras 2's `[name, 0, 0, {}]`. */
function sourcesOf(value: unknown, depth = 0): string[] {
  if (typeof value !== "object" || value === null || depth > 8) return [];
  if (Array.isArray(value)) {
    const [name, node, tensor] = value as unknown[];
    if (typeof name === "string" && typeof node === "number" && typeof tensor === "number") return [name];
    return value.flatMap((one) => sourcesOf(one, depth + 1));
  }
  const { keras_history: history, ...rest } = value as Record<string, unknown>;
  return Array.isArray(history)
    ? [String(history[0])]
    : Object.values(rest).flatMap((one) => sourcesOf(one, depth + 1));
}

/** A size in a layer's configuration. */
export function sizeIn(config: KerasConfig, name: string, where: string): number {
  const value = config[name];
  if (Number.isInteger(value) && (value as number) > 0) return value as number;
  return fail({
    where,
    expected: `${name}, a whole number`,
    received: value === undefined ? "none" : JSON.stringify(value),
    code: "file",
  });
}

/** An object of JSON, or an empty one. */
export const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
