// What the operating system says, in words.
import { fail } from "../base/index.ts";

/** The code of a system error (`ENOENT`), or undefined. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

const words: Record<string, [problem: string, hint?: string]> = {
  ENOENT: ["no such file or folder"],
  ENOTDIR: ["a part of this path is a file, not a folder"],
  EISDIR: ["this is a folder, not a file"],
  EACCES: ["permission denied"],
  EPERM: ["operation not permitted"],
  EROFS: ["the disk is read-only"],
  ENOSPC: ["the disk is full", "free some space; what was saved before is still there"],
  EDQUOT: ["the disk quota is used up", "free some space; what was saved before is still there"],
  EIO: ["the disk failed to read or write"],
  EMFILE: ["too many open files"],
  ENAMETOOLONG: ["the name is too long"],
  EBUSY: ["in use by another program"],
};

/** Rethrows a system error as an UnrolledError with code "file"; any other error as it is. */
export function failSystem(where: string, error: unknown): never {
  const code = systemCode(error);
  if (!code || !/^E[A-Z0-9]+$/.test(code)) throw error;
  const [problem, hint] = words[code] ?? [code];
  return fail({ where, problem, hint, code: "file" });
}
