// `unrolled embed nearest | similarity | analogy | odd-one-out | evaluate | summary`: questions to word vectors.
import { Command, Option } from "commander";
import { evaluateAnalogies, evaluateSimilarity } from "../embeddings/query/evaluate.ts";
import type { Neighbor, WordVectors } from "../embeddings/vectors.ts";
import { plainName } from "../node/corpus-files.ts";
import { readText } from "../node/text-files.ts";
import { type EmbedHost, jsonLine, load, type VectorFlags, vectorsOf, whole } from "./embed-shared.ts";
import { table } from "./terminal/index.ts";

function listed(host: EmbedHost, flags: VectorFlags, found: Neighbor[]): void {
  if (flags.json) for (const neighbor of found) jsonLine(host, neighbor);
  else
    host.out(
      table(
        found.map(({ word, score }) => [word, score.toFixed(4)]),
        { align: ["left", "right"] },
      ),
    );
}

function query(name: string, about: string): Command {
  return new Command(name)
    .description(about)
    .argument("<vectors>", "a file of word vectors, or the folder that training wrote")
    .addOption(new Option("--only <file>", "load only the words of this file"))
    .addOption(new Option("--limit <n>", "load only the first words").argParser(whole(1)))
    .option("--json", "one JSON object a line");
}

export function queryCommands(host: EmbedHost): Command[] {
  const count = () => new Option("--count <n>", "how many answers").argParser(whole(1)).default(10);
  const restrict = () =>
    new Option("--restrict <n>", "answers only from the first (most frequent) words").argParser(whole(1));
  const method = () =>
    new Option("--method <name>", "add the cosines or multiply them")
      .choices(["3CosAdd", "3CosMul"])
      .default("3CosAdd");
  type Flags = VectorFlags & { count: number; restrict?: number; method: "3CosAdd" | "3CosMul" };

  const nearest = query("nearest", "the words of highest cosine")
    .argument("<words...>", "a word, or several for their sum; a minus before a word takes it off")
    .addOption(count())
    .addOption(restrict())
    .action(async (file: string, words: string[], flags: Flags) => {
      const vectors = await vectorsOf(host, file, flags);
      const options = { count: flags.count, restrict: flags.restrict };
      if (words.length === 1) return listed(host, flags, vectors.nearest(words[0]!, options));
      const sum = new Float32Array(vectors.dim);
      const plain = words.map((word) => (word.startsWith("-") && !vectors.has(word) ? word.slice(1) : word));
      for (const [w, word] of words.entries()) {
        const sign = plain[w] === word ? 1 : -1;
        const v = vectors.vector(plain[w]!);
        const length = Math.hypot(...v) || 1;
        for (let i = 0; i < sum.length; i++) sum[i]! += (sign * v[i]!) / length;
      }
      listed(host, flags, vectors.nearest(sum, { ...options, exclude: plain }));
    });
  const similarity = query("similarity", "the cosine of two words")
    .argument("<a>")
    .argument("<b>")
    .action(async (file: string, a: string, b: string, flags: Flags) => {
      const value = (await vectorsOf(host, file, flags)).similarity(a, b);
      if (flags.json) jsonLine(host, { a, b, similarity: value });
      else host.out(`${value.toFixed(4)}\n`);
    });
  const analogy = query("analogy", "man is to king as woman is to ...: three words, the first pair and the third")
    .argument("<a>", "a is to b")
    .argument("<b>")
    .argument("<c>", "as c is to the answer")
    .addOption(count())
    .addOption(restrict())
    .addOption(method())
    .action(async (file: string, a: string, b: string, c: string, flags: Flags) => {
      const vectors = await vectorsOf(host, file, flags);
      const { count: n, restrict: r, method: m } = flags;
      listed(host, flags, vectors.analogy({ a, b, c, count: n, restrict: r, method: m }));
    });
  const odd = query("odd-one-out", "the word that is farthest from the others")
    .argument("<words...>")
    .action(async (file: string, words: string[], flags: Flags) => {
      const { word, scores } = (await vectorsOf(host, file, flags)).oddOneOut(words);
      if (flags.json) jsonLine(host, { word, scores });
      else host.out(`${word}\n`);
    });
  const evaluate = query("evaluate", "test on analogies (sections and four words a line) or on pairs with scores")
    .argument("<tests...>", "files such as questions-words.txt or EN-SIMLEX-999.txt")
    .addOption(restrict().default(30_000))
    .addOption(method())
    .option("--keep-case", "words must be spelled as in the vocabulary")
    .action(async (file: string, tests: string[], flags: Flags & { keepCase?: boolean }) => {
      const vectors = await vectorsOf(host, file, flags);
      for (const test of tests) await evaluateFile(host, vectors, test, flags);
    });
  const summary = query(
    "summary",
    "what a file holds: words, dimension, the embedding matrix in the lecture's notation",
  )
    .option("--word <word>", "show the product of the matrix with this word's one-hot vector")
    .action(async (file: string, flags: Flags & { word?: string }) => summarize(host, file, flags));
  return [nearest, similarity, analogy, odd, evaluate, summary];
}

async function evaluateFile(
  host: EmbedHost,
  vectors: WordVectors,
  path: string,
  flags: VectorFlags & { restrict?: number; method: "3CosAdd" | "3CosMul"; keepCase?: boolean },
): Promise<void> {
  const text = await readText(path);
  const options = { restrict: flags.restrict, foldCase: !flags.keepCase, where: path };
  if (/^\s*:/.test(text)) {
    const report = evaluateAnalogies(vectors, text, { ...options, method: flags.method });
    if (flags.json) return jsonLine(host, { test: path, ...report });
    const share = (x: number) => (Number.isNaN(x) ? "-" : `${(100 * x).toFixed(2)} %`);
    const all = [...report.sections, report.semantic, report.syntactic, report.total];
    host.out(
      table(
        all.map((s) => [s.name, share(s.accuracy), String(s.correct), String(s.asked), String(s.outOfVocabulary)]),
        {
          header: [plainName(path), "accuracy", "right", "asked", "unknown"],
          align: ["left", "right", "right", "right", "right"],
        },
      ),
    );
    return;
  }
  const report = evaluateSimilarity(vectors, text, options);
  if (flags.json) return jsonLine(host, { test: path, ...report });
  const known = report.pairs - report.outOfVocabulary;
  host.out(
    `${plainName(path)}: Spearman ${report.spearman.toFixed(4)}, Pearson ${report.pearson.toFixed(4)}, ` +
      `${known} of ${report.pairs} pairs known\n`,
  );
}

async function summarize(host: EmbedHost, file: string, flags: VectorFlags & { word?: string }): Promise<void> {
  const { vectors, format, fastText } = await load(host, file, flags);
  const { size, dim, words } = vectors;
  const bytes = vectors.matrix.byteLength;
  const shown = flags.word === undefined ? undefined : [...vectors.product(vectors.oneHot(flags.word))];
  if (flags.json) {
    jsonLine(host, { file, format, words: size, dim, bytes, subwords: Boolean(vectors.subwords), product: shown });
    return;
  }
  const rows = [
    ["format", format],
    ["words", String(size)],
    ["dimension", String(dim)],
    [
      "embedding matrix E",
      `[${dim}, ${size}] in the lecture, stored as [${size}, ${dim}], ${(bytes / 2 ** 20).toFixed(1)} MiB`,
    ],
    ["first words", words.slice(0, 8).join(" ")],
    ...(fastText && fastText.args.maxn > 0
      ? [["subwords", `n-grams of ${fastText.args.minn} to ${fastText.args.maxn} in ${fastText.args.bucket} buckets`]]
      : []),
  ];
  host.out(table(rows));
  if (shown && flags.word !== undefined) {
    const head = shown.slice(0, 6).map((x) => x.toFixed(4));
    const j = vectors.indexOf(flags.word);
    host.out(`E o_${j} = e_${j} ("${flags.word}") = [${head.join(", ")}${shown.length > 6 ? ", ..." : ""}]\n`);
  }
}
