// `unrolled embed convert`: from one format of word vectors into another.
import { Command, Option } from "commander";
import { fail } from "../base/errors.ts";
import type { VectorFormat } from "../interop/read-vectors.ts";
import { formatForName, saveVectors } from "../node/vector-files.ts";
import { type EmbedHost, jsonLine, load, type VectorFlags, whole } from "./embed-shared.ts";

const formats = ["text", "glove", "word2vec-binary", "fasttext", "safetensors"] as const;

export function convertCommand(host: EmbedHost): Command {
  return new Command("convert")
    .description("write word vectors in another format")
    .argument(
      "<vectors>",
      "word2vec text or binary, GloVe, fastText .vec or .bin, safetensors, or a folder of ours; .gz too",
    )
    .argument("<out>", "the new file; its name tells the format: .txt .vec .bin .safetensors, and .gz packs it")
    .addOption(new Option("--to <format>", "the format, where the name does not tell it").choices(formats))
    .addOption(new Option("--only <file>", "keep only the words of this file"))
    .addOption(new Option("--limit <n>", "keep only the first words").argParser(whole(1)))
    .option("--json", "one JSON object")
    .action(async (from: string, to: string, flags: VectorFlags & { to?: VectorFormat }) => {
      const { vectors, format, fastText } = await load(host, from, flags);
      const target = flags.to ?? formatForName(to);
      if (target === "fasttext" && (flags.only !== undefined || flags.limit !== undefined)) {
        fail({ where: "--to fasttext", problem: "a fastText model is written whole, without --only and --limit" });
      }
      await saveVectors(to, vectors, { format: target, fastText });
      if (flags.json) jsonLine(host, { from, format, to, written: target, words: vectors.size, dim: vectors.dim });
      else host.out(`${to}: ${vectors.size} words, ${vectors.dim} dimensions, ${target}\n`);
    });
}
