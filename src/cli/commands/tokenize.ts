// unrolled tokenize: texts to shards of tokens on disk, for corpora that do not fit in memory.
import { tokenKinds } from "../../data/index.ts";
import { readTokenizer } from "../../node/tokens/read-tokenizer.ts";
import { tokenizeFiles } from "../../node/tokens/tokenize-files.ts";
import { unitOf } from "../../node/tokens/tokenize-text.ts";
import { formatBytes, formatDuration, formatWhole, plural } from "../../terminal/index.ts";
import { jsonFlag, makeCommand } from "../command.ts";
import { choice, custom, fractionOrFile, int, text, toggle, type Values } from "../flags.ts";
import { command, type Host } from "../host.ts";
import { type Interrupt, interrupt } from "../interrupt.ts";
import { type Output, output } from "../output.ts";
import { filesOf, openFiles } from "../source.ts";
import { inOrder, tokenizing } from "../tasks/tokenizing.ts";
import { splitFlag } from "../train-flags.ts";

const flags = {
  out: text("--out <folder>", "folder for the tokens", { required: true }),
  tokens: choice(
    "--tokens <kind>",
    "Unicode code points, graphemes, words, subwords (byte-pair encoding), or jamo: subwords of the letters of Korean syllables",
    tokenKinds,
    {
      fallback: "word if the text marks rare words as <unk>; otherwise char",
    },
  ),
  split: { ...splitFlag.split, fallback: "whitespace for a text that is tokenized already, else unicode" },
  vocabulary: int(
    "--vocabulary <n>",
    "maximum number of words in the vocabulary, or number of subword merges",
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
    "maximum number of tokens in a shard file",
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

async function tokenizeUntil(
  { signal }: Interrupt,
  show: Output,
  inputs: readonly string[],
  given: Given,
): Promise<void> {
  const { out, valid, tokens, split, vocabulary: maxVocabulary, shardTokens, overwrite } = given;
  const began = performance.now();
  const tokenizer =
    given.tokenizer === undefined ? undefined : await readTokenizer(given.tokenizer, `--tokenizer ${given.tokenizer}`);
  const files = await filesOf(show, inputs);
  const bar = tokenizing(show);
  const found = await tokenizeFiles(files, out, {
    tokens,
    split,
    maxVocabulary,
    tokenizer,
    shardTokens,
    overwrite,
    valid: typeof valid === "string" ? await filesOf(show, valid.split(",")) : valid,
    open: (paths) => openFiles(show, paths, "text", { ...inOrder, ...columnOf(given.textColumn), signal }),
    signal,
    onProgress: (pass, done, size) => bar.update(size)(pass, done),
  }).finally(bar.end);
  const shards = [...found.index.train.shards, ...found.index.valid.shards];
  const bytes = shards.reduce((sum, one) => sum + one.bytes, 0);
  const seconds = (performance.now() - began) / 1000;
  const { train, val: validTokens } = found.tokens;
  const vocabulary = found.tokenizer.vocabulary.size;
  const unit = unitOf(found.tokenizer);
  show.event("tokenized", {
    out,
    tokens: train,
    validTokens,
    vocabulary,
    unit,
    shards: shards.length,
    bytes,
    seconds,
  });
  show.line(
    `${out}: ${plural(train, `training ${unit}`)}, ${plural(validTokens, `validation ${unit}`)}, vocabulary ${formatWhole(vocabulary)}`,
  );
  show.line(
    `${plural(shards.length, "shard")}, ${formatBytes(bytes)}, in ${formatDuration(seconds)}. Next:\n  ${command("train", out)}`,
  );
}

/** A number counts columns from 1. */
const columnOf = (given: string | undefined) =>
  given === undefined ? {} : { textColumn: /^\d+$/.test(given) ? Number(given) - 1 : given };
