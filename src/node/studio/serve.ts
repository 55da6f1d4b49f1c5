// The studio's server, listening on this machine under a new key.
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { httpServer } from "../serve/http.ts";
import { listen } from "../serve/listen.ts";
import { type StudioOptions, studioFetch, studioFolder } from "./server.ts";

export interface ServedStudio {
  /** With the key in its fragment. */
  readonly url: string;
  /** Closes all connections too. */
  close(): Promise<void>;
}

/** @throws UnrolledError where the studio has not been built, or the port cannot be had */
export async function serveStudio(
  options: Omit<StudioOptions, "folder" | "key">,
  { port }: { port: number },
): Promise<ServedStudio> {
  const key = randomBytes(16).toString("hex");
  const http = httpServer(studioFetch({ ...options, folder: await studioFolder(), key }));
  const url = `${await listen(http, { host: "127.0.0.1", port })}/#k=${key}`;
  return {
    url,
    async close() {
      const closed = once(http, "close");
      http.close();
      http.closeAllConnections();
      await closed;
    },
  };
}
