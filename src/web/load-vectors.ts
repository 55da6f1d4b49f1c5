// Word vectors in browsers, in every format that Node reads.
import { type LoadedVectorFile, type LoadVectorsOptions, readVectorFile } from "../interop/read-vectors.ts";
import { type ByteSource, byteChunks } from "./blob-chunks.ts";

/**
 * Loads word vectors from a file that the user chose, from `await fetch(url)` or from a stream: word2vec text and binary,
 * GloVe, fastText .vec and .bin, safetensors with vocabulary, each also gzipped. Streamed: no more than one matrix is held.
 *
 * @example
 * ```ts
 * const { vectors } = await loadVectors("glove.6B.100d.txt.gz", { limit: 100_000 });
 * ```
 */
export function loadVectors(source: ByteSource, options: LoadVectorsOptions = {}): Promise<LoadedVectorFile> {
  const where = source instanceof Blob && "name" in source ? String(source.name) : "vectors";
  const size = source instanceof Blob ? source.size : undefined;
  return readVectorFile(byteChunks(source, options), { ...options, where, size });
}
