// The server as a value: a function from a standard Request to a standard Response, for Node, Deno, Bun, workers and any
// framework that takes such a function. It touches no files and loads no models.
import type { Backend } from "./backend.ts";
import type { Limits } from "./context.ts";
import { describe, RequestError } from "./fields.ts";
import { metrics } from "./metrics.ts";
import { openApi } from "./openapi.ts";
import { json, modelRoutes } from "./routes.ts";

export interface ServeOptions {
  /** Requests must carry `Authorization: Bearer TOKEN`. None by default. */
  token?: string;
  /** Host names that a request may be addressed to, without port. Any by default: a framework checks its own. */
  hosts?: readonly string[];
  /** Origin that browsers may call from (CORS); none by default. */
  cors?: string;
  /** Largest body, in bytes; 1 MiB by default. */
  maxBody?: number;
  /** Most inputs of a request; 256 by default. */
  maxInputs?: number;
  /** Most tokens to draw for one text; 4,096 by default. */
  maxTokens?: number;
  /** Requests whose body has arrived and that are answered or wait, 512 by default. Further ones get 429. */
  maxRequests?: number;
  /** Seconds until a request is given up; 120 by default. */
  timeout?: number;
  /** Further lines for `/metrics`, each ended by a newline. */
  metrics?: () => string;
  /** Takes errors that a client is not told of. */
  log?: (error: unknown) => void;
}

export interface ModelServer {
  /** Answers a request. Never rejects. */
  fetch(request: Request): Promise<Response>;
  /** Refuses new requests, waits up to `seconds` for open ones, then ends them. */
  drain(seconds: number): Promise<void>;
}

const sameText = (a: string, b: string): boolean => {
  // Takes as long for every text of one length.
  let different = a.length ^ b.length;
  for (let i = 0; i < b.length; i++) different |= (a.charCodeAt(i) || 0) ^ b.charCodeAt(i);
  return different === 0;
};

/**
 * Serves the models of a backend.
 *
 * @example
 * ```ts
 * const backend = await localBackend({ reviews: await load("models/reviews") });
 * const { fetch } = modelServer(backend);
 * export default { fetch }; // Deno, Bun, workers; `app.all("/*", (c) => fetch(c.req.raw))` in Hono
 * ```
 */
export function modelServer(backend: Backend, options: ServeOptions = {}): ModelServer {
  const { token, hosts, cors, maxBody = 2 ** 20, maxInputs = 256, maxTokens = 4096 } = options;
  const { maxRequests = 512, timeout = 120, metrics: more = () => "", log = () => {} } = options;
  const limits: Limits = { inputs: maxInputs, tokens: maxTokens };
  const routes = modelRoutes(limits);
  const counts = metrics();
  /** Of the requests that are being answered. */
  const open = new Set<AbortController>();
  /** Those whose body has arrived: a slow sender takes no place. */
  const answering = new Set<AbortSignal>();
  let draining = false;
  let stopped = false;
  let emptied = () => {};

  const plain: Readonly<Record<string, () => Response | Promise<Response>>> = {
    "/health": () => json({ status: "ok" }),
    async "/ready"() {
      const alive = await Promise.race([
        backend.stats().then(
          () => true,
          () => false,
        ),
        later(5),
      ]);
      if (draining || !alive) return json({ status: draining ? "draining" : "not ready" }, 503);
      return json({ status: "ok" });
    },
    async "/metrics"() {
      const headers = { "content-type": "text/plain; version=0.0.4; charset=utf-8" };
      return new Response(counts.text(await backend.stats(), open.size) + more(), { headers });
    },
    "/openapi.json": () => json(openApi(routes, { token: token !== undefined })),
    "/v1/models": () =>
      json({
        object: "list",
        data: backend.models.map(({ name, ...about }) => ({
          id: name,
          object: "model",
          owned_by: "unrolled",
          ...about,
        })),
      }),
  };

  /** @throws RequestError where the request may not be answered */
  function admit(request: Request, path: string): void {
    const host = (request.headers.get("host") ?? new URL(request.url).host).replace(/:\d+$/, "");
    if (hosts && !hosts.includes(host))
      throw new RequestError(421, "this server does not answer for that host; start it with --allow-host");
    const origin = request.headers.get("origin");
    if (origin !== null && hosts && origin !== cors && !sameOrigin(origin, request))
      throw new RequestError(403, "requests from other origins are refused; start the server with --cors ORIGIN");
    if (token !== undefined && path !== "/health" && path !== "/ready") {
      const given = request.headers.get("authorization") ?? "";
      if (!sameText(given, `Bearer ${token}`))
        throw new RequestError(401, "a valid token is needed: Authorization: Bearer TOKEN");
    }
  }

  async function answer(
    request: Request,
    path: string,
    signal: AbortSignal,
    firstToken: () => void,
  ): Promise<Response> {
    admit(request, path);
    if (request.method === "OPTIONS" && cors !== undefined) return new Response(null, { status: 204 });
    if (Object.hasOwn(plain, path)) {
      if (request.method !== "GET" && request.method !== "HEAD") throw new RequestError(405, "use GET");
      return plain[path]!();
    }
    if (!Object.hasOwn(routes, path)) throw new RequestError(404, "no such path; see /openapi.json");
    if (request.method !== "POST") throw new RequestError(405, "use POST");
    if (draining) throw new RequestError(503, "the server is stopping");
    const full = () => new RequestError(429, "too many requests; try again");
    if (open.size > 4 * maxRequests) throw full();
    const body = await readJson(request, maxBody, signal);
    if (answering.size >= maxRequests) throw full();
    answering.add(signal);
    return routes[path]!.answer(body, { backend, limits, signal, firstToken });
  }

  function failed(error: unknown, request: Request): Response {
    const left = request.signal.aborted && new RequestError(499, "the client left"); // for the metrics
    const reason = stopped ? new RequestError(503, "the server is stopping") : left || error;
    const { status, message, param } = describe(reason);
    if (status === 500) log(error);
    const type = status === 401 ? "authentication_error" : status < 500 ? "invalid_request_error" : "server_error";
    const headers: Record<string, string> = status === 429 || status === 503 ? { "retry-after": "1" } : {};
    if (status === 401) headers["www-authenticate"] = "Bearer";
    return json({ error: { message, type, param: param ?? null, code: status } }, status, headers);
  }

  return {
    async fetch(request) {
      const began = performance.now();
      const seconds = () => (performance.now() - began) / 1000;
      const { pathname } = new URL(request.url);
      const known = Object.hasOwn(plain, pathname) || Object.hasOwn(routes, pathname) ? pathname : "other";
      const controller = new AbortController();
      const timer = setTimeout(
        () => controller.abort(new RequestError(504, `no answer within ${timeout} s`)),
        timeout * 1000,
      );
      const left = () => controller.abort(request.signal.reason);
      request.signal.addEventListener("abort", left, { once: true });
      open.add(controller);
      const end = (status: number) => {
        clearTimeout(timer);
        request.signal.removeEventListener("abort", left);
        open.delete(controller);
        answering.delete(controller.signal);
        counts.request(known, status, seconds());
        if (open.size === 0) emptied();
      };
      let response: Response;
      try {
        response = await answer(request, pathname, controller.signal, () => counts.firstToken(seconds()));
      } catch (error) {
        response = failed(error, request);
      }
      if (cors !== undefined) {
        response.headers.set("access-control-allow-origin", cors);
        response.headers.set("access-control-allow-headers", "authorization, content-type");
        response.headers.set("vary", "origin");
      }
      response.headers.set("x-content-type-options", "nosniff");
      if (!response.headers.get("content-type")?.startsWith("text/event-stream") || !response.body) {
        end(response.status);
        return response;
      }
      return whenRead(response, () => end(response.status));
    },
    async drain(seconds) {
      draining = true;
      const empty = () =>
        new Promise<void>((resolve) => {
          emptied = resolve;
          if (open.size === 0) resolve();
        });
      await Promise.race([empty(), later(seconds)]);
      if (open.size === 0) return;
      stopped = true;
      for (const controller of open) controller.abort(new RequestError(503, "the server is stopping"));
      await Promise.race([empty(), later(1)]);
    },
  };
}

/** Resolves to false after some seconds; keeps no process alive. */
function later(seconds: number): Promise<false> {
  return new Promise((resolve) => {
    const timer: unknown = setTimeout(() => resolve(false), seconds * 1000);
    (timer as { unref?: () => void }).unref?.();
  });
}

const sameOrigin = (origin: string, request: Request): boolean =>
  origin.replace(/^https?:\/\//, "") === (request.headers.get("host") ?? new URL(request.url).host);

/** Reads a JSON body, no more of it than is allowed. */
async function readJson(request: Request, most: number, signal: AbortSignal): Promise<unknown> {
  const type = request.headers.get("content-type") ?? "";
  if (!/^application\/json\s*(;|$)/i.test(type))
    throw new RequestError(415, "send JSON with content-type: application/json");
  const tooLarge = () => new RequestError(413, `the body must not be larger than ${most} bytes`);
  if (Number(request.headers.get("content-length") ?? 0) > most) throw tooLarge();
  const parts: Uint8Array[] = [];
  let size = 0;
  const reader = request.body?.getReader();
  const cancel = () => void reader?.cancel().catch(() => {});
  signal.addEventListener("abort", cancel, { once: true });
  for (;;) {
    const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
    if (done) break;
    size += value.length;
    if (size > most) {
      cancel();
      throw tooLarge();
    }
    parts.push(value);
  }
  signal.removeEventListener("abort", cancel);
  signal.throwIfAborted();
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new RequestError(400, "the body is not valid JSON");
  }
}

/** The response, with a call when its body has been read or given up. */
function whenRead(response: Response, done: () => void): Response {
  const reader = response.body!.getReader();
  let ended = false;
  const end = () => {
    if (!ended) done();
    ended = true;
  };
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done: last, value } = await reader.read();
      if (!last) return controller.enqueue(value);
      end();
      controller.close();
    },
    async cancel(reason) {
      end();
      await reader.cancel(reason);
    },
  });
  return new Response(body, { status: response.status, headers: response.headers });
}
