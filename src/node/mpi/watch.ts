// Watches over the ranks of a job, so that a lost one ends the job at once and with one sentence, whatever the launcher does:
// while a rank waits inside MPI it cannot notice anything. A thread of each rank holds a connection to one of rank 0.
import { randomBytes } from "node:crypto";
import { networkInterfaces } from "node:os";
import { Worker } from "node:worker_threads";
import { workerProgram } from "../worker-program.ts";

export interface WatchedRank {
  readonly host: string;
  readonly pid: number;
}

/** From the rank to its watching thread. */
export type WatchRequest =
  | { start: { rank: number; ranks: readonly WatchedRank[]; token: string; local: boolean } }
  | { connect: Address }
  | { resume: string }
  | { failed: string }
  | { end: true };
/** Back. */
export type WatchReply = { address: Address } | { connected: boolean } | { done: true };

export interface Address {
  readonly hosts: readonly string[];
  readonly port: number;
  readonly token: string;
}

export interface Watch {
  readonly warnings: readonly string[];
  resumeWith(command: string): void;
  /** This rank has failed with an error; resolves when rank 0 has printed it, or had one of its own. */
  failed(error: string): Promise<void>;
  /** All is well; the connections are no longer needed. */
  end(): Promise<void>;
}

/** @param all gives what every rank gives, in their order */
export async function watchRanks(
  rank: number,
  ranks: readonly WatchedRank[],
  all: <T>(value: T) => Promise<T[]>,
): Promise<Watch> {
  const own = new URL("./watch-worker.js", import.meta.url);
  const built = new URL("../../../dist/node/mpi/watch-worker.js", import.meta.url);
  const worker = new Worker(workerProgram("mpi", own, built));
  const ask = async (request: WatchRequest): Promise<WatchReply> => {
    worker.ref(); // only while it is asked: it does not keep a finished program alive
    try {
      return await new Promise((resolve, reject) => {
        worker.once("message", resolve);
        worker.once("error", reject);
        worker.postMessage(request);
      });
    } finally {
      worker.unref();
    }
  };
  const local = ranks.every(({ host }) => host === ranks[0]!.host);
  const started = await ask({ start: { rank, ranks, token: randomBytes(16).toString("hex"), local } });
  const [address] = await all("address" in started ? started.address : undefined);
  const reply = rank === 0 ? { connected: true } : await ask({ connect: address! });
  const connected = await all("connected" in reply && reply.connected);
  const apart = connected.flatMap((yes, i) => (yes ? [] : [i]));
  const text = `rank ${apart.join(", ")} cannot reach rank 0 outside MPI (TCP port ${address!.port} on ${ranks[0]!.host}): if it is lost, only the launcher can end the job`;
  return {
    warnings: apart.length > 0 ? [text] : [],
    resumeWith: (resume) => worker.postMessage({ resume } satisfies WatchRequest),
    async failed(error) {
      await Promise.race([ask({ failed: error }), new Promise((done) => setTimeout(done, 3000))]);
    },
    async end() {
      await ask({ end: true });
      await worker.terminate();
    },
  };
}

/** Addresses of this machine, those of other machines first. */
export const ownAddresses = (local: boolean): string[] => {
  if (local) return ["127.0.0.1"];
  const found = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return found.filter(({ internal, family }) => !internal && family === "IPv4").map(({ address }) => address);
};
