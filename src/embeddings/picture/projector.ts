// Export for the TensorBoard Embedding Projector: vectors and words as tab-separated text, and a config that names them,
// as pbtxt for a TensorBoard log folder or as JSON for the stand-alone projector page.
import { fail } from "../../base/errors.ts";
import type { Matrix } from "../projection/matrix.ts";
import type { WordVectors } from "../vectors.ts";

/** vectors.tsv: a row of numbers per line, no header; in chunks of about 1,000 rows, to be written one after another. */
export function* projectorVectors({ data, rows, dim }: Matrix): Generator<string> {
  for (let start = 0; start < rows; start += 1000) {
    let text = "";
    for (let i = start; i < Math.min(rows, start + 1000); i++) {
      text += Array.from(data.subarray(i * dim, (i + 1) * dim), shortest).join("\t");
      text += "\n";
    }
    yield text;
  }
}

/**
 * metadata.tsv: one line a word. With further columns (counts, tags) there is a header line, as the projector wants it;
 * with words alone there must be none. Tabs and line breaks inside a word become spaces.
 */
export function projectorMetadata(
  words: readonly string[],
  columns: Record<string, readonly (string | number)[]> = {},
): string {
  const names = Object.keys(columns);
  for (const name of names) {
    if (columns[name]!.length === words.length) continue;
    const received = `${columns[name]!.length}`;
    fail({ where: `projectorMetadata(${name})`, expected: `${words.length} entries`, received, code: "shape" });
  }
  const line = (cells: (string | number)[]) =>
    `${cells.map((cell) => String(cell).replace(/[\t\r\n]/g, " ")).join("\t")}\n`;
  const header = names.length ? line(["word", ...names]) : "";
  return header + words.map((word, i) => line([word, ...names.map((name) => columns[name]![i]!)])).join("");
}

export interface ProjectorConfig {
  /** Shown in the projector; "word vectors" by default. */
  name?: string;
  /** Rows and columns of the vectors; only the JSON form holds them. */
  shape: readonly [rows: number, dim: number];
  /** Paths or addresses as the reader of the config sees them; the names of this module's files by default. */
  vectors?: string;
  metadata?: string;
}

/** projector_config.pbtxt, for TensorBoard's `--logdir`. */
export function projectorPbtxt({ name = "word vectors", vectors, metadata }: ProjectorConfig): string {
  const fields = {
    tensor_name: name,
    tensor_path: vectors ?? "vectors.tsv",
    metadata_path: metadata ?? "metadata.tsv",
  };
  const lines = Object.entries(fields).map(([key, value]) => `  ${key}: ${JSON.stringify(value)}\n`);
  return `embeddings {\n${lines.join("")}}\n`;
}

/** projector_config.json, for the stand-alone projector's `?config=` address. */
export function projectorJson({ name = "word vectors", shape, vectors, metadata }: ProjectorConfig): string {
  const embedding = {
    tensorName: name,
    tensorShape: shape,
    tensorPath: vectors ?? "vectors.tsv",
    metadataPath: metadata ?? "metadata.tsv",
  };
  return `${JSON.stringify({ embeddings: [embedding] }, null, 2)}\n`;
}

/** The four files of an export, of the first `rows` words, by name. */
export function projectorFiles(
  { words, matrix: data, dim, counts }: Pick<WordVectors, "words" | "matrix" | "dim" | "counts">,
  { name, rows: most = Infinity }: { name?: string; rows?: number } = {},
): Readonly<Record<string, string | Iterable<string>>> {
  const rows = Math.min(most, words.length);
  const columns = counts ? { count: Array.from(counts.subarray(0, rows)) } : undefined;
  const config: ProjectorConfig = { shape: [rows, dim], ...(name === undefined ? {} : { name }) };
  return {
    "vectors.tsv": projectorVectors({ data, rows, dim }),
    "metadata.tsv": projectorMetadata(words.slice(0, rows), columns),
    "projector_config.pbtxt": projectorPbtxt(config),
    "projector_config.json": projectorJson(config),
  };
}

/** The shortest decimal text that reads back as the same float32. */
function shortest(value: number): string {
  for (let digits = 6; digits < 9; digits++) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === value) return String(Number(text));
  }
  return String(Number(value.toPrecision(9)));
}
