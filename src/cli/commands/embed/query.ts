// `unrolled embed nearest | similarity | analogy | odd-one-out | evaluate | summary`: query word vectors.
import { Command, Option } from "commander";
import { evaluateAnalogies, evaluateSimilarity } from "../../../embeddings/query/evaluate.ts";
import type { Neighbor, WordVectors } from "../../../embeddings/vectors.ts";
import { plainName } from "../../../node/corpus-files.ts";
import { readText } from "../../../node/text-files.ts";
import { type Host, writeJson } from "../../host.ts";
import { whole } from "../../options.ts";
import { clean, table } from "../../terminal/index.ts";
import { load, type VectorFlags, vectorOptions, vectorsArgument, vectorsOf } from "./shared.ts";

function listed(host: Host, flags: VectorFlags, found: Neighbor[]): void {
  if (flags.json) for (const neighbor of found) writeJson(host, { event: "neighbor", ...neighbor });
  else
    host.out(
      table(
        found.map(({ word, score }) => [word, score.toFixed(4)]),
        { align: ["left", "right"] },
      ),
    );
}

function query(name: string, about: string): Command {
  return vectorOptions(new Command(name).description(about).argument(...vectorsArgument));
}

export function queryCommands(host: Host): Command[] {
  const count = () => new Option("--count <n>", "number of answers").argParser(whole({ min: 1 })).default(10);
  const restrict = () =>
    new Option("--restrict <n>", "consider only the first (most frequent) n words").argParser(whole({ min: 1 }));
  const method = () =>
    new Option("--method <name>", "add or multiply the cosines").choices(["3CosAdd", "3CosMul"]).default("3CosAdd");
  type Flags = VectorFlags & { count: number; restrict?: number; method: "3CosAdd" | "3CosMul" };

  const nearest = query("nearest", "words with the highest cosine")
    .argument("<words...>", "one word, or several to add; a minus before a word subtracts it")
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
  const similarity = query("similarity", "cosine of two words")
    .argument("<a>")
    .argument("<b>")
    .action(async (file: string, a: string, b: string, flags: Flags) => {
      const value = (await vectorsOf(host, file, flags)).similarity(a, b);
      if (flags.json) writeJson(host, { event: "similarity", a, b, similarity: value });
      else host.out(`${value.toFixed(4)}\n`);
    });
  const analogy = query("analogy", "solve a is to b as c is to ?: man king woman gives queen")
    .argument("<a>", "a is to b ...")
    .argument("<b>")
    .argument("<c>", "... as c is to the answer")
    .addOption(count())
    .addOption(restrict())
    .addOption(method())
    .action(async (file: string, a: string, b: string, c: string, flags: Flags) => {
      const vectors = await vectorsOf(host, file, flags);
      const { count: n, restrict: r, method: m } = flags;
      listed(host, flags, vectors.analogy({ a, b, c, count: n, restrict: r, method: m }));
    });
  const odd = query("odd-one-out", "the word that fits the others least")
    .argument("<words...>")
    .action(async (file: string, words: string[], flags: Flags) => {
      const { word, scores } = (await vectorsOf(host, file, flags)).oddOneOut(words);
      if (flags.json) writeJson(host, { event: "odd-one-out", word, scores });
      else host.out(`${clean(word)}\n`);
    });
  const evaluate = query(
    "evaluate",
    "score on analogies (four words per line, in sections) or on word pairs with human ratings",
  )
    .argument("<tests...>", "files such as questions-words.txt or EN-SIMLEX-999.txt")
    .addOption(restrict().default(30_000))
    .addOption(method())
    .option("--keep-case", "match words case-sensitively")
    .action(async (file: string, tests: string[], flags: Flags & { keepCase?: boolean }) => {
      const vectors = await vectorsOf(host, file, flags);
      for (const test of tests) await evaluateFile(host, vectors, test, flags);
    });
  const summary = query(
    "summary",
    "format, number of words, dimension, and the embedding matrix in the lecture's notation",
  )
    .option("--word <word>", "multiply the matrix by this word's one-hot vector")
    .action(async (file: string, flags: Flags & { word?: string }) => summarize(host, file, flags));
  return [nearest, similarity, analogy, odd, evaluate, summary];
}

async function evaluateFile(
  host: Host,
  vectors: WordVectors,
  path: string,
  flags: VectorFlags & { restrict?: number; method: "3CosAdd" | "3CosMul"; keepCase?: boolean },
): Promise<void> {
  const text = await readText(path);
  const options = { restrict: flags.restrict, foldCase: !flags.keepCase, where: path };
  if (/^\s*:/.test(text)) {
    const report = evaluateAnalogies(vectors, text, { ...options, method: flags.method });
    if (flags.json) return writeJson(host, { event: "report", test: path, ...report });
    const share = (x: number) => (Number.isNaN(x) ? "-" : `${(100 * x).toFixed(2)} %`);
    const all = [...report.sections, report.semantic, report.syntactic, report.total];
    host.out(
      table(
        all.map((s) => [s.name, share(s.accuracy), String(s.correct), String(s.asked), String(s.outOfVocabulary)]),
        {
          header: [plainName(path), "accuracy", "correct", "questions", "unknown"],
          align: ["left", "right", "right", "right", "right"],
        },
      ),
    );
    return;
  }
  const report = evaluateSimilarity(vectors, text, options);
  if (flags.json) return writeJson(host, { event: "report", test: path, ...report });
  const known = report.pairs - report.outOfVocabulary;
  host.out(
    `${clean(plainName(path))}: Spearman ${report.spearman.toFixed(4)}, Pearson ${report.pearson.toFixed(4)}, ` +
      `${known} of ${report.pairs} pairs in the vocabulary\n`,
  );
}

async function summarize(host: Host, file: string, flags: VectorFlags & { word?: string }): Promise<void> {
  const { vectors, format, fastText } = await load(host, file, flags);
  const { size, dim, words } = vectors;
  const bytes = vectors.matrix.byteLength;
  const shown = flags.word === undefined ? undefined : [...vectors.product(vectors.oneHot(flags.word))];
  if (flags.json) {
    writeJson(host, {
      event: "summary",
      file,
      format,
      words: size,
      dim,
      bytes,
      subwords: Boolean(vectors.subwords),
      product: shown,
    });
    return;
  }
  const rows = [
    ["format", format],
    ["words", String(size)],
    ["dimension", String(dim)],
    [
      "embedding matrix E",
      `[${dim}, ${size}] in the lecture's notation, stored as [${size}, ${dim}], ${(bytes / 2 ** 20).toFixed(1)} MiB`,
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
    host.out(`E o_${j} = e_${j} ("${clean(flags.word)}") = [${head.join(", ")}${shown.length > 6 ? ", ..." : ""}]\n`);
  }
}
