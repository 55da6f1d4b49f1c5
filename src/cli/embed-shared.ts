// What the `embed` commands share: where they write, how they read numbers and vectors.
import { InvalidArgumentError } from "commander";
import { describeWarning } from "../embeddings/formats/warnings.ts";
import type { WordVectors } from "../embeddings/vectors.ts";
import type { LoadedVectorFile } from "../interop/read-vectors.ts";
import { readText } from "../node/text-files.ts";
import { loadVectors } from "../node/vector-files.ts";

/** Where a command writes; the CLI's own host fits. */
export interface EmbedHost {
  out(text: string): void;
  err(text: string): void;
  readonly isTTY: boolean;
  columns(): number;
  /** What the process ends with if no error is thrown. */
  exitCode: number;
}

/** The host of this process. */
export function defaultHost(): EmbedHost {
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    isTTY: Boolean(process.stdout.isTTY),
    columns: () => process.stdout.columns ?? 80,
    get exitCode() {
      return Number(process.exitCode ?? 0);
    },
    set exitCode(code: number) {
      process.exitCode = code;
    },
  };
}

export interface VectorFlags {
  json?: boolean;
  only?: string;
  limit?: number;
}

/** Loads vectors as the flags say; warnings go to the error stream, one line each. */
export async function load(host: EmbedHost, path: string, flags: VectorFlags): Promise<LoadedVectorFile> {
  const only =
    flags.only === undefined ? undefined : new Set((await readText(flags.only)).split(/\s+/).filter(Boolean));
  const loaded = await loadVectors(path, { only, limit: flags.limit });
  for (const warning of loaded.warnings) host.err(`warning: ${describeWarning(warning)}\n`);
  return loaded;
}

export async function vectorsOf(host: EmbedHost, path: string, flags: VectorFlags): Promise<WordVectors> {
  return (await load(host, path, flags)).vectors;
}

/** Reads a whole number from an option. */
export function whole(min: number, max = Number.MAX_SAFE_INTEGER) {
  return (text: string): number => {
    const value = text.trim() === "" ? Number.NaN : Number(text);
    if (Number.isSafeInteger(value) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(
      `Expected a whole number from ${min}${max < Number.MAX_SAFE_INTEGER ? ` to ${max}` : ""}.`,
    );
  };
}

/** Reads a number from an option. */
export function real(min: number) {
  return (text: string): number => {
    const value = text.trim() === "" ? Number.NaN : Number(text);
    if (Number.isFinite(value) && value >= min) return value;
    throw new InvalidArgumentError(`Expected a number from ${min}.`);
  };
}

export const jsonLine = (host: EmbedHost, value: object) => host.out(`${JSON.stringify(value)}\n`);
