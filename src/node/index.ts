export type { LoadedVectorFile, LoadVectorsOptions, VectorFormat } from "../interop/read-vectors.ts";
export { corpusChunks, fileSpool, plainName } from "./corpus-files.ts";
export { fingerprintFiles, recognizeFile } from "./data-files.ts";
export {
  loadEmbeddingState,
  type SavedTraining,
  type SaveEmbeddingsOptions,
  saveEmbeddings,
} from "./embedding-folder.ts";
export { spawnThread } from "./embedding-worker.ts";
export { type NodeEngineOptions, nodeEngine } from "./engine.ts";
export { fileChunks } from "./file-chunks.ts";
export { type FileRows, openParallel, openRows } from "./file-rows.ts";
export { describeSkipped, type FoundFiles, findFiles, findTextFiles } from "./find-files.ts";
export { type FolderLock, isLockedError, lockFolder } from "./folder-lock.ts";
export {
  type FileContents,
  type FolderFiles,
  type FolderOwner,
  readFolder,
  type WriteFolderOptions,
  writeFolder,
} from "./folders.ts";
export { type OpenDataOptions, type OpenedData, openData } from "./open-data.ts";
export { checkOutput, makeOutputFolder, type OutputContents, writeOutput } from "./output.ts";
export { load, loadRecord, loadStart, type SaveFolderOptions, save } from "./save.ts";
export { type Fetch, httpServer } from "./serve/http.ts";
export { type ServedModels, type ServeModelsOptions, serveModels } from "./serve/serve-models.ts";
export { workerBackend } from "./serve/worker-backend.ts";
export { openSource, type Source, type SourceOptions, sourceHash } from "./source.ts";
export { type NativeRun, threadRun, watchedRun } from "./studio/runs.ts";
export { type ServedStudio, serveStudio } from "./studio/serve.ts";
export { type StudioOptions, studioFetch } from "./studio/server.ts";
export { type WatchedTraining, type WatchOptions, watchTraining } from "./studio/watch.ts";
export { type Line, readBytes, readHead, readLines, readText } from "./text-files.ts";
export type { TextFiles } from "./text-source.ts";
export { cacheFolder } from "./tokens/cache-folder.ts";
export {
  type Corpus,
  type CorpusOptions,
  type CorpusReader,
  drawLines,
  filledLines,
  readCorpus,
  readIds,
  readTexts,
} from "./tokens/corpus.ts";
export { isTokenFolder, type OpenTokensOptions, openTokens, type TokenFolder } from "./tokens/token-folder.ts";
export { type Part, type TokenWriter, type TokenWriterOptions, tokenWriter } from "./tokens/token-writer.ts";
export { type TokenizedFiles, type TokenizeFilesOptions, tokenizeFiles } from "./tokens/tokenize-files.ts";
export { tokenizeText, unitOf, type Work } from "./tokens/tokenize-text.ts";
export { diskWordCounter, type WordCountsOptions } from "./tokens/word-counts.ts";
export { formatForName, loadVectors, saveVectors } from "./vector-files.ts";
export { type GpuEngine, type NodeGpuOptions, webgpuEngine } from "./webgpu.ts";
