// `unrolled embed bias | debias`: measure how far words lean along a direction such as man - woman, and remove it, as in
// Bolukbasi et al. (2016): find the direction, neutralize words that should not depend on it, equalize pairs that should
// differ in nothing else.
import { type Command, InvalidArgumentError } from "commander";
import { biasDirection, debias } from "../../../embeddings/query/debias.ts";
import { cosine } from "../../../embeddings/vectors.ts";
import { checkOutput } from "../../../node/output.ts";
import { formatForName, saveVectors } from "../../../node/vector-files.ts";
import { plural } from "../../../terminal/index.ts";
import { makeCommand } from "../../command.ts";
import { custom, text, type Values } from "../../flags.ts";
import type { Host } from "../../host.ts";
import { output } from "../../output.ts";
import { reportFile, vectorFlags, vectorsArgument, vectorsOf, wordsIn } from "./shared.ts";

type Pair = readonly [string, string];

/** `woman:man,girl:boy` */
function pairs(given: string): Pair[] {
  return given.split(",").map((one) => {
    const words = one.split(":").map((word) => word.trim());
    if (words.length === 2 && words.every(Boolean)) return [words[0]!, words[1]!];
    throw new InvalidArgumentError("Expected pairs such as woman:man,girl:boy.");
  });
}

const pairsFlag = {
  pairs: {
    ...custom("--pairs <a:b,...>", "pairs that differ in what the direction means, such as woman:man,girl:boy", pairs),
    required: true,
  } as const,
};
const debiasFlags = {
  ...pairsFlag,
  neutral: text("--neutral <file>", "neutralize the words in this file", { fallback: "all words that are in no pair" }),
  equalize: custom("--equalize <a:b,...>", "pairs to equalize", pairs, { fallback: "the pairs of --pairs" }),
  ...vectorFlags,
};

export const biasCommands = (host: Host): Command[] => [
  makeCommand(
    "bias",
    {
      about: "cosine of words with a direction of bias; positive: closer to the first word of each pair",
      arguments: [vectorsArgument, ["<words...>", "words to measure"]],
      flags: { ...pairsFlag, ...vectorFlags },
    },
    async (given, file, words) => {
      const show = output(host, given.json);
      const vectors = await vectorsOf(show, file, given);
      const g = biasDirection(vectors, given.pairs);
      const found = words.map((word) => ({ word, bias: cosine(vectors.vector(word), g) }));
      for (const one of found) show.event("bias", one);
      show.table(
        found.map(({ word, bias }) => [word, bias.toFixed(4)]),
        { align: ["left", "right"] },
      );
    },
  ),
  makeCommand(
    "debias",
    {
      about: "write word vectors without a direction of bias",
      arguments: [vectorsArgument, ["<out>", "the new file, or - for standard output; its name sets the format"]],
      flags: debiasFlags,
    },
    (given, file, out) => debiasFile(host, file, out, given),
  ),
];

async function debiasFile(host: Host, file: string, out: string, flags: Values<typeof debiasFlags>): Promise<void> {
  await checkOutput(out);
  const show = output(host, flags.json);
  const vectors = await vectorsOf(show, file, flags);
  const neutral = flags.neutral === undefined ? undefined : await wordsIn(flags.neutral);
  const { pairs: differ, equalize: even = differ } = flags;
  const { vectors: level, neutralized, unknown } = debias(vectors, { pairs: differ, neutral, equalize: even });
  const format = formatForName(out);
  await saveVectors(out, level, { format });
  const missing = unknown > 0 ? `, ${plural(unknown, "word")} of the file unknown` : "";
  const text = `${plural(neutralized, "word")} neutralized${missing}, ${plural(even.length, "pair")} equalized`;
  reportFile(show, out, text, { from: file, format, neutralized, unknown, equalized: even.length });
}
