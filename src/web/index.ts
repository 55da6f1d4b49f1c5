export { type ByteSource, byteChunks } from "./blob-chunks.ts";
export { type WebEngineOptions, webEngine } from "./engine.ts";
export type { LearnSettings } from "./learn-messages.ts";
export { type LearnProgress, type LearnVectorsOptions, learnVectors } from "./learn-vectors.ts";
export { loadVectors } from "./load-vectors.ts";
export { load, type ModelDirectory, type ModelSource, save } from "./model-files.ts";
export { spawnWorker } from "./training-worker.ts";
export { webgpuEngine } from "./webgpu.ts";
