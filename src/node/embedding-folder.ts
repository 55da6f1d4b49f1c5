// The folder that `embed train` writes: config.json, vectors.safetensors, model.bin where there are subwords, and under
// training/ what is needed to go on. Replaced in one step, so that a process that dies leaves the state before.
import { join } from "node:path";
import { fail } from "../base/index.ts";
import { fastTextVectors, writeFastText } from "../embeddings/formats/fasttext-bin.ts";
import type { GloveState, GloveTrainer } from "../embeddings/training/glove.ts";
import type { Trainer, TrainingState } from "../embeddings/training/trainer.ts";
import type { WordVectors } from "../embeddings/vectors.ts";
import { readSafetensors, safetensorsChunks, toFloat32 } from "../interop/index.ts";
import { vectorsToSafetensorsChunks } from "../interop/word-vectors.ts";
import { type FileContents, type FolderOwner, readFolder, writeFolder } from "./folders.ts";

/** What marks a folder as one that `saveEmbeddings` may replace. */
export const vectorFolder: FolderOwner = {
  what: "word vectors",
  file: "config.json",
  owns: (json) => typeof json === "object" && json !== null && "kind" in json && json.kind === "word-vectors",
};

const stateFiles = ["training/state.json", "training/state.safetensors"] as const;

export interface SaveEmbeddingsOptions {
  /** What config.json says besides: the corpus, the command's options. */
  about?: Readonly<Record<string, unknown>>;
  /** Keep what is needed to resume (twice the size of the vectors, four times for GloVe). Default true. */
  state?: boolean;
}

/** A state to resume from, and what config.json said beside it. */
export interface SavedTraining {
  config: Record<string, unknown>;
  /** Undefined where the folder was trained with GloVe. */
  state: TrainingState | undefined;
  glove: GloveState | undefined;
}

/**
 * Saves what a trainer learned, at the end or at a report that is `settled`. The folder is replaced in one step. Returns the
 * vectors that were saved.
 */
export async function saveEmbeddings(
  path: string,
  trainer: Trainer | GloveTrainer,
  { about = {}, state: keep = true }: SaveEmbeddingsOptions = {},
): Promise<WordVectors> {
  const model = "fastText" in trainer && trainer.settings.subwords ? trainer.fastText() : undefined;
  const vectors = model ? fastTextVectors(model) : trainer.vectors();
  const settings = "fastText" in trainer ? trainer.settings : { model: "glove", ...trainer.settings };
  const files: Record<string, FileContents> = {
    "config.json": json({ kind: "word-vectors", words: vectors.size, ...settings, ...about }),
    "vectors.safetensors": vectorsToSafetensorsChunks(vectors),
  };
  if (model) files["model.bin"] = writeFastText(model);
  if (keep) {
    const { tensors, rest } = parted(trainer.stateView());
    files["training/state.json"] = json(rest);
    files["training/state.safetensors"] = inPieces(
      safetensorsChunks(
        Object.fromEntries(Object.entries(tensors).map(([name, data]) => [name, { shape: [data.length], data }])),
      ),
    );
  }
  await writeFolder(path, files, { owner: vectorFolder, drop: ["model.bin", ...stateFiles] });
  return vectors;
}

function parted(state: TrainingState | GloveState): { tensors: Record<string, Float32Array>; rest: object } {
  if ("matrices" in state) {
    const { matrices, ...rest } = state;
    return { tensors: { matrices }, rest };
  }
  const { inputs, outputs, ...rest } = state;
  return { tensors: { inputs, outputs }, rest };
}

/** A megabyte at a time, copied: the state lies in memory that threads share, which not every writer takes. */
function* inPieces(chunks: Iterable<Uint8Array>): Generator<Uint8Array> {
  for (const chunk of chunks) for (let at = 0; at < chunk.length; at += 1 << 20) yield chunk.slice(at, at + (1 << 20));
}

/** Reads the state to resume from. */
export async function loadEmbeddingState(path: string): Promise<SavedTraining> {
  const files = await readFolder(path, { only: (name) => name.startsWith("training/") || name === "config.json" });
  const [about, text, bytes] = ["config.json", "training/state.json", "training/state.safetensors"].map((name) =>
    files.get(name),
  );
  if (!about || !text || !bytes) {
    return fail({ where: path, problem: "there is nothing to resume", hint: "train without --resume", code: "file" });
  }
  const parsed = <T>(name: string, from: Uint8Array): T => {
    try {
      return JSON.parse(new TextDecoder().decode(from)) as T;
    } catch {
      return fail({ where: join(path, name), problem: "this is not JSON", code: "file" });
    }
  };
  const config = parsed<Record<string, unknown>>("config.json", about);
  const { tensors } = readSafetensors(bytes, { where: join(path, "training/state.safetensors"), copy: false });
  const floats = (name: string) => {
    const tensor = tensors.get(name);
    return tensor ? toFloat32(tensor) : fail({ where: path, problem: `training state lacks "${name}"`, code: "file" });
  };
  if (config.model === "glove") {
    const rest = parsed<Omit<GloveState, "matrices">>("training/state.json", text);
    return { config, state: undefined, glove: { ...rest, matrices: floats("matrices") } };
  }
  const rest = parsed<Omit<TrainingState, "inputs" | "outputs">>("training/state.json", text);
  return { config, state: { ...rest, inputs: floats("inputs"), outputs: floats("outputs") }, glove: undefined };
}

const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
