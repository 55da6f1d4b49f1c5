// Trained models over HTTP from this process: the thread of the models and the server, started and stopped in order.
import { once } from "node:events";
import { modelServer, type ServedModel, type ServeOptions } from "../../serve/index.ts";
import { httpServer } from "./http.ts";
import { listen } from "./listen.ts";
import { processMetrics } from "./process-metrics.ts";
import { workerBackend } from "./worker-backend.ts";

export interface ServeModelsOptions extends Omit<ServeOptions, "hosts" | "metrics"> {
  /** Address to listen on. Default: 127.0.0.1, which other machines cannot reach. */
  readonly host?: string;
  /** Default: 0, any that is free. */
  readonly port?: number;
  /** Host names to accept in requests, besides localhost and `host`. Default: none. */
  readonly hosts?: readonly string[];
  readonly threads?: number;
  /** Texts that a language model generates at the same time. */
  readonly slots?: number;
  /** Called once if the thread of the models ends by a fault: nothing can be answered then. */
  readonly stopped?: (error: Error) => void;
}

export interface ServedModels {
  readonly url: string;
  readonly models: readonly ServedModel[];
  /** Stops: no new requests; open ones have `grace` seconds to finish. */
  drain(grace: number): Promise<void>;
  /** Stops at once. */
  close(): Promise<void>;
}

const loopback: readonly string[] = ["127.0.0.1", "localhost", "::1"];

/** Whether only this machine can reach an address. */
export const isLoopback = (host: string): boolean => loopback.includes(host);

/**
 * Serves models over HTTP.
 *
 * @param folders models and word vectors, by the names that requests use
 * @throws what loading a model throws; UnrolledError where the address cannot be had
 *
 * @example
 * ```ts
 * const { url, close } = await serveModels({ reviews: "models/reviews" }, { port: 8080 });
 * ```
 */
export async function serveModels(
  folders: Readonly<Record<string, string>>,
  { host = "127.0.0.1", port = 0, hosts = [], threads, slots, stopped, ...options }: ServeModelsOptions = {},
): Promise<ServedModels> {
  const backend = await workerBackend(folders, { threads, slots, ...(stopped ? { stopped } : {}) });
  const own = ["localhost", "127.0.0.1", "[::1]", ...(isLoopback(host) ? [] : [host])];
  const server = modelServer(backend, { ...options, hosts: [...own, ...hosts], metrics: processMetrics() });
  const http = httpServer(server.fetch);
  const close = async () => {
    http.closeAllConnections();
    http.close();
    await backend.close();
  };
  try {
    const url = await listen(http, { host, port });
    return {
      url,
      models: backend.models,
      close,
      async drain(grace) {
        const closed = once(http, "close");
        http.close();
        await server.drain(grace);
        // The last bytes of responses are on their way.
        const idle = setInterval(() => http.closeIdleConnections(), 20);
        const late = setTimeout(() => http.closeAllConnections(), 2000);
        await closed;
        clearTimeout(late);
        clearInterval(idle);
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}
