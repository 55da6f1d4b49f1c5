// A command as one rank of an MPI job: rank 0 alone prints and writes, all stop on the same step, and an error ends the job.
import { readFileSync, writeSync } from "node:fs";
import { hostname } from "node:os";
import { fail } from "../base/index.ts";
import { launchOf } from "../node/mpi/launch.ts";
import type { MpiRanks } from "../node/mpi/ranks.ts";
import { describeFault } from "./errors.ts";
import type { Host } from "./host.ts";
import { type Interrupt, interrupt } from "./interrupt.ts";
import { output } from "./output.ts";

/** What a command runs in. */
export interface Job {
  readonly stop: Interrupt;
  /** Absent in an ordinary process. */
  readonly ranks?: MpiRanks;
  /** Whether this process prints, writes files and holds locks. */
  readonly leads: boolean;
}

export interface JobOptions {
  json?: boolean;
  /** Sums in whatever order is fastest. */
  fast?: boolean;
}

/** Runs a command in this process, or as a rank where an MPI launcher started it. */
export async function inJob(
  host: Host,
  { json = false, fast = false }: JobOptions,
  run: (job: Job) => Promise<void>,
): Promise<void> {
  const ranks = await joined(host, fast);
  if (!ranks) {
    const stop = interrupt();
    return run({ stop, leads: true }).finally(() => stop.end());
  }
  const show = output(host, json);
  const own = interrupt(() => ranks.stop(own.code()), ["SIGINT", "SIGTERM", "SIGUSR1"]);
  const stop = { signal: ranks.signal, code: () => ranks.stopCode(), end: () => own.end() };
  try {
    for (const warning of ranks.warnings) show.warn(warning);
    await run({ stop, ranks, leads: ranks.rank === 0 });
    await ranks.finish();
  } catch (error) {
    const { text, code, event } = describeFault(error, host.env.UNROLLED_DEBUG === "1");
    if (json) show.event("error", event);
    host.err(text);
    await ranks.abort(text, code || 1);
  } finally {
    stop.end();
  }
}

async function joined(host: Host, fast: boolean): Promise<MpiRanks | undefined> {
  const launch = launchOf(host.env);
  if (!launch && fast)
    fail({
      where: "--fast",
      expected: "several ranks, started by mpirun or srun",
      received: "one process",
      hint: "leave --fast out, or start the command with mpirun (docs/scale.md)",
    });
  if (!launch) return undefined;
  try {
    const { joinRanks } = await import("../node/mpi/ranks.ts");
    return await joinRanks({ env: host.env, fast });
  } catch (error) {
    if (launch.rank === 0) throw error;
    // Rank 0 prints what goes wrong everywhere, and its end ends this process; on another machine it may be another fault.
    await new Promise((done) => setTimeout(done, 1000));
    if (launch.localRank !== undefined && launch.localRank > 0) throw error;
    writeSync(2, `rank ${launch.rank} on ${hostname()}: ${describeFault(error, false).text}`);
    throw error;
  }
}

/** The version of this package, which all ranks must share. */
export const packageVersion = (): string =>
  (JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { version: string }).version;
