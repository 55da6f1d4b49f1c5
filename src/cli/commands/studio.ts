// unrolled studio: watch a network learn, in the browser.
import { serveStudio } from "../../node/index.ts";
import { untilSignal } from "../../node/serve/listen.ts";
import { readRunFile } from "../../node/studio/read-file.ts";
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

async function runStudio(host: Host, file: string | undefined, values: Values<typeof flags>): Promise<void> {
  const show = output(host, values.json);
  const opened = file === undefined ? undefined : await readRunFile(file);
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
