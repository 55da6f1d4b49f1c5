// The folder that `embed train` writes: config.json, vectors.safetensors, model.bin where there are subwords, and under
// training/ what is needed to go on.
import { join } from "node:path";
import { fail } from "../base/index.ts";
import { writeFastText } from "../embeddings/formats/fasttext-bin.ts";
import type { Trainer, TrainingState } from "../embeddings/training/trainer.ts";
import type { WordVectors } from "../embeddings/vectors.ts";
import { readSafetensors, toFloat32, writeSafetensors } from "../interop/index.ts";
import { vectorsToSafetensors } from "../interop/word-vectors.ts";
import { type FolderFiles, readFolder, writeFolder } from "./folders.ts";
import { writeChunks } from "./vector-files.ts";

export interface SaveEmbeddingsOptions {
  /** What config.json says besides: the corpus, the command's options. */
  about?: Readonly<Record<string, unknown>>;
  /** Keep what is needed to resume (twice the size of the vectors). Default true. */
  state?: boolean;
}

/** Saves what a trainer learnt. The folder is replaced in one step. Returns the vectors that were saved. */
export async function saveEmbeddings(
  path: string,
  trainer: Trainer,
  { about = {}, state: keep = true }: SaveEmbeddingsOptions = {},
): Promise<WordVectors> {
  const vectors = trainer.vectors();
  const files: Record<string, string | Uint8Array> = {
    "config.json": json({ kind: "word-vectors", words: vectors.size, ...trainer.settings, ...about }),
    "vectors.safetensors": vectorsToSafetensors(vectors),
  };
  if (keep) {
    const { inputs, outputs, ...rest } = trainer.state();
    files["training/state.json"] = json(rest);
    files["training/state.safetensors"] = writeSafetensors({
      inputs: { shape: [inputs.length], data: inputs },
      outputs: { shape: [outputs.length], data: outputs },
    });
  }
  await writeFolder(path, files as FolderFiles, { marker: "config.json", drop: ["training", "model.bin"] });
  // Too large for one array: written beside, after the rest is safe.
  if (trainer.settings.subwords) await writeChunks(join(path, "model.bin"), writeFastText(trainer.fastText()));
  return vectors;
}

/** Saves vectors without a state to resume: what GloVe leaves. */
export async function saveVectorFolder(
  path: string,
  vectors: WordVectors,
  about: Record<string, unknown>,
): Promise<void> {
  const files = {
    "config.json": json({ kind: "word-vectors", words: vectors.size, dim: vectors.dim, ...about }),
    "vectors.safetensors": vectorsToSafetensors(vectors),
  };
  await writeFolder(path, files, { marker: "config.json", drop: ["training", "model.bin"] });
}

/** Reads the state to resume from. */
export async function loadEmbeddingState(path: string): Promise<TrainingState> {
  const files = await readFolder(path, { only: (name) => name.startsWith("training/") });
  const text = files.get("training/state.json");
  const bytes = files.get("training/state.safetensors");
  if (!text || !bytes) {
    return fail({ where: path, problem: "there is nothing to resume", hint: "train without --resume", code: "file" });
  }
  const rest = JSON.parse(new TextDecoder().decode(text)) as Omit<TrainingState, "inputs" | "outputs">;
  const { tensors } = readSafetensors(bytes, { where: join(path, "training/state.safetensors") });
  const floats = (name: string) => {
    const tensor = tensors.get(name);
    return tensor ? toFloat32(tensor) : fail({ where: path, problem: `training state lacks "${name}"`, code: "file" });
  };
  return { ...rest, inputs: floats("inputs"), outputs: floats("outputs") };
}

const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
