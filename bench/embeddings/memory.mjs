// Loads a text file of word vectors in a process of its own and tells its peak memory beside the matrix's size; exits 1 where
// it needs more than the matrix and 200 MB.   node bench/embeddings/memory.mjs [--rows 400000] [--dim 300] [--file FILE]
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const { values: flags } = parseArgs({
  options: {
    rows: { type: "string", default: "400000" },
    dim: { type: "string", default: "300" },
    file: { type: "string" },
  },
});
const script = join(dirname(fileURLToPath(import.meta.url)), "ours.mjs");
const ours = (task, options) => {
  const { stdout, stderr, status } = spawnSync(process.execPath, [script, task, JSON.stringify(options)], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout.trim().split("\n").at(-1));
};
const folder = mkdtempSync(join(tmpdir(), "unrolled-memory-"));
try {
  const file = flags.file ?? join(folder, "vectors.vec");
  if (!existsSync(file)) ours("make", { path: file, rows: Number(flags.rows), dim: Number(flags.dim) });
  const { words, dim, peakMb, seconds } = ours("load", { file });
  const matrixMb = Math.round((words * dim * 4) / 2 ** 20);
  console.log(JSON.stringify({ words, dim, seconds, peakMb, matrixMb, overMb: peakMb - matrixMb }));
  if (peakMb > matrixMb + 200) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
