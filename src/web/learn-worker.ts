// The module worker that learns word vectors; `learnVectors` starts it.
import { UnrolledError } from "../base/errors.ts";
import { textCorpus } from "../embeddings/training/text-corpus.ts";
import { embeddingTrainer } from "../embeddings/training/trainer.ts";
import { byteChunks } from "./blob-chunks.ts";
import type { FromWorker, Report, ToWorker } from "./learn-messages.ts";
import { spawnWorker } from "./training-worker.ts";

const stop = new AbortController();
const post = (message: FromWorker, transfer: Transferable[] = []) => self.postMessage(message, { transfer });

self.onmessage = ({ data }: MessageEvent<ToWorker>) => {
  if (data.kind === "stop") stop.abort();
  else learn(data).catch((error: unknown) => post({ kind: "error", details: detailsOf(error) }));
};

async function learn({ source, settings }: Extract<ToWorker, { kind: "start" }>): Promise<void> {
  const { minCount, maxWords, plain, phrases, ...training } = settings;
  const { signal } = stop;
  let told = performance.now();
  const corpus = await textCorpus(byteChunks(source, { signal }), {
    minCount,
    maxWords,
    plain,
    phrases,
    signal,
    progress(read) {
      if (performance.now() - told < 200) return;
      told = performance.now();
      post({ kind: "report", report: { stage: "reading", read } });
    },
  });
  const isolated = globalThis.crossOriginIsolated === true;
  const threads = isolated ? (settings.threads ?? navigator.hardwareConcurrency ?? 1) : 1;
  const spawn = isolated && threads > 1 ? spawnWorker : undefined;
  const trainer = embeddingTrainer({ ...training, corpus, threads, spawn });
  const { tokens: read, invalidUtf8 } = corpus;
  let report: Report = { stage: "reading", read };
  for await (const progress of trainer.run({ signal })) {
    report = { ...progress, stage: "training", vocabulary: corpus.words.length, read, invalidUtf8 };
    if (!progress.settled) post({ kind: "report", report });
  }
  if (trainer.settings.subwords) {
    const fastText = trainer.fastText();
    return post({ kind: "end", report, fastText }, [fastText.input.buffer, fastText.output.buffer]);
  }
  const { words, matrix, dim, counts } = trainer.vectors();
  post({ kind: "end", report, plain: { words, matrix, dim, counts } }, [matrix.buffer]);
}

function detailsOf(error: unknown) {
  if (error instanceof UnrolledError) {
    const { code, where, expected, received, hint, message } = error;
    if (expected !== undefined) return { code, where, expected, received, hint };
    const problem = message.split("\n")[0]!.slice(where.length + 2);
    return { code, where, problem, hint };
  }
  const problem =
    stop.signal.aborted && error === stop.signal.reason ? "stopped before anything was learned" : String(error);
  return { code: "internal" as const, where: "learnVectors", problem };
}
