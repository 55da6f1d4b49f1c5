// Long argument lists. ONNX Runtime's processor detection reads the command line of the process into a buffer of 24 KiB and
// crashes if it is longer, which `train src/**/*.ts` easily is: such arguments go to a second process by a file.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const longest = 16_000;
const variable = "UNROLLED_ARGUMENTS";

export const tooLong = (argv: readonly string[]): boolean =>
  argv.reduce((sum, one) => sum + Buffer.byteLength(one) + 1, 0) > longest;

/** The arguments of this process, from its command line or from the file that {@link runElsewhere} wrote. */
export function argumentsFrom({ argv, env }: Pick<NodeJS.Process, "argv" | "env">): string[] {
  const file = env[variable];
  if (file === undefined) return argv.slice(2);
  delete env[variable];
  return JSON.parse(readFileSync(file, "utf8")) as string[];
}

/** Runs the same script in a second process with the arguments in a file; resolves to its exit code. */
export async function runElsewhere(argv: readonly string[]): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "unrolled-arguments-"));
  const file = join(folder, "arguments.json");
  writeFileSync(file, JSON.stringify(argv.slice(2)), { mode: 0o600 });
  const child = spawn(process.execPath, [...process.execArgv, argv[1]!], {
    stdio: "inherit",
    env: { ...process.env, [variable]: file },
  });
  // A terminal sends Ctrl-C to both processes; the child decides how to end.
  const forward = { SIGINT: () => {}, SIGTERM: () => child.kill("SIGTERM") };
  for (const [signal, handler] of Object.entries(forward)) process.on(signal, handler);
  try {
    return await new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("exit", (code, signal) => resolve(code ?? (signal === "SIGKILL" ? 137 : 143)));
    });
  } finally {
    for (const [signal, handler] of Object.entries(forward)) process.off(signal, handler);
    rmSync(folder, { recursive: true, force: true });
  }
}
