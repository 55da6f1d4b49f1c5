// `unrolled embed convert`: write word vectors in another format.
import { Command, Option } from "commander";
import { fail } from "../../../base/index.ts";
import type { VectorFormat } from "../../../interop/read-vectors.ts";
import { checkOutput } from "../../../node/output.ts";
import { formatForName, saveVectors } from "../../../node/vector-files.ts";
import type { Host } from "../../host.ts";
import { load, reportFile, type VectorFlags, vectorOptions } from "./shared.ts";

const formats = ["text", "glove", "word2vec-binary", "fasttext", "safetensors"] as const;

export function convertCommand(host: Host): Command {
  const command = new Command("convert")
    .description("write word vectors in another format")
    .argument(
      "<vectors>",
      "word2vec text or binary, GloVe, fastText .vec or .bin, safetensors, each also .gz, or a folder of `embed train`",
    )
    .argument(
      "<out>",
      "the new file, or - for standard output; .txt .vec .bin .safetensors set the format, .gz compresses",
    )
    .addOption(new Option("--to <format>", "format of the new file (default: from its name)").choices(formats));
  return vectorOptions(command).action(async (from: string, to: string, flags: VectorFlags & { to?: VectorFormat }) => {
    await checkOutput(to);
    const { vectors, format, fastText } = await load(host, from, flags);
    const target = flags.to ?? formatForName(to);
    if (target === "fasttext" && (flags.only !== undefined || flags.limit !== undefined)) {
      fail({ where: "--to fasttext", problem: "a fastText model cannot be cut with --only or --limit" });
    }
    await saveVectors(to, vectors, { format: target, fastText });
    const { size: words, dim } = vectors;
    const text = `${words} words, ${dim} dimensions, ${target}`;
    reportFile(host, { out: to, json: flags.json, text, data: { from, format, written: target, words, dim } });
  });
}
