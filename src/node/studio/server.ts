// The studio over HTTP, on this machine only: the page's files, and behind a key the models folder, the file it was opened
// with, and runs in threads of this process.
import { readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { fail } from "../../base/index.ts";
import { decodeMessage, encodeMessage, type RunFile, type ToRun } from "../../run/index.ts";
import { keepModel, listModels, modelFile, modelFilesIn } from "./models.ts";
import { type NativeRun, threadRun } from "./runs.ts";

const types: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  mjs: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  wasm: "application/wasm",
  gz: "application/gzip",
};

/** What a page of ours may do: run its own scripts and WebAssembly, and fetch from here. */
const headers = {
  "content-security-policy":
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; connect-src 'self'; worker-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

/** Folder of the built studio. @throws UnrolledError with code "missing" where it has not been built */
export async function studioFolder(): Promise<string> {
  for (const path of ["../../studio/", "../../../dist/studio/"]) {
    const folder = fileURLToPath(new URL(path, import.meta.url));
    if (await readFile(join(folder, "index.html")).catch(() => undefined)) return folder;
  }
  return fail({
    where: "studio",
    code: "missing",
    expected: "the studio's built files",
    received: "none",
    hint: "in a checkout of the repository: npm run studio",
  });
}

export interface StudioOptions {
  readonly folder: string;
  /** Secret that the address carries in its fragment: other programs on this machine cannot use the server. */
  readonly key: string;
  /** File to open with. */
  readonly opened?: RunFile | undefined;
  /** The command line's models folder. */
  readonly models?: string;
  /** The run to watch, in place of runs that the page starts. */
  readonly watched?: NativeRun;
}

/** A file of 64 MiB in base64, and its message around it. */
const mostBody = 96 * 2 ** 20;
/** Pages that train at the same time. */
const mostRuns = 8;

/** Answers requests for the studio. Any other host name is refused, so that no web page can reach it (DNS rebinding). */
export function studioFetch(options: StudioOptions): (request: Request) => Promise<Response> {
  const { key } = options;
  const api = apiOf(options);
  return async (request) => {
    const host = (request.headers.get("host") ?? "").replace(/:\d+$/, "");
    if (!["localhost", "127.0.0.1", "[::1]"].includes(host))
      return plain(421, "this server answers for localhost only");
    const origin = request.headers.get("origin");
    if (origin !== null && origin.replace(/^http:\/\//, "") !== request.headers.get("host"))
      return plain(403, "requests from other origins are refused");
    const { pathname } = new URL(request.url);
    if (pathname.startsWith("/api/")) {
      if (request.headers.get("authorization") !== `Bearer ${key}`) return plain(401, "the key is missing or wrong");
      return api(request, pathname.slice(5));
    }
    if (request.method !== "GET" && request.method !== "HEAD") return plain(405, "use GET");
    return page(options.folder, pathname);
  };
}

const plain = (status: number, text: string) =>
  new Response(`${text}\n`, { status, headers: { ...headers, "content-type": "text/plain; charset=utf-8" } });
const json = (value: unknown) => Response.json(value, { headers: { ...headers, "cache-control": "no-store" } });
const octets = (bytes: Uint8Array) =>
  new Response(bytes as Uint8Array<ArrayBuffer>, {
    headers: { ...headers, "content-type": "application/octet-stream", "cache-control": "no-store" },
  });

async function page(folder: string, pathname: string): Promise<Response> {
  const name = normalize(decodeURIComponent(pathname === "/" ? "/index.html" : pathname)).replace(/^[/\\]+/, "");
  const type = types[name.split(".").pop() ?? ""];
  // Only what the build made: the page, and files in assets/ without a folder of their own.
  if (!type || !/^(index\.html|assets[/\\][\w.-]+)$/.test(name)) return plain(404, "no such file");
  const bytes = await readFile(join(folder, name)).catch(() => undefined);
  if (!bytes) return plain(404, "no such file");
  const kept = name === "index.html" ? "no-cache" : "max-age=31536000, immutable";
  return new Response(bytes, { headers: { ...headers, "content-type": type, "cache-control": kept } });
}

function apiOf({ opened, models, watched }: StudioOptions) {
  const runs = new Map<string, NativeRun>();
  return async (request: Request, path: string): Promise<Response> => {
    const { searchParams } = new URL(request.url);
    const [head = "", ...rest] = path.split("/").map(decodeURIComponent);
    const id = searchParams.get("id") ?? "";
    const method = request.method === "HEAD" ? "GET" : request.method;
    switch (`${method} ${head}`) {
      case "GET session":
        return json({
          opened: opened?.name ?? null,
          models: models ?? null,
          watched: watched !== undefined,
          threads: availableParallelism(),
        });
      case "GET opened":
        return opened ? octets(opened.bytes) : plain(404, "opened without a file");
      case "GET events": {
        if (!watched && !/^[0-9a-f]{8,64}$/.test(id)) return plain(400, "expected an id");
        if (!watched && !runs.has(id) && runs.size >= mostRuns) return plain(429, "too many pages are training");
        const run = watched ?? runs.get(id) ?? threadRun();
        if (!watched) runs.set(id, run);
        return events(run, () => {
          if (watched) return;
          runs.delete(id);
          run.end();
        });
      }
      case "POST run": {
        const run = watched ?? runs.get(id);
        if (!run) return plain(404, "no such run");
        const body = await bodyOf(request);
        if (body === undefined) return plain(413, "at most 96 MiB");
        const message = parsed<ToRun>(body);
        if (typeof message?.kind !== "string") return plain(400, "expected a message of a run");
        run.handle(message);
        return new Response(null, { status: 204, headers });
      }
      case "GET models": {
        if (models === undefined) return plain(404, "no models folder");
        const [name, ...file] = rest;
        if (name === undefined) return json(await listModels(models));
        if (file.length === 0) {
          const files = await modelFilesIn(models, name);
          return files ? json(files) : plain(404, "no such model");
        }
        const bytes = await modelFile(models, name, file.join("/"));
        return bytes ? octets(bytes) : plain(404, "no such file");
      }
      case "POST models": {
        if (models === undefined) return plain(404, "no models folder");
        const body = await bodyOf(request);
        if (body === undefined) return plain(413, "at most 96 MiB");
        const files = parsed<Record<string, Uint8Array>>(body);
        if (!files || !Object.values(files).every((bytes) => bytes instanceof Uint8Array))
          return plain(400, "expected files");
        const kept = await keepModel(models, rest[0] ?? "", files);
        return kept ? json({ name: rest[0] }) : plain(409, "the name is taken or cannot be used");
      }
      default:
        return plain(["session", "opened", "events", "run", "models"].includes(head) ? 405 : 404, "no such address");
    }
  };
}

/** What a run posts, as server-sent events; ends the run when the page leaves. */
function events(run: NativeRun, left: () => void): Response {
  const encoder = new TextEncoder();
  let leave = () => {};
  const stream = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        controller.enqueue(encoder.encode(": hello\n\n"));
        leave = run.listen((message) => {
          // A page that reads too slowly misses frames, not what the run depends on.
          const droppable = ["units", "gradient", "saliency", "attention", "words", "parameters"].includes(
            message.kind,
          );
          if (droppable && (controller.desiredSize ?? 0) <= 0) return;
          controller.enqueue(encoder.encode(`data: ${encodeMessage(message)}\n\n`));
        });
      },
      cancel() {
        leave();
        left();
      },
    },
    { highWaterMark: 64 },
  );
  const own = { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-store" };
  return new Response(stream, { headers: { ...headers, ...own } });
}

/** The body as text; undefined where it is too long. */
async function bodyOf(request: Request): Promise<string | undefined> {
  if (Number(request.headers.get("content-length") ?? 0) > mostBody) return undefined;
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of request.body ?? []) {
    size += part.length;
    if (size > mostBody) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}

function parsed<T>(text: string): T | undefined {
  try {
    return decodeMessage<T>(text);
  } catch {
    return undefined;
  }
}
