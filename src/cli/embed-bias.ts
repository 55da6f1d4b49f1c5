// `unrolled embed bias | debias`: how far words lean along a direction such as man - woman, and taking that out, as the
// course teaches it: find the direction, neutralize what should not depend on it, equalize pairs that should differ in
// nothing else.
import { Command, InvalidArgumentError, Option } from "commander";
import { biasDirection, equalize, neutralize } from "../embeddings/query/debias.ts";
import { cosine, wordVectors } from "../embeddings/vectors.ts";
import { readText } from "../node/text-files.ts";
import { formatForName, saveVectors } from "../node/vector-files.ts";
import { type EmbedHost, jsonLine, type VectorFlags, vectorsOf, whole } from "./embed-shared.ts";
import { table } from "./terminal/index.ts";

type Pair = readonly [string, string];

/** `woman:man,girl:boy` */
function pairs(text: string): Pair[] {
  return text.split(",").map((one) => {
    const words = one.split(":").map((word) => word.trim());
    if (words.length === 2 && words.every(Boolean)) return [words[0]!, words[1]!];
    throw new InvalidArgumentError("Expected pairs such as woman:man,girl:boy.");
  });
}

export function biasCommands(host: EmbedHost): Command[] {
  const along = () =>
    new Option("--pairs <a:b,...>", "pairs that differ in what the direction means: woman:man,girl:boy")
      .argParser(pairs)
      .makeOptionMandatory();
  const loading = (command: Command) =>
    command
      .addOption(new Option("--only <file>", "load only the words of this file"))
      .addOption(new Option("--limit <n>", "load only the first words").argParser(whole(1)))
      .option("--json", "one JSON object a line");

  const bias = loading(
    new Command("bias")
      .description("the cosine of words with a direction of bias: above 0 leans to the first words of the pairs")
      .argument("<vectors>", "a file of word vectors, or the folder that training wrote")
      .argument("<words...>")
      .addOption(along()),
  ).action(async (file: string, words: string[], flags: VectorFlags & { pairs: Pair[] }) => {
    const vectors = await vectorsOf(host, file, flags);
    const g = biasDirection(vectors, flags.pairs);
    const leaning = words.map((word) => ({ word, bias: cosine(vectors.vector(word), g) }));
    if (flags.json) for (const one of leaning) jsonLine(host, one);
    else
      host.out(
        table(
          leaning.map(({ word, bias }) => [word, bias.toFixed(4)]),
          { align: ["left", "right"] },
        ),
      );
  });

  const debias = loading(
    new Command("debias")
      .description("write word vectors without a direction of bias")
      .argument("<vectors>", "a file of word vectors, or the folder that training wrote")
      .argument("<out>", "the new file; its name tells the format")
      .addOption(along())
      .option("--neutral <file>", "neutralize the words of this file (default: all that are in no pair)")
      .addOption(
        new Option(
          "--equalize <a:b,...>",
          "pairs to differ along the direction only (default: those of --pairs)",
        ).argParser(pairs),
      ),
  ).action(async (file: string, out: string, flags: DebiasFlags) => debiasFile(host, file, out, flags));
  return [bias, debias];
}

type DebiasFlags = VectorFlags & { pairs: Pair[]; neutral?: string; equalize?: Pair[] };

async function debiasFile(host: EmbedHost, file: string, out: string, flags: DebiasFlags): Promise<void> {
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
    for (const word of [a, b]) if (!vectors.has(word)) vectors.oneHot(word); // fails: made from pieces, it has no row
    const [u, v] = equalize(vectors.vector(a), vectors.vector(b), g);
    put(a, u);
    put(b, v);
  }
  const format = formatForName(out);
  await saveVectors(out, wordVectors({ words, matrix, dim, counts }), { format });
  const done = { neutralized: neutral.length, unknown: (listed?.length ?? neutral.length) - neutral.length };
  if (flags.json) jsonLine(host, { file, out, format, ...done, equalized: even.length });
  else {
    const missing = done.unknown > 0 ? `, ${done.unknown} of the file not known` : "";
    host.out(`${out}: ${done.neutralized} words neutralized${missing}, ${even.length} pairs equalized\n`);
  }
}
