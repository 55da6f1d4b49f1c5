// From names, folders and patterns to files.
import { open, readdir, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { fail } from "../base/index.ts";
import { vectorFolder } from "./embedding-folder.ts";
import { packingOf } from "./file-chunks.ts";
import { isOwned } from "./folders.ts";
import { modelFolder } from "./save.ts";
import { failRead } from "./system-errors.ts";
import { isTokenFolder } from "./tokens/token-folder.ts";

export interface FoundFiles {
  /** In order: as given, and sorted within a folder or a pattern, so that the order is the same everywhere. */
  files: string[];
  /** Files of folders and patterns that were left out, and why. */
  skipped: { file: string; reason: string }[];
}

/** Folders that hold copies and build products rather than a user's own files. */
const foreign = new Set(["node_modules", "__pycache__"]);

/**
 * Finds the files that names and patterns stand for. A folder stands for all text files in it, at any depth; in a pattern
 * `*` and `?` stand for characters of one path part, `**` for any folders; `-` is standard input. In folders and patterns,
 * hidden files, `node_modules`, folders of tokens, models and word vectors, empty and binary files are left out.
 *
 * @throws UnrolledError with code "file" where a name or pattern stands for nothing, or a name for a folder of tokens, of a
 *   model or of word vectors
 */
export async function findTextFiles(patterns: readonly string[]): Promise<FoundFiles> {
  const files: string[] = [];
  const skipped: FoundFiles["skipped"] = [];
  for (const pattern of patterns) {
    const kind = await kindOf(pattern);
    if (kind === "folder") await refuseOurs(pattern);
    if (kind === "file") files.push(pattern);
    else {
      const found = kind === "folder" ? await walk(pattern) : await expand(pattern);
      const before = files.length;
      for (const file of found) {
        const reason = await whyNot(file);
        if (reason === undefined) files.push(file);
        else skipped.push({ file, reason });
      }
      if (files.length === before) {
        const received = found.length === 0 ? "none" : `${found.length} files, none of them a text`;
        fail({
          where: pattern,
          expected: kind === "folder" ? "a folder with text files" : "files that match",
          received,
          code: "file",
        });
      }
    }
  }
  return { files: [...new Set(files)], skipped };
}

/** The files that names, folders and patterns stand for, without a look into them; see {@link findTextFiles}. */
export async function findFiles(patterns: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const pattern of patterns) {
    const kind = await kindOf(pattern);
    if (kind === "folder") await refuseOurs(pattern);
    if (kind === "file") found.push(pattern);
    else {
      const matches = kind === "folder" ? await walk(pattern) : await expand(pattern);
      if (matches.length === 0) fail({ where: pattern, problem: "no file matches", code: "file" });
      found.push(...matches);
    }
  }
  if (found.length === 0) fail({ where: patterns.join(" "), expected: "a corpus", received: "no files", code: "file" });
  return found;
}

/** What this package has written into a folder, none of which is text to learn from; and what to do with it. */
async function oursIn(folder: string): Promise<{ received: string; hint: string } | undefined> {
  const pass = "pass the text to learn from";
  if (isTokenFolder(folder))
    return {
      received: "a folder of tokens",
      hint: "train, evaluate and compare read folders of tokens; here, pass the text, or a part of it",
    };
  if (await isOwned(folder, modelFolder))
    return {
      received: `a folder with ${modelFolder.what}`,
      hint: `${pass}; npx unrolled train --resume ${folder} continues a run that was stopped`,
    };
  if (await isOwned(folder, vectorFolder))
    return {
      received: `a folder with ${vectorFolder.what}`,
      hint: `${pass}; npx unrolled train FILE --embeddings ${folder} starts from these vectors`,
    };
  return undefined;
}

async function refuseOurs(folder: string): Promise<void> {
  const ours = await oursIn(folder);
  if (ours) fail({ where: folder, expected: "texts", ...ours, code: "file" });
}

/** A name that exists is that file, whatever letters it has. */
async function kindOf(pattern: string): Promise<"file" | "folder" | "pattern"> {
  if (pattern === "-") return "file";
  try {
    return (await stat(pattern)).isDirectory() ? "folder" : "file";
  } catch (error) {
    if (/[*?]/.test(pattern)) return "pattern";
    return failRead(pattern, error);
  }
}

/** Files at any depth; links to folders are not followed, so that no circle is endless. */
async function walk(folder: string): Promise<string[]> {
  const found: string[] = [];
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => failRead(folder, error));
  for (const entry of entries) {
    if (entry.name.startsWith(".") || foreign.has(entry.name)) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) found.push(...((await oursIn(path)) ? [] : await walk(path)));
    else if (entry.isFile() || (entry.isSymbolicLink() && (await isFile(path)))) found.push(path);
  }
  return found.sort(byPath);
}

const isFile = async (path: string) => (await stat(path).catch(() => undefined))?.isFile() ?? false;

/** By code units, a folder's files before those of its folders. */
function byPath(a: string, b: string): number {
  const [left, right] = [a.split(sep), b.split(sep)];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    if (left[i] === right[i]) continue;
    const last = Number(i < left.length - 1) - Number(i < right.length - 1);
    return last || (left[i]! < right[i]! ? -1 : 1);
  }
  return left.length - right.length;
}

async function expand(pattern: string): Promise<string[]> {
  const parts = pattern.split("/");
  const first = parts.findIndex((part) => /[*?]/.test(part));
  const root = parts.slice(0, first).join("/") || (pattern.startsWith("/") ? "/" : ".");
  const literal = (text: string) => text.replace(/[.+^${}()|[\]\\]/g, "\\$&");
  const shape = parts
    .slice(first)
    .map((part) => (part === "**" ? "**" : literal(part).replaceAll("*", "[^/]*").replaceAll("?", "[^/]")))
    .join("/")
    .replaceAll("**/", "(?:[^/]+/)*")
    .replaceAll("**", ".*");
  const matches = new RegExp(`^${shape}$`, "u");
  const all = await walk(root).catch(() => []);
  const below = root === "/" ? 1 : root === "." ? 0 : join(root, "x").length - 1;
  return all.filter((path) => matches.test(path.slice(below).split(sep).join("/")));
}

const looked = 65_536;

/** Why a file cannot be read as text; undefined where it can. */
async function whyNot(path: string): Promise<string | undefined> {
  try {
    const file = await open(path);
    try {
      const { size } = await file.stat();
      if (size === 0) return "empty";
      const head = new Uint8Array(Math.min(size, looked));
      const { bytesRead } = await file.read(head, 0, head.length, 0);
      const bytes = head.subarray(0, bytesRead);
      const packed = packingOf(bytes) !== undefined;
      const wide = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
      return bytes.includes(0) && !packed && !wide ? "binary" : undefined;
    } finally {
      await file.close();
    }
  } catch {
    return "not readable";
  }
}

/** One line: "3 files left out: 2 binary (a.png, ...), 1 empty (b.txt)"; "" where none was. */
export function describeSkipped(skipped: FoundFiles["skipped"]): string {
  if (skipped.length === 0) return "";
  const reasons = [...new Set(skipped.map(({ reason }) => reason))].map((reason) => {
    const those = skipped.filter((one) => one.reason === reason);
    const more = those.length > 3 ? ", ..." : "";
    return `${those.length} ${reason} (${those
      .slice(0, 3)
      .map(({ file }) => file)
      .join(", ")}${more})`;
  });
  return `${skipped.length} ${skipped.length === 1 ? "file" : "files"} left out: ${reasons.join(", ")}`;
}
