// This process as a rank of an MPI job. What all ranks must agree on step by step travels with the small results of a step:
// whether to stop, and the clock of rank 0.
import { availableParallelism, cpus, hostname } from "node:os";
import { fail } from "../../base/index.ts";
import type { Ranks } from "../../engine/ranks.ts";
import { launchOf } from "./launch.ts";
import { loadMpi, type MpiLibrary } from "./library.ts";
import { type Watch, watchRanks } from "./watch.ts";

export interface JoinOptions {
  /** Sums by MPI_Allreduce, whose order of additions is the library's. */
  fast?: boolean;
  env?: Readonly<Record<string, string | undefined>>;
}

export interface MpiRanks extends Ranks {
  /** `4 ranks on 2 machines, Open MPI v4.1.4 (libmpi.so.40)` */
  readonly title: string;
  /** Cores for each rank: the fewest that a rank has, where ranks of a machine share its cores. */
  readonly cores: number;
  /** What to warn of, on rank 0. */
  readonly warnings: readonly string[];
  /** Aborted on all ranks between the same two steps. */
  readonly signal: AbortSignal;
  /** The exit code that `stop` was given, on whichever rank; 0 before. */
  stopCode(): number;
  /** Asks all ranks to stop. */
  stop(code: number): void;
  /** From here on this rank works alone, and `stop` stops it at once. */
  alone(): void;
  /** Milliseconds on the clock of rank 0, as of the last message. */
  now(): number;
  /** What rank 0 gives; plain data. */
  agree<T>(value: T): Promise<T>;
  /**
   * Compares a value (plain data) that should be the same on all ranks.
   *
   * @throws UnrolledError with code "data" where a rank has another one than rank 0
   */
  compare(what: string, value: unknown): Promise<void>;
  /** How the run is resumed, for the message where a rank is lost. */
  resumeWith(command: string): void;
  /** Waits for all ranks, and leaves the job. */
  finish(): Promise<void>;
  /** Ends the job on all ranks; the error is printed once. */
  abort(error: string, code: number): Promise<never>;
}

/** Length, stop code, clock. */
const header = 16;

/**
 * Joins the MPI job that this process was started in; undefined where no launcher started it, or it is alone.
 *
 * @throws UnrolledError with code "missing" where koffi or the library is missing, or launcher and library do not match
 */
export async function joinRanks({ fast = false, env = process.env }: JoinOptions = {}): Promise<MpiRanks | undefined> {
  const launch = launchOf(env);
  if (!launch) return undefined;
  const mpi = await loadMpi(launch);
  // Ranks that share a core must not wait for each other at full speed. Read by MPI_Init.
  if ((launch.local ?? 1) > availableParallelism()) process.env.OMPI_MCA_mpi_yield_when_idle ??= "1";
  mpi.init();
  const [rank, size] = [mpi.rank(), mpi.size()];
  if (size !== launch.size)
    fail({
      where: "mpi",
      code: "missing",
      problem: `the launcher is ${launch.launcher}, but the library, ${mpi.title}, finds ${size === 1 ? "one rank" : `${size} ranks`}`,
      hint: "start with the launcher of this library, or name another library in UNROLLED_MPI",
    });
  if (!Number.isInteger(Math.log2(size)))
    fail({ where: "mpi", expected: "a power of two as the number of ranks", received: String(size) });
  return join(mpi, rank, size, fast);
}

async function join(mpi: MpiLibrary, rank: number, size: number, fast: boolean): Promise<MpiRanks> {
  const controller = new AbortController();
  let [wanted, code, clock] = [0, 0, 0];
  let alone = false;
  let capacity = 1024;

  async function gather(bytes: Uint8Array): Promise<Uint8Array[]> {
    for (;;) {
      const block = header + capacity;
      const send = new Uint8Array(block);
      const [head, received] = [new DataView(send.buffer), new Uint8Array(size * block)];
      head.setUint32(0, bytes.length, true);
      head.setUint32(4, wanted, true);
      head.setFloat64(8, performance.now(), true);
      send.set(bytes.subarray(0, capacity), header);
      mpi.gatherBytes(send, received, block);
      const heads = Array.from({ length: size }, (_, i) => new DataView(received.buffer, i * block, header));
      const lengths = heads.map((each) => each.getUint32(0, true));
      clock = heads[0]!.getFloat64(8, true);
      const longest = Math.max(...lengths);
      if (longest > capacity) {
        capacity = 1024 * Math.ceil(longest / 1024);
        continue;
      }
      code ||= Math.max(...heads.map((each) => each.getUint32(4, true)));
      if (code > 0) controller.abort();
      return lengths.map((length, i) => received.subarray(i * block + header, i * block + header + length));
    }
  }
  function stop(given: number): void {
    wanted ||= given;
    if (!alone) return;
    code ||= wanted;
    controller.abort();
  }
  const all = async <T>(value: T): Promise<T[]> => {
    const bytes = new TextEncoder().encode(JSON.stringify(value) ?? "null");
    return (await gather(bytes)).map((each) => JSON.parse(new TextDecoder().decode(each)) as T);
  };

  const own = { host: hostname(), available: availableParallelism(), cores: cpus().length, pid: process.pid };
  const places = await all(own);
  const { cores, warnings } = coresOf(places);
  const watch: Watch = await watchRanks(rank, places, all);
  const machines = new Set(places.map(({ host }) => host)).size;
  return {
    rank,
    size,
    title: `${size} ranks${machines > 1 ? ` on ${machines} machines` : ""}, ${mpi.title}`,
    cores,
    warnings: [...warnings, ...watch.warnings],
    signal: controller.signal,
    stopCode: () => code,
    stop,
    alone() {
      alone = true;
      if (wanted > 0) stop(wanted);
    },
    now: () => clock,
    gather,
    async exchange(send, receive) {
      mpi.exchangeFloats(send, receive, send.length / size);
    },
    async collect(send, receive) {
      mpi.gatherFloats(send, receive, send.length);
    },
    ...(fast
      ? {
          async sum(values: Float32Array) {
            mpi.sumFloats(values);
          },
        }
      : {}),
    agree: async (value) => (await all(value))[0]!,
    async compare(what, value) {
      const texts = (await all(value)).map((each) => JSON.stringify(each));
      const other = texts.findIndex((text) => text !== texts[0]);
      if (other >= 0)
        fail({
          where: `rank ${other} on ${places[other]!.host}`,
          code: "data",
          expected: `${what} of rank 0, ${texts[0]}`,
          received: texts[other]!,
        });
    },
    resumeWith: (command) => watch.resumeWith(command),
    async finish() {
      const reached = mpi.barrier();
      while (!reached()) await new Promise((done) => setTimeout(done, 10)); // rank 0 may have much to do still
      await watch.end();
      mpi.finalize();
    },
    async abort(error, given) {
      await watch.failed(error);
      mpi.abort(given);
      process.exit(given);
    },
  };
}

interface Place {
  host: string;
  /** Cores that the process may use, and all of its machine. */
  available: number;
  cores: number;
}

/** Cores for each rank, and what to warn of. */
export function coresOf(places: readonly Place[]): { cores: number; warnings: string[] } {
  const shares = places.map(({ host, available, cores }) => {
    const together = places.filter((other) => other.host === host).length;
    const bound = available < cores;
    return { own: bound ? available : Math.max(1, Math.floor(cores / together)), fair: Math.floor(cores / together) };
  });
  const least = shares.reduce((a, b) => (b.own < a.own ? b : a));
  const bound = least.own < least.fair;
  const text = `each rank is bound to ${least.own} of its machine's cores, where ${least.fair} are free for it; start with mpirun --bind-to none`;
  return { cores: least.own, warnings: bound ? [text] : [] };
}
