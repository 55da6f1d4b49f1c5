// A headless Chromium for tests: pages from a small server over the built package, driven by the DevTools protocol over two
// pipes, so that nothing has to be installed besides the browser. `CHROMIUM` names another one.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";
import type { Readable, Writable } from "node:stream";

const root = join(import.meta.dirname, "..", "..");
const names = process.env.CHROMIUM
  ? [process.env.CHROMIUM]
  : ["chromium", "chromium-browser", "google-chrome", "chrome"];

/** The first browser that can be started; undefined where there is none. */
export const chromium = names.find((name) => spawnSync(name, ["--version"], { stdio: "ignore" }).status === 0);

/** Stands in the names of tests that are skipped. */
export const withoutChromium = chromium ? "" : " (skipped: no chromium in the path)";

export interface Browser {
  /** Opens `/page` of the server, with a module script that may import `unrolled/...`; returns what its `run` resolves to. */
  run<T>(script: string, options?: { isolated?: boolean }): Promise<T>;
  /** Serves these files, by path from `/`, beside the built package. Paths that contain "isolated" are cross-origin isolated. */
  serve(files: Readonly<Record<string, string | Uint8Array>>): void;
  /** Paths that were asked for, in order. */
  readonly requests: readonly string[];
  /** Where the server is: `http://127.0.0.1:PORT`. */
  readonly origin: string;
  /** Opens any URL and gives a function that evaluates expressions in it. */
  open(url: string): Promise<Page>;
  closePages(): Promise<void>;
  close(): Promise<void>;
}

export interface Page {
  evaluate<T>(expression: string): Promise<T>;
  call(method: string, params: object): Promise<Record<string, unknown>>;
}

const types: Record<string, string> = {
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".html": "text/html",
  ".css": "text/css",
  ".wasm": "application/wasm",
};
/** No entry but our own: the package needs none. */
const importMap = { imports: { "unrolled/": "/dist/" } };

let shared: Promise<Browser> | undefined;

/** One browser for all suites of browser.system.test.ts. Pages of earlier suites are closed. */
export async function sharedChromium(): Promise<Browser> {
  shared ??= startChromium();
  const browser = await shared;
  await browser.closePages();
  return browser;
}

export async function closeChromium(): Promise<void> {
  await (await shared)?.close();
  shared = undefined;
}

/** WebGPU on the software GPU that comes with Chromium. */
export const webgpuFlags = [
  "--enable-unsafe-webgpu",
  "--use-webgpu-adapter=swiftshader",
  "--enable-unsafe-swiftshader",
  "--enable-features=Vulkan",
  "--disable-gpu-watchdog", // it takes compiling on a busy machine to be a hang
];

export async function startChromium(gpu: readonly string[] = ["--disable-gpu"]): Promise<Browser> {
  const scripts = new Map<string, string>();
  const served = new Map<string, string | Uint8Array>();
  const requests: string[] = [];
  const server = createServer(async (request, response) => {
    const path = new URL(request.url!, "http://x").pathname;
    requests.push(path);
    const isolated = request.headers.referer?.includes("isolated") || path.includes("isolated");
    if (isolated) response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
    // Scripts of the package are kept in the browser's cache: isolated pages start workers from them too.
    if (isolated || path.startsWith("/dist/")) response.setHeader("Cross-Origin-Embedder-Policy", "require-corp");
    response.setHeader("Cross-Origin-Resource-Policy", "same-origin");
    const script = scripts.get(path);
    try {
      const body =
        script === undefined
          ? (served.get(path) ?? (await readFile(join(root, normalize(path)))))
          : `<!doctype html><script type="importmap">${JSON.stringify(importMap)}</script><script type="module">
             window.result = (async () => { ${script} })();</script>`;
      const type = script === undefined ? (types[extname(path)] ?? "application/octet-stream") : "text/html";
      if (path.startsWith("/dist/")) response.setHeader("Cache-Control", "max-age=3600");
      response.setHeader("Content-Type", type).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const profile = mkdtempSync(join(tmpdir(), "unrolled-chromium-"));
  const flags = [
    "--headless",
    "--no-sandbox",
    ...gpu,
    "--disable-background-networking",
    "--no-first-run",
    "--no-proxy-server",
  ];
  const child: ChildProcess = spawn(chromium!, [...flags, `--user-data-dir=${profile}`, "--remote-debugging-pipe"], {
    stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"],
  });
  const call = devTools(child);
  const opened: string[] = [];
  let pages = 0;
  const open = async (url: string): Promise<Page> => {
    const { targetId } = await call("Target.createTarget", { url });
    opened.push(targetId as string);
    const { sessionId } = await call("Target.attachToTarget", { targetId, flatten: true });
    return {
      call: (method, params) => call(method, params, sessionId as string),
      async evaluate<T>(expression: string) {
        const answer = await call(
          "Runtime.evaluate",
          { expression, awaitPromise: true, returnByValue: true },
          sessionId as string,
        );
        const { result, exceptionDetails } = answer as {
          result?: { value: T };
          exceptionDetails?: { text: string; exception?: { description?: string } };
        };
        if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
        if (!result) throw new Error(`the page gave ${JSON.stringify(answer)}`);
        return result.value;
      },
    };
  };
  return {
    open,
    origin,
    requests,
    serve(files) {
      for (const [path, body] of Object.entries(files)) served.set(path, body);
    },
    async run<T>(script: string, { isolated = false } = {}) {
      const path = `/page-${++pages}${isolated ? "-isolated" : ""}`;
      scripts.set(path, script);
      const page = await open(`${origin}${path}`);
      const limit = performance.now() + 15_000;
      // while it navigates there is nothing to ask
      while (!(await page.evaluate<boolean>("window.result !== undefined").catch(() => false))) {
        if (performance.now() > limit) throw new Error("the page did not start");
        await new Promise((done) => setTimeout(done, 30));
      }
      return page.evaluate<T>("window.result");
    },
    async closePages() {
      for (const targetId of opened.splice(0)) await call("Target.closeTarget", { targetId });
    },
    async close() {
      child.kill();
      await new Promise((done) => child.once("close", done));
      server.closeAllConnections();
      server.close();
      // Helper processes of the browser write for a while after it has ended, also into folders that were just emptied.
      for (let tries = 0; ; tries++) {
        try {
          return rmSync(profile, { recursive: true, force: true });
        } catch (error) {
          if (tries === 60) throw error;
          await new Promise((done) => setTimeout(done, 250));
        }
      }
    },
  };
}

/** Messages end in a zero byte, on pipe 3 to the browser and on pipe 4 from it. */
function devTools(child: ChildProcess) {
  const [, , , to, from] = child.stdio as unknown as [null, null, null, Writable, Readable];
  type Answer = Record<string, unknown>;
  const waiting = new Map<number, { resolve: (answer: Answer) => void; reject: (error: Error) => void }>();
  let text = "";
  from.on("data", (chunk) => {
    text += chunk;
    const messages = text.split("\0");
    text = messages.pop()!;
    for (const one of messages) {
      const message = JSON.parse(one) as { id?: number; result?: Answer };
      if (message.id === undefined) continue;
      const answer = waiting.get(message.id);
      waiting.delete(message.id);
      if (message.result) answer?.resolve(message.result);
      else answer?.reject(new Error(`Chromium answered ${one}`));
    }
  });
  let id = 0;
  return (method: string, params: object, sessionId?: string) =>
    new Promise<Answer>((resolve, reject) => {
      waiting.set(++id, { resolve, reject });
      to.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    });
}
