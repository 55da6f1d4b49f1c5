// The studio's files over HTTP, on this machine only, and the text that it was opened with.
import { readFile } from "node:fs/promises";
import { join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { fail } from "../base/index.ts";

const types: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  mjs: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  wasm: "application/wasm",
};

/** What a page of ours may do: run its own scripts and WebAssembly, and fetch from here. */
const headers = {
  "content-security-policy":
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

/** Folder of the built studio. @throws UnrolledError with code "missing" where it has not been built */
export async function studioFolder(): Promise<string> {
  for (const path of ["../studio/", "../../dist/studio/"]) {
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
  /** Secret that the address carries in its fragment: other programs on this machine cannot read the text. */
  readonly key: string;
  /** Text to open with, and its name. */
  readonly opened?: { readonly name: string; readonly text: string };
}

/** Answers requests for the studio. Any other host name is refused, so that no web page can reach it (DNS rebinding). */
export function studioFetch({ folder, key, opened }: StudioOptions): (request: Request) => Promise<Response> {
  const plain = (status: number, text: string) =>
    new Response(`${text}\n`, { status, headers: { ...headers, "content-type": "text/plain; charset=utf-8" } });
  return async (request) => {
    const host = (request.headers.get("host") ?? "").replace(/:\d+$/, "");
    if (!["localhost", "127.0.0.1", "[::1]"].includes(host))
      return plain(421, "this server answers for localhost only");
    const origin = request.headers.get("origin");
    if (origin !== null && origin.replace(/^http:\/\//, "") !== request.headers.get("host"))
      return plain(403, "requests from other origins are refused");
    if (request.method !== "GET" && request.method !== "HEAD") return plain(405, "use GET");
    const { pathname } = new URL(request.url);
    if (pathname === "/opened") {
      if (request.headers.get("authorization") !== `Bearer ${key}`) return plain(401, "the key is missing or wrong");
      return Response.json(opened ?? null, { headers });
    }
    const name = normalize(decodeURIComponent(pathname === "/" ? "/index.html" : pathname)).replace(/^[/\\]+/, "");
    const type = types[name.split(".").pop() ?? ""];
    // Only what the build made: the page, and files in assets/ without a folder of their own.
    if (!type || !/^(index\.html|assets[/\\][\w.-]+)$/.test(name)) return plain(404, "no such file");
    const bytes = await readFile(join(folder, name)).catch(() => undefined);
    if (!bytes) return plain(404, "no such file");
    const kept = name === "index.html" ? "no-cache" : "max-age=31536000, immutable";
    return new Response(bytes, { headers: { ...headers, "content-type": type, "cache-control": kept } });
  };
}
