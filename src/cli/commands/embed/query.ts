// `unrolled embed nearest | similarity | analogy | odd-one-out | evaluate | summary`: query word vectors.
import type { Command } from "commander";
import { evaluateAnalogies, evaluateSimilarity } from "../../../embeddings/query/evaluate.ts";
import { nearestToSum } from "../../../embeddings/query/sum.ts";
import type { Neighbor, WordVectors } from "../../../embeddings/vectors.ts";
import { plainName } from "../../../node/corpus-files.ts";
import { readText } from "../../../node/text-files.ts";
import { clean, formatBytes, formatWhole } from "../../../terminal/index.ts";
import { makeCommand } from "../../command.ts";
import { choice, int, text, toggle, type Values } from "../../flags.ts";
import type { Host } from "../../host.ts";
import { type Output, output } from "../../output.ts";
import { load, vectorFlags, vectorsArgument, vectorsOf } from "./shared.ts";

const restrict = { restrict: int("--restrict <n>", "consider only the first (most frequent) n words", { min: 1 }) };
const answerFlags = {
  count: int("--count <n>", "number of answers", { min: 1 }, { value: 10 }),
  ...restrict,
  ...vectorFlags,
};
const methodFlag = {
  method: choice("--method <name>", "add or multiply the cosines", ["3CosAdd", "3CosMul"], { value: "3CosAdd" }),
};
const evaluateFlags = {
  restrict: int("--restrict <n>", "consider only the first (most frequent) n words", { min: 1 }, { value: 30_000 }),
  ...methodFlag,
  keepCase: toggle("--keep-case", "match words case-sensitively"),
  ...vectorFlags,
};
const summaryFlags = {
  word: text("--word <word>", "multiply the matrix by this word's one-hot vector"),
  ...vectorFlags,
};

function listNeighbors(show: Output, found: readonly Neighbor[]): void {
  for (const neighbor of found) show.event("neighbor", neighbor);
  show.table(
    found.map(({ word, score }) => [word, score.toFixed(4)]),
    { align: ["left", "right"] },
  );
}

export const queryCommands = (host: Host): Command[] => [
  makeCommand(
    "nearest",
    {
      about: "words with the highest cosine",
      arguments: [
        vectorsArgument,
        ["<words...>", "one word, or several to add; a minus before a word subtracts it (after --)"],
      ],
      flags: answerFlags,
    },
    async (given, file, words) => {
      const show = output(host, given.json);
      const vectors = await vectorsOf(show, file, given);
      const options = { count: given.count, restrict: given.restrict };
      if (words.length === 1) return listNeighbors(show, vectors.nearest(words[0]!, options));
      listNeighbors(show, nearestToSum(vectors, words, options));
    },
  ),
  makeCommand(
    "similarity",
    {
      about: "cosine of two words",
      arguments: [vectorsArgument, ["<a>", "a word"], ["<b>", "another word"]],
      flags: vectorFlags,
    },
    async (given, file, a, b) => {
      const show = output(host, given.json);
      const similarity = (await vectorsOf(show, file, given)).similarity(a, b);
      show.event("similarity", { a, b, similarity });
      show.line(similarity.toFixed(4));
    },
  ),
  makeCommand(
    "analogy",
    {
      about: "solve an analogy, a is to b as c is to ?: man king woman gives queen",
      arguments: [
        vectorsArgument,
        ["<a>", "first word of the known pair"],
        ["<b>", "second word of the known pair"],
        ["<c>", "first word of the pair to complete"],
      ],
      flags: { ...answerFlags, ...methodFlag },
    },
    async (given, file, a, b, c) => {
      const show = output(host, given.json);
      const vectors = await vectorsOf(show, file, given);
      const { count, restrict: first, method } = given;
      listNeighbors(show, vectors.analogy({ a, b, c, count, restrict: first, method }));
    },
  ),
  makeCommand(
    "odd-one-out",
    {
      about: "the word that fits the others least",
      arguments: [vectorsArgument, ["<words...>", "three words or more"]],
      flags: vectorFlags,
    },
    async (given, file, words) => {
      const show = output(host, given.json);
      const { word, scores } = (await vectorsOf(show, file, given)).oddOneOut(words);
      show.event("odd-one-out", { word, scores });
      show.line(clean(word));
    },
  ),
  makeCommand(
    "evaluate",
    {
      about: "score on analogies (four words per line, in sections) or on word pairs with human ratings",
      arguments: [vectorsArgument, ["<tests...>", "files such as questions-words.txt or EN-SIMLEX-999.txt"]],
      flags: evaluateFlags,
    },
    async (given, file, tests) => {
      const show = output(host, given.json);
      const vectors = await vectorsOf(show, file, given);
      for (const test of tests) await evaluateFile(show, vectors, test, given);
    },
  ),
  makeCommand(
    "summary",
    {
      about: "format, number of words, dimension, and the embedding matrix in the lecture's notation",
      arguments: [vectorsArgument],
      flags: summaryFlags,
    },
    (given, file) => summarize(output(host, given.json), file, given),
  ),
];

async function evaluateFile(
  show: Output,
  vectors: WordVectors,
  path: string,
  { restrict: first, keepCase, method }: Values<typeof evaluateFlags>,
): Promise<void> {
  const content = await readText(path);
  const options = { restrict: first, foldCase: !keepCase, where: path };
  const event = (found: object) =>
    show.event("report", { part: "evaluation", task: "word-vectors", file: path, ...found });
  if (/^\s*:/.test(content)) {
    const report = evaluateAnalogies(vectors, content, { ...options, method });
    event(report);
    const share = (x: number) => (Number.isNaN(x) ? "-" : `${(100 * x).toFixed(2)} %`);
    const all = [...report.sections, report.semantic, report.syntactic, report.total];
    show.table(
      all.map((s) => [s.name, share(s.accuracy), ...[s.correct, s.asked, s.outOfVocabulary].map(formatWhole)]),
      {
        header: [plainName(path), "accuracy", "correct", "questions", "unknown"],
        align: ["left", "right", "right", "right", "right"],
      },
    );
    return;
  }
  const report = evaluateSimilarity(vectors, content, options);
  event(report);
  const known = report.pairs - report.outOfVocabulary;
  show.line(
    `${clean(plainName(path))}: Spearman ${report.spearman.toFixed(4)}, Pearson ${report.pearson.toFixed(4)}, ` +
      `${known} of ${report.pairs} pairs in the vocabulary`,
  );
}

async function summarize(show: Output, file: string, flags: Values<typeof summaryFlags>): Promise<void> {
  const { vectors, format, fastText } = await load(show, file, flags);
  const { size: words, dim } = vectors;
  const bytes = vectors.matrix.byteLength;
  const product = flags.word === undefined ? undefined : [...vectors.product(vectors.oneHot(flags.word))];
  show.event("summary", { file, format, words, dim, bytes, subwords: Boolean(vectors.subwords), product });
  show.table([
    ["format", format],
    ["words", formatWhole(words)],
    ["dimension", String(dim)],
    [
      "embedding matrix E",
      `[${dim}, ${words}] in the lecture's notation, stored as [${words}, ${dim}], ${formatBytes(bytes)}`,
    ],
    ["first words", vectors.words.slice(0, 8).join(" ")],
    ...(fastText && fastText.args.maxn > 0
      ? [
          [
            "subwords",
            `n-grams of ${fastText.args.minn} to ${fastText.args.maxn} ${fastText.args.jamo ? "characters and 3 to 5 jamo " : ""}in ${fastText.args.bucket} buckets`,
          ],
        ]
      : []),
  ]);
  if (!product) return;
  const head = product.slice(0, 6).map((x) => x.toFixed(4));
  const j = vectors.indexOf(flags.word!);
  show.line(`E o_${j} = e_${j} ("${clean(flags.word!)}") = [${head.join(", ")}${product.length > 6 ? ", ..." : ""}]`);
}
