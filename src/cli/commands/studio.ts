// unrolled studio: watch a network learn, in the browser.
import { basename } from "node:path";
import { fail } from "../../base/index.ts";
import { isTokenFolder, openSource, serveStudio } from "../../node/index.ts";
import { untilSignal } from "../../node/serve/listen.ts";
import { clean } from "../../terminal/index.ts";
import { jsonFlag, makeCommand } from "../command.ts";
import { int, text, toggle, type Values } from "../flags.ts";
import type { Host } from "../host.ts";
import { openBrowser } from "../open-browser.ts";
import { output } from "../output.ts";

const flags = {
  port: int("--port <n>", "port; 0 takes a free one", { min: 0, max: 65_535 }, { value: 4747, fallback: "4747" }),
  models: text("--models <folder>", "folder of trained models to list and to save to", { fallback: "models" }),
  noOpen: toggle("--no-open", "print the address without opening a browser"),
  ...jsonFlag,
};

export const studioCommand = (host: Host) =>
  makeCommand(
    "studio",
    {
      arguments: [["[file]", "a file to train on, of any kind that train takes (default: names of dinosaurs)"]],
      flags,
    },
    (values, file) => runStudio(host, file, values),
  );

/** Most bytes of a file that is sent to a page. */
const most = 64 * 2 ** 20;

async function runStudio(host: Host, file: string | undefined, values: Values<typeof flags>): Promise<void> {
  const show = output(host, values.json);
  if (file !== undefined && isTokenFolder(file))
    fail({
      where: file,
      expected: "a file",
      received: "a folder of tokens",
      hint: "pass a part of the text, at most 64 MiB",
      code: "file",
    });
  const opened = file === undefined ? undefined : await readFile(file);
  const { models = "models" } = values;
  const { url, close } = await serveStudio({ opened, models }, { port: values.port });
  const stop = untilSignal();
  try {
    show.event("serving", { url, models: [] });
    show.line(`studio  ${url}`);
    if (opened) show.line(`file    ${clean(opened.name)}, ${opened.bytes.length.toLocaleString("en")} bytes`);
    show.line(`models  ${clean(models)}`);
    show.line(
      "It trains on this machine, in this process or in the page, and answers this machine only. Ctrl-C stops it.",
    );
    if (!values.noOpen) openBrowser(url, host);
    await stop.asked;
  } finally {
    stop.end();
    await close();
  }
}

/** A file as it is; what it holds is found out where it is trained. */
async function readFile(path: string): Promise<{ name: string; bytes: Uint8Array }> {
  const source = await openSource(path);
  try {
    if (source.size > most)
      fail({
        where: path,
        expected: "at most 64 MiB",
        received: `${Math.round(source.size / 2 ** 20)} MiB`,
        hint: `npx unrolled train ${path} reads it from disk; --watch shows it in the studio`,
        code: "file",
      });
    return { name: basename(path), bytes: Uint8Array.from(source.read(0, source.size)) };
  } finally {
    source.close();
  }
}
