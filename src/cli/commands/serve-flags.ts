// The flags of `unrolled serve`.
import { jsonFlag, threadsFlag } from "../command.ts";
import { int, real, repeated, text, type Values } from "../flags.ts";

export const serveFlags = {
  port: int("--port <n>", "port; 0 takes a free one", { min: 0, max: 65_535 }, { value: 8080, fallback: "8080" }),
  host: text("--host <address>", "address to listen on; other machines need --token", { value: "127.0.0.1" }),
  token: text("--token <text>", "token that requests must carry (or set UNROLLED_TOKEN, which other users cannot see)"),
  allowHost: repeated("--allow-host <name>", "host name to answer for, besides localhost; may be repeated"),
  cors: text("--cors <origin>", "origin that web pages may call from: https://example.org"),
  slots: int("--slots <n>", "texts that a language model writes at the same time", { min: 1, max: 256 }, { value: 16 }),
  maxRequests: int(
    "--max-requests <n>",
    "requests at the same time; further ones get status 429",
    { min: 1 },
    { value: 512 },
  ),
  timeout: real("--timeout <seconds>", "time limit of a request", { above: 0, max: 86_400 }, { value: 120 }),
  grace: real(
    "--grace <seconds>",
    "time that open requests get after Ctrl-C or SIGTERM",
    { min: 0, max: 3600 },
    { value: 10 },
  ),
  ...threadsFlag,
  ...jsonFlag,
};
export type ServeFlags = Values<typeof serveFlags>;
