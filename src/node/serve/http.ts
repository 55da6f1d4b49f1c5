// From Node's HTTP server to a function of standard requests, and back: streams both ways, with backpressure.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { refuseOnSocket } from "./http-faults.ts";
import { nodeRequest } from "./node-request.ts";

export type Fetch = (request: Request) => Promise<Response>;

export interface HttpOptions {
  /** Connections that are open at the same time; further ones are closed at once. */
  maxConnections?: number;
  /** Milliseconds that the headers of a request may take. */
  headersTimeout?: number;
  /** Milliseconds that a whole request may take to arrive. */
  requestTimeout?: number;
}

/** Seconds that clients may keep an idle connection: what proxies expect, and less where half of the places are taken. */
const keepAlive = { usual: 60, crowded: 5 };

/**
 * A Node HTTP server that answers by `fetch`. Its time-outs end clients that send slowly: 5 s for headers, 30 s for a
 * body. They are looked at each second (Node's default is each half minute), so that silent connections give their places
 * to others soon. An idle connection stays open for 5 s more than is announced: a request that is sent at the last moment must
 * not meet a closed connection.
 *
 * @example
 * ```ts
 * httpServer(modelServer(backend).fetch).listen(8080, "127.0.0.1");
 * ```
 */
export function httpServer(
  fetch: Fetch,
  { maxConnections = 1024, headersTimeout = 5_000, requestTimeout = 30_000 }: HttpOptions = {},
): Server {
  const server = createServer({
    headersTimeout: Math.min(headersTimeout, requestTimeout),
    requestTimeout,
    connectionsCheckingInterval: 1_000,
  });
  server.maxConnections = maxConnections;
  let connections = 0;
  server.on("connection", (socket) => {
    connections++;
    socket.once("close", () => connections--);
  });
  server.on("request", (incoming, outgoing) => {
    const seconds = connections > maxConnections / 2 ? keepAlive.crowded : keepAlive.usual;
    server.keepAliveTimeout = 1000 * (seconds + 5); // Node reads it when the response ends
    void answer(fetch, incoming, outgoing, seconds);
  });
  server.on("clientError", refuseOnSocket(server));
  return server;
}

async function answer(fetch: Fetch, incoming: IncomingMessage, outgoing: ServerResponse, idle: number): Promise<void> {
  const left = new AbortController();
  outgoing.on("close", () => {
    if (!outgoing.writableFinished) left.abort(new Error("the client left"));
  });
  try {
    const request = requestOf(incoming, () => left.signal);
    const response = request ? await fetch(request) : new Response("bad request\n", { status: 400 });
    await send(response, incoming, outgoing, idle);
  } catch {
    outgoing.destroy(); // the client left, or sends what is no HTTP
  }
}

/** Undefined where the address or a header cannot be expressed. */
function requestOf(incoming: IncomingMessage, signal: () => AbortSignal): Request | undefined {
  try {
    return nodeRequest(incoming, signal);
  } catch {
    return undefined;
  }
}

async function send(
  response: Response,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  idle: number,
): Promise<void> {
  const headers: Record<string, string> = Object.fromEntries(response.headers);
  // A body that was not read to its end cannot be followed by another request.
  if (!incoming.complete && response.status >= 400) headers.connection = "close";
  else if (outgoing.shouldKeepAlive)
    Object.assign(headers, { connection: "keep-alive", "keep-alive": `timeout=${idle}` });
  if (!response.body || !headers["content-type"]?.startsWith("text/event-stream")) {
    const body = Buffer.from(await response.arrayBuffer());
    outgoing.writeHead(response.status, { ...headers, "content-length": String(body.length) });
    outgoing.end(incoming.method === "HEAD" ? undefined : body);
    return;
  }
  outgoing.writeHead(response.status, headers);
  const reader = response.body.getReader();
  outgoing.on("close", () => void reader.cancel().catch(() => {}));
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    if (!outgoing.write(value))
      await new Promise<void>((resolve) => outgoing.once("drain", resolve).once("close", resolve));
    if (outgoing.destroyed) return;
  }
  outgoing.end();
}
