// unrolled serve: trained models over HTTP.
import { basename, resolve } from "node:path";
import { fail } from "../../base/index.ts";
import { type ServedModels, serveModels } from "../../node/index.ts";
import { untilSignal } from "../../node/serve/listen.ts";
import { isLoopback } from "../../node/serve/serve-models.ts";
import { exampleRequest } from "../../serve/examples.ts";
import { clean, formatWhole } from "../../terminal/index.ts";
import { jsonFlag, makeCommand, threadsFlag } from "../command.ts";
import { int, real, repeated, text, type Values } from "../flags.ts";
import { command, type Host } from "../host.ts";
import { type Output, output } from "../output.ts";

const flags = {
  port: int("--port <n>", "port; 0 takes a free one", { min: 0, max: 65_535 }, { value: 8080, fallback: "8080" }),
  host: text("--host <address>", "address to listen on; other machines need --token", { value: "127.0.0.1" }),
  token: text("--token <text>", "token that requests must carry (or set UNROLLED_TOKEN, which other users cannot see)"),
  allowHost: repeated("--allow-host <name>", "host name to accept in requests, besides localhost; may be repeated"),
  cors: text("--cors <origin>", "origin of web pages that may call the server: https://example.org"),
  slots: int(
    "--slots <n>",
    "texts that a language model generates at the same time",
    { min: 1, max: 256 },
    { value: 16 },
  ),
  maxRequests: int(
    "--max-requests <n>",
    "maximum number of open requests; others get status 429",
    { min: 1 },
    { value: 512 },
  ),
  timeout: real("--timeout <seconds>", "time limit of a request", { above: 0, max: 86_400 }, { value: 120 }),
  grace: real(
    "--grace <seconds>",
    "time for open requests to finish after Ctrl-C or SIGTERM",
    { min: 0, max: 3600 },
    { value: 10 },
  ),
  ...threadsFlag,
  ...jsonFlag,
};
type ServeFlags = Values<typeof flags>;

export const serveCommand = (host: Host) =>
  makeCommand(
    "serve",
    {
      arguments: [
        ["<model...>", "folders or ONNX files of trained models, or word vectors; NAME=PATH sets the name in requests"],
      ],
      flags,
    },
    (values, models) => runServe(host, models, values),
  );

async function runServe(host: Host, models: readonly string[], flags: ServeFlags): Promise<void> {
  const { json, token = host.env.UNROLLED_TOKEN, allowHost, grace, ...options } = flags;
  const show = output(host, json);
  const folders = namesOf(models);
  if (!isLoopback(flags.host) && !token)
    fail({
      where: `--host ${flags.host}`,
      expected: "--token: other machines can reach that address",
      received: "no token",
      hint: `UNROLLED_TOKEN=$(openssl rand -hex 16) ${command("serve", ...models, "--host", flags.host)}`,
    });
  const stop = untilSignal();
  try {
    const served = await serveModels(folders, {
      ...options,
      token,
      hosts: allowHost,
      log: (error) => show.warn(clean(error instanceof Error ? error.message : String(error))),
      stopped(error) {
        show.warn(`the models can no longer answer: ${clean(error.message)}`);
        stop.now(1);
      },
    });
    try {
      announce(show, served, token !== undefined);
      host.exitCode = await stop.asked;
      if (host.exitCode === 0) {
        show.line(`stopping: open requests have ${grace} s to finish`);
        await served.drain(grace);
      }
    } finally {
      await served.close();
    }
  } finally {
    stop.end();
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

function announce(show: Output, { url, models }: ServedModels, token: boolean): void {
  show.event("serving", { url, models: models.map(({ name, task }) => ({ name, task })) });
  show.line(`serving at ${url}`);
  const rows = models.map(({ name, task, parameters }) => [clean(name), task, formatWhole(parameters)]);
  show.table(rows, { header: ["model", "task", "parameters"], align: ["left", "left", "right"], indent: 2 });
  show.line("");
  const shown = new Set<string>();
  for (const { name, task, length } of models) {
    const [path, body] = exampleRequest(task, length);
    if (shown.has(path)) continue;
    shown.add(path);
    const named = models.length > 1 ? { model: name, ...body } : body;
    const secret = token ? ' -H "authorization: Bearer $UNROLLED_TOKEN"' : "";
    show.line(`curl ${url}${path}${secret} -H content-type:application/json -d '${JSON.stringify(named)}'`);
  }
  show.line(`\nall routes: ${url}/openapi.json. Ctrl-C stops the server.`);
}
