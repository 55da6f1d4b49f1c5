// unrolled studio: watch a network learn, in the browser.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { basename } from "node:path";
import { fail } from "../../base/index.ts";
import { httpServer, readText, studioFetch, studioFolder } from "../../node/index.ts";
import { listen, untilSignal } from "../../node/serve/listen.ts";
import { clean } from "../../terminal/index.ts";
import { jsonFlag, makeCommand } from "../command.ts";
import { int, toggle, type Values } from "../flags.ts";
import type { Host } from "../host.ts";
import { output } from "../output.ts";

const flags = {
  port: int("--port <n>", "port; 0 takes a free one", { min: 0, max: 65_535 }, { value: 4747, fallback: "4747" }),
  noOpen: toggle("--no-open", "print the address, and do not open a browser"),
  ...jsonFlag,
};

export const studioCommand = (host: Host) =>
  makeCommand(
    "studio",
    { arguments: [["[file]", "a text to train on; names of dinosaurs without one"]], flags },
    (values, file) => runStudio(host, file, values),
  );

/** Most characters of a text that is trained in a page. */
const most = 20_000_000;

async function runStudio(host: Host, file: string | undefined, values: Values<typeof flags>): Promise<void> {
  const show = output(host, values.json);
  const folder = await studioFolder();
  const opened = file === undefined ? undefined : { name: basename(file), text: await readText(file) };
  if (opened && opened.text.length > most)
    fail({
      where: file!,
      expected: `at most ${most} characters for a page`,
      received: String(opened.text.length),
      hint: `npx unrolled train ${file} has no such limit`,
      code: "data",
    });
  const key = randomBytes(16).toString("hex");
  const http = httpServer(studioFetch({ folder, key, opened }));
  const stop = untilSignal();
  try {
    const url = `${await listen(http, { host: "127.0.0.1", port: values.port })}/#k=${key}`;
    show.event("serving", { url, models: [] });
    show.line(`studio  ${url}`);
    if (opened) show.line(`text    ${clean(opened.name)}, ${opened.text.length.toLocaleString("en")} characters`);
    show.line("The page trains in the browser, on this machine only. Ctrl-C stops the studio.");
    if (!values.noOpen && host.isTTY && !host.env.CI && !host.env.SSH_CONNECTION) openBrowser(url, host);
    await stop.asked;
  } finally {
    stop.end();
    const closed = once(http, "close");
    http.close();
    http.closeAllConnections();
    await closed;
  }
}

/** Opens the address where there is a screen; what cannot be opened can be copied. */
function openBrowser(url: string, host: Host): void {
  const { platform } = process;
  if (platform === "linux" && !host.env.DISPLAY && !host.env.WAYLAND_DISPLAY) return;
  const [program, ...before] =
    platform === "darwin" ? ["open"] : platform === "win32" ? ["cmd", "/c", "start", ""] : ["xdg-open"];
  spawn(program!, [...before, url], { stdio: "ignore", detached: true })
    .on("error", () => {})
    .unref();
}
