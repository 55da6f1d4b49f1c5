// An HTTP server on the command line: where it listens, and when it stops.
import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fail } from "../../base/index.ts";

interface Address {
  readonly host: string;
  readonly port: number;
}

/** Listens, and returns the address as a URL. @throws UnrolledError where the address cannot be had */
export async function listen(server: Server, { host, port }: Address): Promise<string> {
  server.listen(port, host);
  await once(server, "listening").catch((error: NodeJS.ErrnoException) => refuseAddress(error, { host, port }));
  const { port: taken } = server.address() as AddressInfo;
  return `http://${host.includes(":") ? `[${host}]` : host}:${taken}`;
}

function refuseAddress(error: NodeJS.ErrnoException, { host, port }: Address): never {
  const problem =
    error.code === "EADDRINUSE"
      ? "the port is in use"
      : error.code === "EACCES"
        ? "this port needs more rights"
        : `cannot listen there (${error.code ?? error.message})`;
  return fail({ where: `${host}:${port}`, problem, hint: "--port 0 takes a free port", code: "argument" });
}

/** The first signal asks for an orderly end with exit code 0; a second one ends the process at once. */
export function untilSignal() {
  let resolveAsked: (code: number) => void = () => {};
  const asked = new Promise<number>((resolve) => {
    resolveAsked = resolve;
  });
  let count = 0;
  const onSignal = () => {
    if (++count > 1) process.exit(130);
    resolveAsked(0);
  };
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
  return {
    asked,
    now: (code: number) => resolveAsked(code),
    end: () => void process.off("SIGINT", onSignal).off("SIGTERM", onSignal),
  };
}
