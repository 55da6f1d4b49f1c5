// The state of a text as a string that a client keeps and sends back: a recurrent network goes on from it at once, however
// long the text is.
import { fail } from "../base/index.ts";
import type { LanguageModel } from "../tasks/index.ts";
import { toBase64 } from "./base64.ts";

export interface TextState {
  /** By name, without the batch axis. */
  readonly states: Readonly<Record<string, Float32Array>>;
  /** Tokens that were written and not yet read. */
  readonly pending: readonly number[];
}

const sizes = ({ state }: LanguageModel) =>
  Object.entries(state).map(([name, shape]): [string, number] => [name, shape.reduce((a, b) => a * b, 1)]);

/** Base64 of: number of pending ids, the ids, then the states in the model's order, as little-endian 32-bit numbers. */
export function encodeState(model: LanguageModel, { states, pending }: TextState): string {
  const all = sizes(model);
  const view = new DataView(new ArrayBuffer(4 * (1 + pending.length + all.reduce((sum, [, size]) => sum + size, 0))));
  let at = 0;
  const write = (kind: "setInt32" | "setFloat32", value: number) => {
    view[kind](at, value, true);
    at += 4;
  };
  write("setInt32", pending.length);
  for (const id of pending) write("setInt32", id);
  for (const [name] of all) for (const value of states[name]!) write("setFloat32", value);
  return toBase64(new Uint8Array(view.buffer));
}

/** @throws UnrolledError where the token is not a state of this model */
export function decodeState(model: LanguageModel, token: string): TextState {
  const refuse = (received: string): never =>
    fail({ where: "state", expected: "a state that this model returned", received, code: "data" });
  let bytes: Uint8Array;
  try {
    bytes = Uint8Array.from(atob(token), (char) => char.charCodeAt(0));
  } catch {
    return refuse("a text that is not base64");
  }
  const view = new DataView(bytes.buffer);
  const all = sizes(model);
  const count = bytes.length >= 4 ? view.getInt32(0, true) : -1;
  const expected = 4 * (1 + count + all.reduce((sum, [, size]) => sum + size, 0));
  if (count < 0 || count > 1 || bytes.length !== expected) return refuse(`${bytes.length} bytes`);
  const pending: number[] = [];
  for (let i = 0; i < count; i++) {
    const id = view.getInt32(4 + 4 * i, true);
    if (id < 0 || id >= model.tokenizer.vocabulary.size) refuse(`the token ${id}`);
    pending.push(id);
  }
  let at = 4 * (1 + count);
  const states: Record<string, Float32Array> = {};
  for (const [name, size] of all) {
    const values = new Float32Array(size);
    for (let i = 0; i < size; i++, at += 4) values[i] = view.getFloat32(at, true);
    if (!values.every(Number.isFinite)) refuse("numbers that are not finite");
    states[name] = values;
  }
  return { states, pending };
}
