// The folder that `embed train` writes: config.json, vectors.safetensors, model.bin if the model has subwords, and in
// training/ the state to resume from. It is replaced in one step, so that a process that dies leaves the state before.
import { readdir, rm, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { fail } from "../base/index.ts";
import { fastTextVectors, writeFastText } from "../embeddings/formats/fasttext-bin.ts";
import type { GloveState, GloveTrainer } from "../embeddings/training/glove.ts";
import type { Trainer, TrainingState } from "../embeddings/training/trainer.ts";
import type { WordVectors } from "../embeddings/vectors.ts";
import { readSafetensors, safetensorsChunks, toFloat32 } from "../interop/index.ts";
import { vectorsToSafetensorsChunks } from "../interop/word-vectors.ts";
import { checkFolder, type FileContents, type FolderOwner, readFolder, settleFolder, writeFolder } from "./folders.ts";

/** What marks a folder as one that `saveEmbeddings` may replace. */
export const vectorFolder: FolderOwner = {
  what: "word vectors",
  file: "config.json",
  owns: (json) => typeof json === "object" && json !== null && "kind" in json && json.kind === "word-vectors",
};

/** Format version and kind. */
const marks = { unrolled: 1, kind: "word-vectors" } as const;

const stateFiles = ["training/state.json", "training/state.safetensors"] as const;

/** Every file that a folder of word vectors may have. */
const ours: readonly string[] = ["config.json", "vectors.safetensors", "model.bin", ...stateFiles];

export interface SaveEmbeddingsOptions {
  /** Further entries of config.json: the corpus, the command's options. */
  about?: Readonly<Record<string, unknown>>;
  /** Also save the state to resume from (twice the size of the vectors, four times for GloVe). Default: true. */
  state?: boolean;
}

/** A state to resume from, and the config.json beside it. */
export interface SavedTraining {
  config: Record<string, unknown>;
  /** Undefined if the folder was trained with GloVe, or if the run ended before its first checkpoint. */
  state: TrainingState | undefined;
  glove: GloveState | undefined;
  /** Whether the run ended before its first checkpoint: it has to start again. */
  started: boolean;
}

/**
 * Checks that vectors may be saved in a folder, before anything is trained.
 *
 * @throws UnrolledError with code "file": a folder of something else; one with vectors, unless `overwrite`
 */
export async function checkVectorFolder(path: string, { overwrite = false }: { overwrite?: boolean }): Promise<void> {
  await checkFolder(path, vectorFolder);
  const names = await readdir(path).catch((): string[] => []);
  if (names.length === 0 || overwrite) return;
  fail({
    where: path,
    expected: "an empty or new folder",
    received: "a folder with word vectors",
    hint: "--overwrite replaces the word vectors in it, --resume continues their training",
    code: "file",
  });
}

/**
 * Marks a new or empty folder as one whose training has begun, so that a run that is killed before its first checkpoint can
 * be started again from the folder, and so that a folder that cannot be written to is found out now. Returns a function that
 * removes the mark.
 */
export async function startEmbeddings(
  path: string,
  about: Readonly<Record<string, unknown>>,
): Promise<() => Promise<void>> {
  const names = await readdir(path).catch((): string[] => []);
  if (names.length > 0) return async () => {}; // vectors that the first checkpoint replaces
  await writeFolder(path, { "config.json": json({ ...marks, started: true, ...about }) }, { owner: vectorFolder });
  return async () => {
    await rm(join(path, "config.json"), { force: true });
    await rmdir(path).catch(() => {}); // not empty any more: it stays
  };
}

/**
 * Saves the vectors of a trainer, at the end or at a report that is `settled`. The folder is replaced in one step. Returns
 * the vectors.
 *
 * @throws UnrolledError with code "file": disk full, no permission, a folder of something else, a folder that another
 *   process writes to; the old state is intact
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
    "config.json": json({ ...marks, words: vectors.size, ...settings, ...about }),
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
  await writeFolder(path, files, { owner: vectorFolder, drop: ours });
  return vectors;
}

/** Removes what a run left that was killed right after a save. The vectors are whole with and without it. */
export const settleEmbeddings = (path: string): Promise<void> => settleFolder(path, ours);

function parted(state: TrainingState | GloveState): { tensors: Record<string, Float32Array>; rest: object } {
  if ("matrices" in state) {
    const { matrices, ...rest } = state;
    return { tensors: { matrices }, rest };
  }
  const { inputs, outputs, ...rest } = state;
  return { tensors: { inputs, outputs }, rest };
}

/** Copied, a megabyte at a time: the state lies in memory that threads share, which not every writer accepts. */
function* inPieces(chunks: Iterable<Uint8Array>): Generator<Uint8Array> {
  for (const chunk of chunks) for (let at = 0; at < chunk.length; at += 1 << 20) yield chunk.slice(at, at + (1 << 20));
}

/**
 * Reads the state to resume from.
 *
 * @throws UnrolledError with code "file": no such folder, no training state, broken or missing files
 */
export async function loadEmbeddingState(path: string): Promise<SavedTraining> {
  const files = await readFolder(path, { only: (name) => name.startsWith("training/") || name === "config.json" });
  const about = files.get("config.json");
  const config = about && parsed(join(path, "config.json"), about);
  if (!config || !vectorFolder.owns(config)) {
    const hint = "resume a folder that `embed train` has written";
    return fail({
      where: path,
      expected: "a folder with word vectors",
      received: "another folder",
      hint,
      code: "file",
    });
  }
  const [text, bytes] = stateFiles.map((name) => files.get(name));
  if (config.started === true && !text) return { config, state: undefined, glove: undefined, started: true };
  if (!text || !bytes) {
    return fail({ where: path, problem: "there is no training state", hint: "train without --resume", code: "file" });
  }
  const where = join(path, "training/state.safetensors");
  const { tensors } = readSafetensors(bytes, { where, copy: false });
  const floats = (name: string) => {
    const tensor = tensors.get(name);
    return tensor ? toFloat32(tensor) : fail({ where, problem: `missing tensor "${name}"`, code: "file" });
  };
  const rest = parsed(join(path, "training/state.json"), text);
  if (config.model === "glove") {
    const glove = { ...(rest as unknown as Omit<GloveState, "matrices">), matrices: floats("matrices") };
    return { config, state: undefined, glove, started: false };
  }
  const plain = rest as unknown as Omit<TrainingState, "inputs" | "outputs">;
  const state = { ...plain, inputs: floats("inputs"), outputs: floats("outputs") };
  return { config, state, glove: undefined, started: false };
}

function parsed(where: string, bytes: Uint8Array): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // reported below
  }
  return fail({ where, expected: "a JSON object", received: "other text", code: "file" });
}

const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
