// Word vectors as an ONNX file: a look-up, with the words in the metadata.
import { fail } from "../../base/index.ts";
import type { WordVectors } from "../../embeddings/vectors.ts";
import { encodeModel } from "../../engine/onnx/model.ts";

/** A protocol buffer holds less than 2 GiB. */
const mostBytes = 2 ** 31 - 2 ** 20;

/**
 * The bytes of an ONNX file. Input: `ids` int32 [N], rows of the vocabulary. Output: `vectors` [N, dim]. Metadata: `words`, a
 * JSON list.
 *
 * @throws UnrolledError with code "data" where the matrix is larger than an ONNX file may be
 */
export function vectorsToOnnx({ words, matrix, dim }: WordVectors): Uint8Array {
  if (matrix.byteLength > mostBytes)
    fail({
      where: "vectorsToOnnx",
      expected: "a matrix below 2 GiB",
      received: `${matrix.byteLength} bytes`,
      hint: "keep fewer words, or write safetensors",
      code: "data",
    });
  return encodeModel(
    {
      name: "word-vectors",
      nodes: [{ type: "Gather", inputs: ["embedding.weight", "ids"], outputs: ["vectors"], attributes: { axis: 0 } }],
      constants: [{ name: "embedding.weight", dtype: "float", shape: [words.length, dim], values: matrix }],
      inputs: [{ name: "ids", dtype: "int", shape: ["N"] }],
      outputs: [{ name: "vectors", dtype: "float", shape: ["N", dim] }],
    },
    { unrolled: "1", task: "word-vectors", words: JSON.stringify(words) },
  );
}
