// `unrolled embed train`: word vectors from text files.
import { existsSync } from "node:fs";
import type { Command } from "commander";
import { fail } from "../../../base/index.ts";
import { checkSubModels } from "../../../embeddings/training/sub-models.ts";
import { checkVectorFolder, loadEmbeddingState, settleEmbeddings } from "../../../node/embedding-folder.ts";
import { lockFolder } from "../../../node/folder-lock.ts";
import { makeCommand } from "../../command.ts";
import { command, type Host } from "../../host.ts";
import { output } from "../../output.ts";
import { inJob, type Job } from "../../ranks.ts";
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
    (given, corpus) => inJob(host, { json: given.json }, (job) => train(host, corpus, given, job)),
  );

async function train(host: Host, corpus: string[], given: Given, job: Job): Promise<void> {
  const { out, resume: again = false } = given;
  const show = output(host, given.json);
  if (!again && corpus.length === 0)
    fail({
      where: "embed train",
      expected: "a corpus to train on",
      received: "none",
      hint: `${command("embed", "train")} FILE --out ${out}`,
    });
  const { ranks, leads } = job;
  // Locked before its state is read; a missing folder to resume in is reported by the reader.
  const lock = !leads || (again && !existsSync(out)) ? undefined : await lockFolder(out);
  try {
    if (lock) await settleEmbeddings(out);
    if (!again) {
      if (leads) await checkVectorFolder(out, given);
      await ranks?.agree("checked");
      const options = { ...defaults, ...given, ...subModelsOf(given, job) };
      return await learnVectors(show, { patterns: corpus, options, job });
    }
    await ranks?.agree("locked");
    const resume = await loadEmbeddingState(out);
    const { options: saved = {}, corpus: before = [] } = resume.config as {
      options?: Partial<Given>;
      corpus?: string[];
    };
    const patterns = corpus.length > 0 ? corpus : before;
    const kept = { ...saved, threads: given.threads }; // what was saved is the default, not a choice
    const started = resume.started ? subModelsOf({ ...kept, ...given }, job) : subModelsOf(kept, job, true);
    await learnVectors(show, { patterns, options: { ...defaults, ...saved, ...given, ...started }, resume, job });
  } finally {
    await lock?.release();
  }
}

/** The sub-models of a run: under MPI, one for each core of the ranks unless given. */
function subModelsOf(given: Partial<Given>, { ranks }: Job, began = false): { subModels?: number } {
  const where = "embed train";
  const { model = defaults.model, subModels, syncEvery } = given;
  const several = subModels !== undefined || ranks !== undefined;
  if (several && model === "glove")
    fail({
      where: ranks ? `${where} on several ranks` : `${where} --sub-models`,
      expected: "skipgram or cbow",
      received: "glove",
      hint: "GloVe uses the cores of one machine",
    });
  if (syncEvery !== undefined && !several)
    fail({ where: "--sync-every", expected: "--sub-models, or several ranks", received: "one model" });
  if (given.threads !== undefined && several)
    fail({ where: "--threads", problem: "each sub-model is trained by one thread", hint: "set --sub-models instead" });
  if (!several) return {};
  if (began && subModels === undefined)
    fail({ where: "--resume", expected: "one process, as the run began without sub-models", received: ranks!.title });
  const count = subModels ?? ranks!.size * 2 ** Math.floor(Math.log2(ranks!.cores));
  checkSubModels(count, ranks?.size ?? 1);
  return { subModels: count };
}
