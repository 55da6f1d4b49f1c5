// Which file a worker thread runs.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { fail } from "../base/index.ts";

/**
 * The first of the places that exists: beside the caller in the package, in `dist/` when the sources run, which Node 20 does
 * not do in a thread. Bundlers find the file by the caller's own `new URL("./name.js", import.meta.url)`.
 */
export function workerProgram(where: string, ...places: readonly URL[]): URL {
  const found = places.find((url) => existsSync(fileURLToPath(url)));
  const expected = "the built file of the worker";
  return found ?? fail({ where, code: "missing", expected, received: "none", hint: "npm run build" });
}
