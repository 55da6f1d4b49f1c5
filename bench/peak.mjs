// The command line in a process of its own, for its peak memory. Needs `npm run build`.
import { spawn } from "node:child_process";
import { join } from "node:path";

const main = join(import.meta.dirname, "..", "dist", "cli", "main.js");
const report = "process.on('exit', () => process.stderr.write('PEAK ' + process.resourceUsage().maxRSS + '\\n'))";

/** Runs the command; its largest resident set in bytes. */
export function peak(args, env = {}) {
  const child = spawn(
    process.execPath,
    ["--import", `data:text/javascript,${encodeURIComponent(report)}`, main, ...args],
    { env: { ...process.env, ...env } },
  );
  let err = "";
  child.stderr.on("data", (chunk) => (err += chunk));
  child.stdout.resume();
  return new Promise((done, fail) =>
    child.on("close", () => {
      const found = /PEAK (\d+)/.exec(err);
      if (found && !err.includes("error:")) done(Number(found[1]) * 1024);
      else fail(new Error(err));
    }),
  );
}
