// System errors in plain words.
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
  ELOOP: ["too many symbolic links"],
  EEXIST: ["this exists already"],
  ENOTEMPTY: ["the folder is not empty"],
  ENXIO: ["no such device, or nothing reads from it"],
  EPIPE: ["the reader of this pipe has gone"],
  EINVAL: ["this kind of file cannot be used here"],
  ETXTBSY: ["in use by another program"],
  EXDEV: ["the two places are on different disks"],
  EFBIG: ["the file is too large for this disk"],
};

/** Rethrows a system error as an UnrolledError with code "file"; any other error as it is. */
export function failSystem(where: string, error: unknown): never {
  const code = systemCode(error);
  if (!code || !/^E[A-Z0-9]+$/.test(code)) throw error;
  const [problem, hint] = words[code] ?? [code];
  return fail({ where, problem, hint, code: "file" });
}

/** Rethrows what reading a file, perhaps gzip, can fail of, as an UnrolledError with code "file". */
export function failRead(path: string, error: unknown): never {
  const code = systemCode(error);
  const hint = "the file was cut off or damaged: download it again";
  if (code === "Z_BUF_ERROR") fail({ where: path, problem: "the gzip data is truncated", hint, code: "file" });
  if (code?.startsWith("ZSTD_"))
    fail({ where: path, problem: "the Zstandard data is truncated or corrupt", hint, code: "file" });
  if (code?.startsWith("Z_")) fail({ where: path, problem: "the gzip data is corrupt", hint, code: "file" });
  if (code === "ENOENT") fail({ where: path, problem: "no such file", code: "file" });
  return failSystem(path, error);
}
