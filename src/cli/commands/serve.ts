// unrolled serve: trained models over HTTP.
import { Command } from "commander";
import type { Host } from "../host.ts";
import { jsonOption, number, repeated, threadsOption, whole } from "../options.ts";
import type { ServeFlags } from "../serve.ts";

export function serveCommand(host: Host): Command {
  return new Command("serve")
    .argument("<model...>", "folders of trained models, or word vectors; NAME=FOLDER sets the name in requests")
    .option("--port <n>", "port; 0 takes a free one", whole({ min: 0, max: 65_535 }), 8080)
    .option("--host <address>", "address to listen on; other machines need --token", "127.0.0.1")
    .option("--token <text>", "token that requests must carry (or set UNROLLED_TOKEN, which other users cannot see)")
    .addOption(repeated("--allow-host <name>", "host name to answer for beside localhost; may be repeated"))
    .option("--cors <origin>", "origin that web pages may call from: https://example.org")
    .option("--slots <n>", "texts that a language model writes at the same time", whole({ min: 1, max: 256 }), 16)
    .option("--max-requests <n>", "requests at the same time; further ones get status 429", whole({ min: 1 }), 512)
    .option("--timeout <seconds>", "time limit of a request", number({ above: 0, max: 86_400 }), 120)
    .option(
      "--grace <seconds>",
      "time that open requests get after Ctrl-C or SIGTERM",
      number({ min: 0, max: 3600 }),
      10,
    )
    .addOption(threadsOption())
    .addOption(jsonOption())
    .action(async (models: string[], flags: ServeFlags) => {
      const { runServe } = await import("../serve.ts");
      await runServe(host, models, flags);
    });
}
