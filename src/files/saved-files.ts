// Files in memory, as a saved model has them.
import { fail } from "../base/index.ts";

/** A saved model's files by name: `config.json`, `model.safetensors`, `tokenizer.json`, `training/state.json`. */
export type ModelFiles = ReadonlyMap<string, Uint8Array>;

/** A file's bytes. @param place the folder or address, for messages */
export function bytesOf(place: string, files: ModelFiles, name: string): Uint8Array {
  const hint = "pass the folder of a trained model";
  return files.get(name) ?? fail({ where: `load(${place})`, problem: `there is no ${name}`, hint, code: "file" });
}

const deepest = 64;

/** A file as JSON. @throws UnrolledError with code "file" where it is none, or nested more than 64 deep */
export function readJson(place: string, files: ModelFiles, name: string): unknown {
  const where = `load(${place}/${name})`;
  const text = new TextDecoder().decode(bytesOf(place, files, name));
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return fail({ where, expected: "JSON", received: JSON.stringify(text.slice(0, 40)), code: "file" });
  }
  if (depthOver(json, deepest))
    fail({ where, expected: `JSON at most ${deepest} levels deep`, received: "more", code: "file" });
  return json;
}

function depthOver(json: unknown, most: number): boolean {
  if (typeof json !== "object" || json === null) return false;
  if (most === 0) return true;
  const parts: readonly unknown[] = Array.isArray(json) ? json : Object.values(json);
  return parts.some((part) => typeof part === "object" && depthOver(part, most - 1));
}

export const jsonBytes = (value: unknown): Uint8Array =>
  new TextEncoder().encode(`${JSON.stringify(value, null, 1)}\n`);

/** SHA-256 in hexadecimal. The bytes may change once it has been called. */
export type Hash = (bytes: Uint8Array) => Promise<string | undefined>;

/** SHA-256 by the Web's own function; undefined in a page that is no secure context, which has no hash function. */
export const sha256: Hash = async (bytes) => {
  const { subtle } = globalThis.crypto ?? {};
  if (!subtle) return undefined;
  const digest = new Uint8Array(await subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
};
