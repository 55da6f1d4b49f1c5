// `unrolled embed bias | debias`: measure how far words lean along a direction such as man - woman, and remove it, as in
// Bolukbasi et al. (2016): find the direction, neutralize words that should not depend on it, equalize pairs that should
// differ in nothing else.
import { Command, InvalidArgumentError, Option } from "commander";
import { biasDirection, equalize, neutralize } from "../../../embeddings/query/debias.ts";
import { cosine, wordVectors } from "../../../embeddings/vectors.ts";
import { checkOutput } from "../../../node/output.ts";
import { readText } from "../../../node/text-files.ts";
import { formatForName, saveVectors } from "../../../node/vector-files.ts";
import { type Host, writeJson } from "../../host.ts";
import { table } from "../../terminal/index.ts";
import { reportFile, type VectorFlags, vectorOptions, vectorsArgument, vectorsOf } from "./shared.ts";

type Pair = readonly [string, string];

/** `woman:man,girl:boy` */
function pairs(text: string): Pair[] {
  return text.split(",").map((one) => {
    const words = one.split(":").map((word) => word.trim());
    if (words.length === 2 && words.every(Boolean)) return [words[0]!, words[1]!];
    throw new InvalidArgumentError("Expected pairs such as woman:man,girl:boy.");
  });
}

const pairsOption = () =>
  new Option("--pairs <a:b,...>", "pairs that differ in what the direction means, such as woman:man,girl:boy")
    .argParser(pairs)
    .makeOptionMandatory();

export function biasCommands(host: Host): Command[] {
  const bias = vectorOptions(
    new Command("bias")
      .description("cosine of words with a direction of bias; positive: closer to the first word of each pair")
      .argument(...vectorsArgument)
      .argument("<words...>")
      .addOption(pairsOption()),
  ).action(async (file: string, words: string[], flags: VectorFlags & { pairs: Pair[] }) => {
    const vectors = await vectorsOf(host, file, flags);
    const g = biasDirection(vectors, flags.pairs);
    const found = words.map((word) => ({ word, bias: cosine(vectors.vector(word), g) }));
    if (flags.json) for (const one of found) writeJson(host, { event: "bias", ...one });
    else {
      const rows = found.map(({ word, bias }) => [word, bias.toFixed(4)]);
      host.out(table(rows, { align: ["left", "right"] }));
    }
  });

  const debias = vectorOptions(
    new Command("debias")
      .description("write word vectors without a direction of bias")
      .argument(...vectorsArgument)
      .argument("<out>", "the new file, or - for standard output; its name sets the format")
      .addOption(pairsOption())
      .option("--neutral <file>", "neutralize the words in this file (default: all words that are in no pair)")
      .addOption(
        new Option("--equalize <a:b,...>", "pairs to equalize (default: the pairs of --pairs)").argParser(pairs),
      ),
  ).action((file: string, out: string, flags: DebiasFlags) => debiasFile(host, file, out, flags));
  return [bias, debias];
}

type DebiasFlags = VectorFlags & { pairs: Pair[]; neutral?: string; equalize?: Pair[] };

async function debiasFile(host: Host, file: string, out: string, flags: DebiasFlags): Promise<void> {
  await checkOutput(out);
  const vectors = await vectorsOf(host, file, flags);
  const { words, dim, counts } = vectors;
  const g = biasDirection(vectors, flags.pairs);
  const even = flags.equalize ?? flags.pairs;
  const paired = new Set([...flags.pairs, ...even].flat());
  const listed = flags.neutral === undefined ? undefined : (await readText(flags.neutral)).split(/\s+/).filter(Boolean);
  const neutral = listed ? listed.filter((word) => vectors.has(word)) : words.filter((word) => !paired.has(word));
  const matrix = Float32Array.from(vectors.matrix);
  const put = (word: string, vector: Float32Array) => matrix.set(vector, vectors.indexOf(word) * dim);
  for (const word of neutral) put(word, neutralize(vectors.vector(word), g));
  for (const [a, b] of even) {
    // A vector made from subwords has no row to write to: `oneHot` throws.
    for (const word of [a, b]) if (!vectors.has(word)) vectors.oneHot(word);
    const [u, v] = equalize(vectors.vector(a), vectors.vector(b), g);
    put(a, u);
    put(b, v);
  }
  const format = formatForName(out);
  await saveVectors(out, wordVectors({ words, matrix, dim, counts }), { format });
  const unknown = (listed?.length ?? neutral.length) - neutral.length;
  const missing = unknown > 0 ? `, ${unknown} words of the file unknown` : "";
  const text = `${neutral.length} words neutralized${missing}, ${even.length} pairs equalized`;
  const data = { file, format, neutralized: neutral.length, unknown, equalized: even.length };
  reportFile(host, { out, json: flags.json, text, data });
}
