// unrolled serve: trained models over HTTP.
import { makeCommand } from "../command.ts";
import type { Host } from "../host.ts";
import { serveFlags } from "./serve-flags.ts";

export const serveCommand = (host: Host) =>
  makeCommand(
    "serve",
    {
      arguments: [
        ["<model...>", "folders or ONNX files of trained models, or word vectors; NAME=PATH sets the name in requests"],
      ],
      flags: serveFlags,
    },
    async (values, models) => {
      const { runServe } = await import("../serve.ts");
      await runServe(host, models, values);
    },
  );
