// Where tokens of large texts are kept between runs: a folder of the system's for what can be made again.
import { homedir } from "node:os";
import { join } from "node:path";

/** The folder for caches: `UNROLLED_CACHE`, else the system's own place. */
export function cacheFolder(env: Readonly<Record<string, string | undefined>>, platform = process.platform): string {
  if (env.UNROLLED_CACHE) return env.UNROLLED_CACHE;
  if (platform === "darwin") return join(homedir(), "Library", "Caches", "unrolled");
  if (platform === "win32") return join(env.LOCALAPPDATA ?? join(homedir(), "AppData", "Local"), "unrolled", "cache");
  return join(env.XDG_CACHE_HOME || join(homedir(), ".cache"), "unrolled");
}
