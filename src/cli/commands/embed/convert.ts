// `unrolled embed convert`: write word vectors in another format.
import { fail } from "../../../base/index.ts";
import { checkOutput } from "../../../node/output.ts";
import { formatForName, saveVectors } from "../../../node/vector-files.ts";
import { formatWhole, plural } from "../../../terminal/index.ts";
import { makeCommand } from "../../command.ts";
import { choice } from "../../flags.ts";
import type { Host } from "../../host.ts";
import { output } from "../../output.ts";
import { load, reportFile, vectorFlags } from "./shared.ts";

const formats = ["text", "glove", "word2vec-binary", "fasttext", "safetensors", "onnx"] as const;

const flags = {
  to: choice("--to <format>", "format of the new file", formats, { fallback: "from its name" }),
  ...vectorFlags,
};

export const convertCommand = (host: Host) =>
  makeCommand(
    "convert",
    {
      about: "write word vectors in another format",
      arguments: [
        [
          "<vectors>",
          "word2vec text or binary, GloVe, fastText .vec or .bin, safetensors, each also .gz, or a folder of `embed train`",
        ],
        [
          "<out>",
          "the new file, or - for standard output; .txt .vec .bin .safetensors .onnx set the format, .gz compresses",
        ],
      ],
      flags,
    },
    async (given, from, to) => {
      await checkOutput(to);
      const show = output(host, given.json);
      const { vectors, format, fastText } = await load(show, from, given);
      const target = given.to ?? formatForName(to);
      if (target === "fasttext" && (given.only !== undefined || given.limit !== undefined))
        fail({ where: "--to fasttext", problem: "a fastText model cannot be cut with --only or --limit" });
      await saveVectors(to, vectors, { format: target, fastText });
      const { size: words, dim } = vectors;
      const text = `${plural(words, "word")}, ${formatWhole(dim)} dimensions, ${target}`;
      reportFile(show, to, text, { from, format: target, words, dim, fromFormat: format });
    },
  );
