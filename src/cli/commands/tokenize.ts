// unrolled tokenize: texts to shards of tokens on disk, for corpora that do not fit in memory.
import { stat } from "node:fs/promises";
import { fail } from "../../base/index.ts";
import { tokenKinds, unitsOf } from "../../data/index.ts";
import { tokenWriter } from "../../node/index.ts";
import { readTokenizer } from "../../node/tokens/read-tokenizer.ts";
import { tokenizeText, unitOf } from "../../node/tokens/tokenize-text.ts";
import { formatBytes, formatDuration, formatWhole, plural } from "../../terminal/index.ts";
import { jsonFlag, makeCommand } from "../command.ts";
import { choice, custom, fractionOrFile, int, text, toggle, type Values } from "../flags.ts";
import { command, type Host } from "../host.ts";
import { type Interrupt, interrupt } from "../interrupt.ts";
import { type Output, output } from "../output.ts";
import { filesOf, listed, named, openFiles } from "../source.ts";
import { inOrder, tokenizing } from "../tasks/tokenizing.ts";
import { splitFlag } from "../train-flags.ts";

const flags = {
  out: text("--out <folder>", "folder for the tokens", { required: true }),
  tokens: choice(
    "--tokens <kind>",
    "Unicode code points, graphemes, words, or subwords (byte-pair encoding)",
    tokenKinds,
    {
      fallback: "word where rare words are <unk>; else char",
    },
  ),
  split: { ...splitFlag.split, fallback: "whitespace for a text that is tokenized already, else unicode" },
  vocabulary: int(
    "--vocabulary <n>",
    "most words in the vocabulary, or merges of subwords",
    { min: 2 },
    {
      fallback: "20,000 words, all where rare ones are <unk> already; 8,000 merges",
    },
  ),
  tokenizer: text(
    "--tokenizer <path>",
    "use this tokenizer instead of learning one: a tokenizer.json, or a folder that has it (a model, other tokens)",
    { conflicts: ["tokens", "split", "vocabulary"] },
  ),
  valid: custom<number | string>(
    "--valid <file|fraction>",
    "what to hold out for validation: a file, or a fraction at the end of the text; 0 for none",
    fractionOrFile,
    { fallback: "0.1, at most 10 million characters" },
  ),
  textColumn: text("--text-column <name>", "column with the texts in CSV, TSV and JSONL, by name or by number from 1"),
  shardTokens: int(
    "--shard-tokens <n>",
    "most tokens in a file",
    { min: 1024, max: 2 ** 31 - 1 },
    {
      fallback: "100 million",
    },
  ),
  overwrite: toggle("--overwrite", "replace the tokens in that folder"),
  ...jsonFlag,
};
type Given = Values<typeof flags>;

export const tokenizeCommand = (host: Host) =>
  makeCommand(
    "tokenize",
    {
      arguments: [
        [
          "<file...>",
          "files, folders or patterns of text, CSV, TSV or JSONL, also compressed (.gz, .zst); - is standard input",
        ],
      ],
      flags,
    },
    (given, inputs) => runTokenize(host, inputs, given),
  );

async function runTokenize(host: Host, inputs: readonly string[], given: Given): Promise<void> {
  const stop = interrupt();
  const show = output(host, given.json);
  try {
    await tokenizeUntil(stop, show, inputs, given);
  } catch (error) {
    if (!stop.code() || error !== stop.signal.reason) throw error;
    host.exitCode = stop.code();
    show.event("stopped", { out: given.out });
    show.line(`stopped; nothing was written to ${given.out}`);
  } finally {
    stop.end();
  }
}

async function tokenizeUntil(stop: Interrupt, show: Output, inputs: readonly string[], given: Given): Promise<void> {
  const { out, valid, tokens, split, vocabulary: maxVocabulary, shardTokens, overwrite } = given;
  const { signal } = stop;
  const began = performance.now();
  const tokenizer =
    given.tokenizer === undefined ? undefined : await readTokenizer(given.tokenizer, `--tokenizer ${given.tokenizer}`);
  const writer = await tokenWriter(out, { shardTokens, overwrite });
  const bar = tokenizing(show);
  const closing: (() => void)[] = [];
  try {
    const files = await filesOf(show, inputs);
    const open = async (paths: readonly string[]) => {
      const opened = await openFiles(show, paths, "text", { ...inOrder, ...columnOf(given.textColumn), signal });
      closing.push(opened.close);
      return opened.text;
    };
    const source = await open(files);
    const held = typeof valid === "string" ? await open(await filesOf(show, valid.split(","))) : valid;
    const [sample = ""] = source.pieces();
    const size = source.size + (typeof held === "object" ? held.size : 0);
    const found = await tokenizeText(
      { name: listed(files), text: source, valid: held },
      { ...unitsOf(sample, { tokens, split, maxVocabulary }), ...(tokenizer ? { tokenizer } : {}) },
      writer,
      { signal, onProgress: bar.update(size) },
    );
    if (found.tokens.train < 2)
      fail({
        where: listed(files),
        expected: "two or more tokens",
        received: String(found.tokens.train),
        code: "data",
      });
    bar.end();
    const index = await writer.finish(await sourcesOf(files));
    const shards = index.train.shards.length + index.valid.shards.length;
    const bytes = [...index.train.shards, ...index.valid.shards].reduce((sum, one) => sum + one.bytes, 0);
    const seconds = (performance.now() - began) / 1000;
    show.event("tokenized", {
      out,
      tokens: found.tokens.train,
      validTokens: found.tokens.val,
      vocabulary: found.tokenizer.vocabulary.size,
      unit: unitOf(found.tokenizer),
      shards,
      bytes,
      seconds,
    });
    const unit = unitOf(found.tokenizer);
    show.line(
      `${out}: ${plural(found.tokens.train, `training ${unit}`)}, ${plural(found.tokens.val, `validation ${unit}`)}, vocabulary ${formatWhole(found.tokenizer.vocabulary.size)}`,
    );
    show.line(`${plural(shards, "shard")}, ${formatBytes(bytes)}, in ${formatDuration(seconds)}. Next:`);
    show.line(`  ${command("train", out)}`);
  } finally {
    bar.end();
    for (const close of closing) close();
    await writer.discard();
  }
}

/** A number counts columns from 1. */
const columnOf = (given: string | undefined) =>
  given === undefined ? {} : { textColumn: /^\d+$/.test(given) ? Number(given) - 1 : given };

const sourcesOf = (files: readonly string[]): Promise<{ name: string; bytes: number }[]> =>
  Promise.all(files.map(async (file) => ({ name: named(file), bytes: file === "-" ? 0 : (await stat(file)).size })));
