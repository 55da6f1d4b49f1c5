// The site on a server of its own, as a static host with gzip, and Chromium. `CHROMIUM` names the browser.
import { readdir, readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, relative } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { chromium } from "playwright-core";

/** Milliseconds. A busy machine is no failure; where one looks for a fault, CHECK_TIMEOUT is shorter. */
export const timeout = Number(process.env.CHECK_TIMEOUT ?? 600_000);

export const dist = join(import.meta.dirname, "..", "dist");
const packed = promisify(gzip);
const types = {
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".html": "text/html; charset=utf-8",
  ".css": "text/css",
  ".wasm": "application/wasm",
  ".json": "application/json",
  ".svg": "image/svg+xml",
};

/** Serves `site/dist` under a path. `sent` has the compressed size of each file that was asked for. */
export async function serveSite({ prefix = "/any/path", files = {} } = {}) {
  const sent = [];
  const cache = new Map();
  const keep = async (path, plain) => {
    const compress = types[extname(path)] !== undefined && plain.length > 1000;
    cache.set(path, { body: compress ? await packed(plain) : plain, compress });
  };
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://x");
    let path = decodeURIComponent(pathname).replace(prefix, "");
    if (path.endsWith("/")) path += "index.html";
    try {
      const own = files[path];
      if (own && request.method === "POST") {
        const parts = [];
        for await (const part of request) parts.push(part);
        own(Buffer.concat(parts).toString());
        return response.end();
      }
      if (!cache.has(path)) {
        await keep(path, own ? Buffer.from(own) : await readFile(join(dist, path)));
      }
      const { body, compress } = cache.get(path);
      sent.push({ path, bytes: body.length });
      if (compress) response.setHeader("content-encoding", "gzip");
      response.setHeader("content-type", types[extname(path)] ?? "application/octet-stream").end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${server.address().port}${prefix}/`,
    sent,
    /** Compresses a folder's files before they are asked for, as hosts do: a page that is measured has the machine for itself. */
    async compress(folder) {
      for (const entry of await readdir(join(dist, folder), { recursive: true, withFileTypes: true })) {
        const path = join(entry.parentPath, entry.name);
        if (entry.isFile()) await keep(`/${relative(dist, path)}`, await readFile(path));
      }
    },
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

export const launch = (options = {}) =>
  chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox"],
    ...options,
  });
