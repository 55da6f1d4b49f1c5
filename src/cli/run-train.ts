// unrolled train: from flags to a trained model in a folder.
import { existsSync, readdirSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { fail } from "../base/index.ts";
import type { Layer } from "../nn/index.ts";
import { encoderOf } from "./cells.ts";
import type { TrainFlags } from "./commands/train.ts";
import { type Corpus, readCorpus, type TokenKind } from "./corpus.ts";
import { describeRun, shown, tokensInStep } from "./describe-run.ts";
import { type Host, writeJson } from "./host.ts";
import { type Interrupt, interrupt } from "./interrupt.ts";
import {
  adamW,
  type FolderLock,
  generate,
  type LanguageModel,
  languageModel,
  load,
  lockFolder,
  oneCycle,
  save,
  temperature,
  train,
} from "./library.ts";
import { batchFor, defaults, learningRateFor, type Recipe, stepsFor } from "./recipe.ts";
import { checkEmbeddingFlags, type Pretrained, pretrained, trainedWhen } from "./tasks/pretrained.ts";
import { formatDuration, formatWhole } from "./terminal/index.ts";
import { showTraining } from "./training.ts";

/** Trains, shows it, and keeps the model. Sets the host's exit code where a signal stopped it. */
export async function runTrain(host: Host, files: readonly string[], flags: TrainFlags): Promise<void> {
  const stop = interrupt();
  const locks: FolderLock[] = [];
  try {
    const { resume } = flags;
    if (resume !== undefined && existsSync(resume)) locks.push(await lockFolder(resume)); // before the state is read
    await trainUntil(stop, locks, host, files, flags);
  } finally {
    stop.end();
    for (const lock of locks) await lock.release();
  }
}

async function trainUntil(
  stop: Interrupt,
  locks: FolderLock[],
  host: Host,
  files: readonly string[],
  flags: TrainFlags,
): Promise<void> {
  const { json = false, threads } = flags;
  const going = flags.resume === undefined ? undefined : await resumable(flags.resume, files, flags);
  const out = going?.folder ?? (await freshFolder(files, flags));
  locks.push(await lockFolder(out));
  const draft = going?.recipe ?? draftRecipe(files, flags);
  if (!going) checkEmbeddingFlags(flags, "language-model");
  const corpus = await readCorpus(draft.files.map(shown), {
    tokens: draft.tokens,
    lines: draft.lines,
    valid: typeof draft.valid === "string" ? shown(draft.valid) : draft.valid,
    seed: draft.seed,
    maxVocabulary: draft.maxVocabulary,
    atLeast: (draft.bptt ?? defaults.bptt) + 1,
  });
  if (going && corpus.fingerprint !== going.recipe.fingerprint) {
    const expected = "the text that the run began with";
    fail({ where: draft.files.map(shown).join(", "), expected, received: "another one", code: "data" });
  }
  const given = going ? undefined : await vectorsFor(host, flags, corpus);
  const recipe = going?.recipe ?? finishRecipe(given ? { ...draft, embedding: given.vectors.dim } : draft, corpus);
  const model = going?.model ?? makeModel(recipe, corpus, given?.layer);
  const chosen = [draft.steps, draft.epochs, draft.minutes].every((given) => given === undefined);
  describeRun(host, json, { recipe, corpus, model, out, resumed: going !== undefined, chosen });
  if (!going) await save(model, out); // whatever is wrong with the folder shows now

  const tokensPerStep = tokensInStep(recipe, corpus);
  const { steps, epochs } = recipe;
  const perEpoch = corpus.trainTokens / tokensPerStep;
  const minutes = recipe.minutes === undefined ? undefined : Math.max(0.001, recipe.minutes - sinceStart() / 60_000);
  const { interrupted, last } = await showTraining(
    host,
    (signal) =>
      train(model, corpus.train, {
        optimizer: adamW({
          learningRate: recipe.lr,
          betas: defaults.betas,
          weightDecay: defaults.weightDecay,
        }),
        schedule: oneCycle(),
        batchSize: recipe.batch,
        bptt: recipe.bptt,
        clipNorm: defaults.clipNorm,
        valid: corpus.valid,
        evaluateEvery: recipe.evaluateEvery,
        seed: recipe.seed,
        ...(minutes === undefined ? (steps === undefined ? { epochs } : { steps }) : { minutes }),
        threads,
        signal,
        resume: going !== undefined,
        recipe,
      }),
    {
      stop,
      json,
      unit: recipe.tokens === "word" ? "words" : "characters",
      tokensPerStep,
      totalSteps: minutes === undefined ? (steps ?? Math.round(epochs! * perEpoch)) : undefined,
      seconds: minutes === undefined ? undefined : minutes * 60,
      save: () => save(model, out),
      sample: () => sampleOf(model),
    },
  );
  if (interrupted) {
    host.exitCode = interrupted;
    const resume = `unrolled train --resume ${quoted(out)}`;
    if (json) writeJson(host, { event: "stopped", step: last?.step ?? 0, out, resume });
    else host.out(`stopped after step ${formatWhole(last?.step ?? 0)}; all is kept. To go on:\n  ${resume}\n`);
    return;
  }
  const best = model.training?.best;
  await save(model, out, { training: false });
  const seconds = sinceStart() / 1000;
  if (json) {
    const valid = best && { nats: best.nats, bitsPerToken: best.nats / Math.LN2, perplexity: Math.exp(best.nats) };
    writeJson(host, {
      event: "end",
      out,
      steps: last?.step,
      seconds,
      ...(valid ? { valid, bestStep: best.step } : {}),
    });
    return;
  }
  const result = best
    ? `validation loss ${best.nats.toFixed(4)} nats (${(best.nats / Math.LN2).toFixed(3)} bits) at step ${formatWhole(best.step)}`
    : "done";
  host.out(`${host.colors.bold(result)}, ${formatDuration(seconds)} in all\n`);
  host.out(`${out} holds the model. Next:\n`);
  for (const next of [`sample ${quoted(out)} --length 300`, `evaluate ${quoted(out)} FILE`, `summary ${quoted(out)}`]) {
    host.out(`  npx unrolled ${next}\n`);
  }
}

/** Milliseconds since the process began: what starting it took counts in a time budget. */
const sinceStart = (): number => performance.now();

type Draft = Omit<Recipe, "batch" | "fingerprint" | "steps"> & { batch?: number; steps?: number };

function draftRecipe(files: readonly string[], flags: TrainFlags): Draft {
  if (files.length === 0)
    fail({
      where: "train",
      expected: "a file to train on",
      received: "none",
      hint: "unrolled train FILE, or unrolled train --resume FOLDER",
    });
  const hidden = flags.hidden ?? defaults.hidden;
  return {
    files: files.map((file) => resolve(file)),
    tokens: streamTokens(flags.tokens ?? (flags.embeddings === undefined ? undefined : "word")),
    lines: flags.lines ?? false,
    valid: typeof flags.valid === "string" ? resolve(flags.valid) : (flags.valid ?? defaults.valid),
    maxVocabulary: flags.vocabulary ?? defaults.maxVocabulary,
    cell: flags.cell ?? defaults.cell,
    hidden,
    layers: flags.layers ?? defaults.layers,
    embedding: flags.embedding ?? (flags.tie ? hidden : defaults.embedding),
    tie: flags.tie ?? false,
    dropout: flags.dropout ?? defaults.dropout,
    bptt: flags.bptt ?? defaults.bptt,
    lr: flags.lr ?? learningRateFor(hidden),
    seed: flags.seed ?? defaults.seed,
    ...(flags.embeddings === undefined ? {} : { embeddings: resolve(flags.embeddings), trained: trainedWhen(flags) }),
    ...(flags.batch === undefined ? {} : { batch: flags.batch }),
    ...(flags.steps === undefined ? {} : { steps: flags.steps }),
    ...(flags.epochs === undefined ? {} : { epochs: flags.epochs }),
    ...(flags.minutes === undefined ? {} : { minutes: flags.minutes }),
    ...(flags.evaluateEvery === undefined ? {} : { evaluateEvery: flags.evaluateEvery }),
  };
}

function streamTokens(tokens: TrainFlags["tokens"] = defaults.tokens): TokenKind {
  if (tokens !== "subword") return tokens;
  return fail({ where: "--tokens", expected: "char, grapheme or word, for a language model", received: tokens });
}

/** What depends on the text: rows side by side, and the length of the run where it was not given. */
function finishRecipe(draft: Draft, corpus: Corpus): Recipe {
  const batch = draft.batch ?? batchFor(corpus.trainTokens, draft.bptt, draft.lines);
  const recipe = { ...draft, batch, fingerprint: corpus.fingerprint };
  if ([draft.steps, draft.epochs, draft.minutes].some((given) => given !== undefined)) return recipe;
  return { ...recipe, steps: stepsFor(corpus.trainTokens, tokensInStep(recipe, corpus)) };
}

/** A language model writes words as it reads them: it knows those of its training text, and no others of the file. */
async function vectorsFor(host: Host, flags: TrainFlags, corpus: Corpus): Promise<Pretrained | undefined> {
  const { embeddings: file, embeddingsVocabulary: which } = flags;
  if (file === undefined) return undefined;
  if (which === "all")
    fail({
      where: "--embeddings-vocabulary all",
      expected: "training, for a language model",
      received: which,
      hint: "each word that it knows is one that it must predict, and it learns that from its text alone",
    });
  const { tokens, counts, specials } = corpus.tokenizer.vocabulary;
  const words = new Map(tokens.flatMap((word, id) => (id < specials.length ? [] : [[word, counts[id]!]])));
  return pretrained(host, flags, words, { file, vocabulary: "training" });
}

function makeModel(recipe: Recipe, { tokenizer }: Corpus, given: Layer | undefined): LanguageModel {
  const { cell, hidden: hiddenSize, layers: numLayers, dropout, embedding, tie, seed } = recipe;
  const encoder = encoderOf(cell, { hiddenSize, numLayers, dropout });
  return languageModel({
    tokenizer,
    encoder,
    ...(given ? { embedding: given } : { embeddingSize: embedding }),
    tieWeights: tie,
    seed,
  });
}

/** The run that a folder holds. What is given again must be as it was, but for threads and output. */
async function resumable(folder: string, files: readonly string[], flags: TrainFlags) {
  const model = await load(folder, { task: "language-model", training: true });
  const recipe = model.training?.recipe as Recipe | undefined;
  if (!recipe?.files) {
    const hint = "the run has ended, or died before its first checkpoint";
    return fail({ where: folder, expected: "a run that was stopped", received: "a model only", hint, code: "file" });
  }
  const { vocabulary: maxVocabulary, out: _, overwrite, resume, threads, json, ...others } = flags;
  const { freeze, fineTune, unfreezeAfter, embeddings, embeddingsVocabulary, ...rest } = others;
  const said = freeze || fineTune || unfreezeAfter;
  const again: Partial<Recipe> = {
    ...(rest as Partial<Recipe>),
    ...(embeddings === undefined ? {} : { embeddings: resolve(embeddings) }),
    ...(said ? { trained: trainedWhen(flags) } : {}),
    ...(maxVocabulary === undefined ? {} : { maxVocabulary }),
    ...(typeof rest.valid === "string" ? { valid: resolve(rest.valid) } : {}),
    ...(files.length > 0 ? { files: files.map((file) => resolve(file)) } : {}),
  };
  for (const [name, value] of Object.entries(again)) {
    const before = recipe[name as keyof Recipe];
    if (JSON.stringify(before) === JSON.stringify(value)) continue;
    fail({
      where: `--resume ${folder}: --${name}`,
      expected: `${before ?? "nothing"}, as the run began with`,
      received: String(value),
      hint: "leave it out, or train anew",
    });
  }
  if (flags.out !== undefined && resolve(flags.out) !== resolve(folder)) {
    fail({ where: "--out", expected: `${folder}, or nothing, with --resume`, received: flags.out });
  }
  return { folder, model, recipe };
}

/** The folder to write to: the one asked for, or a new one named after the text. */
async function freshFolder(files: readonly string[], flags: TrainFlags): Promise<string> {
  // What is no folder shows when it is written to.
  const isEmpty = (folder: string) => {
    try {
      return readdirSync(folder).length === 0;
    } catch {
      return true;
    }
  };
  if (flags.out !== undefined) {
    if (!isEmpty(flags.out) && !flags.overwrite) {
      fail({
        where: `--out ${flags.out}`,
        expected: "an empty or new folder",
        received: "one with files",
        hint: "--overwrite replaces the model in it, --resume goes on with it",
        code: "file",
      });
    }
    return flags.out;
  }
  const name = basename(files[0] ?? "text").replace(/(\.(txt|md|csv|tsv))?(\.gz)?$/i, "") || "text";
  const first = join("models", name);
  if (flags.overwrite || isEmpty(first)) return first;
  for (let i = 2; ; i++) if (isEmpty(`${first}-${i}`)) return `${first}-${i}`;
}

/** A little of what the model writes, in one line of a terminal. */
async function sampleOf(model: LanguageModel): Promise<string> {
  let text = "";
  const options = { filters: [temperature(0.8)], maxTokens: 120, seed: model.training?.step ?? 0 };
  for await (const piece of generate(model, options)) text += piece;
  return text.trim().replaceAll(/\s*\n\s*/g, " / ");
}

export { shown };

/** A word of a shell command. */
export const quoted = (word: string): string =>
  /^[\w./@:+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
