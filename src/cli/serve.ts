// unrolled serve: starts the worker and the HTTP server, and stops them in order.
import { once } from "node:events";
import { basename, resolve } from "node:path";
import { fail } from "../base/index.ts";
import { httpServer, workerBackend } from "../node/index.ts";
import { listen, untilSignal } from "../node/serve/listen.ts";
import { processMetrics } from "../node/serve/process-metrics.ts";
import { modelServer, type ServedModel } from "../serve/index.ts";
import { clean, formatWhole } from "../terminal/index.ts";
import type { ServeFlags } from "./commands/serve-flags.ts";
import { command, type Host } from "./host.ts";
import { type Output, output } from "./output.ts";

const loopback = new Set(["127.0.0.1", "localhost", "::1"]);

export async function runServe(host: Host, models: readonly string[], flags: ServeFlags): Promise<void> {
  const show = output(host, flags.json);
  const folders = namesOf(models);
  const token = flags.token ?? host.env.UNROLLED_TOKEN;
  if (!loopback.has(flags.host) && !token)
    fail({
      where: `--host ${flags.host}`,
      expected: "--token: other machines can reach that address",
      received: "no token",
      hint: `UNROLLED_TOKEN=$(openssl rand -hex 16) ${command("serve", ...models, "--host", flags.host)}`,
    });
  const stop = untilSignal();
  const backend = await workerBackend(folders, {
    threads: flags.threads,
    slots: flags.slots,
    stopped(error) {
      show.warn(`the models cannot answer any more: ${clean(error.message)}`);
      stop.now(1);
    },
  });
  const server = modelServer(backend, {
    token,
    hosts: [
      "localhost",
      "127.0.0.1",
      "[::1]",
      ...(flags.allowHost ?? []),
      ...(loopback.has(flags.host) ? [] : [flags.host]),
    ],
    cors: flags.cors,
    maxRequests: flags.maxRequests,
    timeout: flags.timeout,
    metrics: processMetrics(),
    log: (error) => show.warn(clean(error instanceof Error ? error.message : String(error))),
  });
  const http = httpServer(server.fetch);
  try {
    const url = await listen(http, flags);
    announce(show, url, backend.models, token !== undefined);
    host.exitCode = await stop.asked;
    if (host.exitCode === 0) {
      show.line(`stopping: open requests get ${flags.grace} s`);
      const closed = once(http, "close");
      http.close();
      await server.drain(flags.grace);
      // The last bytes of responses are on their way.
      const idle = setInterval(() => http.closeIdleConnections(), 20);
      const late = setTimeout(() => http.closeAllConnections(), 2000);
      await closed;
      clearTimeout(late);
      clearInterval(idle);
    }
  } finally {
    stop.end();
    http.closeAllConnections();
    http.close();
    await backend.close();
  }
}

/** Folders by the names that requests use. */
function namesOf(models: readonly string[]): Record<string, string> {
  const named = models.map((given): [string, string] => {
    const [, name, path] = given.match(/^([\w.-]+)=(.+)$/) ?? [];
    return name !== undefined
      ? [name, path!]
      : [basename(resolve(given)).replace(/(\.(gz|bin|txt|vec|safetensors|onnx))+$/, ""), given];
  });
  const twice = named.find(([name], i) => named.findIndex(([other]) => other === name) < i);
  if (twice)
    fail({
      where: "serve",
      expected: "models of different names",
      received: `${twice[0]} twice`,
      hint: `name them: ${command("serve", ...named.map(([name, path], i) => `${name}-${i + 1}=${path}`))}`,
    });
  return Object.fromEntries(named);
}

/** The requests to try first, one for each task. */
const examples: Readonly<Record<string, readonly [path: string, body: object]>> = {
  "language-model": ["/v1/completions", { prompt: "", max_tokens: 100 }],
  classifier: ["/classify", { inputs: "a text" }],
  regressor: ["/classify", { inputs: "a text" }],
  tagger: ["/tag", { inputs: "a text" }],
  translator: ["/translate", { inputs: "a text" }],
  forecaster: ["/forecast", { inputs: [1, 2, 3] }],
  generator: ["/compose", { inputs: {} }],
  embeddings: ["/v1/embeddings", { input: "word" }],
};

function announce(show: Output, url: string, models: readonly ServedModel[], token: boolean): void {
  show.event("serving", { url, models: models.map(({ name, task }) => ({ name, task })) });
  show.line(`serving at ${url}`);
  const rows = models.map(({ name, task, parameters }) => [clean(name), task, formatWhole(parameters)]);
  show.table(rows, { header: ["model", "task", "parameters"], align: ["left", "left", "right"], indent: 2 });
  show.line("");
  const shown = new Set<string>();
  for (const { name, task, length } of models) {
    const [path, body] = examples[task] ?? ["/v1/models", {}];
    if (shown.has(path)) continue;
    shown.add(path);
    const sized = task === "forecaster" ? { inputs: Array.from({ length: length ?? 3 }, (_, i) => i) } : body;
    const named = models.length > 1 ? { model: name, ...sized } : sized;
    const secret = token ? ' -H "authorization: Bearer $UNROLLED_TOKEN"' : "";
    show.line(`curl ${url}${path}${secret} -H content-type:application/json -d '${JSON.stringify(named)}'`);
  }
  show.line(`\nall routes: ${url}/openapi.json. Ctrl-C stops the server.`);
}
