// `unrolled embed train`: word vectors from text files.
import { existsSync } from "node:fs";
import type { Command } from "commander";
import { fail } from "../../../base/index.ts";
import { checkVectorFolder, loadEmbeddingState } from "../../../node/embedding-folder.ts";
import { lockFolder } from "../../../node/folder-lock.ts";
import { makeCommand } from "../../command.ts";
import { command, type Host } from "../../host.ts";
import { output } from "../../output.ts";
import { learnVectors } from "./learn.ts";
import { defaults, type Given, trainFlags } from "./train-flags.ts";

export const trainCommand = (host: Host): Command =>
  makeCommand(
    "train",
    {
      about: "train word vectors on text: one sentence per line, words separated by spaces",
      arguments: [["[corpus...]", "files, patterns such as 'texts/**/*.txt.gz', folders, or - for standard input"]],
      flags: trainFlags,
    },
    (given, corpus) => train(host, corpus, given),
  );

async function train(host: Host, corpus: string[], given: Given): Promise<void> {
  const { out, resume: again = false } = given;
  const show = output(host, given.json);
  if (!again && corpus.length === 0)
    fail({
      where: "embed train",
      expected: "a corpus to train on",
      received: "none",
      hint: `${command("embed", "train")} FILE --out ${out}`,
    });
  // Locked before its state is read; a missing folder to resume in is reported by the reader.
  const lock = again && !existsSync(out) ? undefined : await lockFolder(out);
  try {
    if (!again) {
      await checkVectorFolder(out, given);
      return await learnVectors(show, { patterns: corpus, options: { ...defaults, ...given } });
    }
    const resume = await loadEmbeddingState(out);
    const { options: saved = {}, corpus: before = [] } = resume.config as {
      options?: Partial<Given>;
      corpus?: string[];
    };
    const patterns = corpus.length > 0 ? corpus : before;
    await learnVectors(show, { patterns, options: { ...defaults, ...saved, ...given }, resume });
  } finally {
    await lock?.release();
  }
}
