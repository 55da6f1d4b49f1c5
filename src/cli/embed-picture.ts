// `unrolled embed picture` and `unrolled embed export-projector`: word vectors to look at.
import { createWriteStream } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { Command, InvalidArgumentError, Option } from "commander";
import { fail } from "../base/errors.ts";
import {
  type Picture,
  pictureHtml,
  picturePng,
  pictureSvg,
  projectorJson,
  projectorMetadata,
  projectorPbtxt,
  projectorVectors,
  projectWords,
} from "../embeddings/picture/index.ts";
import { takeRows } from "../embeddings/projection/index.ts";

/** Reads the first `limit` vectors of a file. */
export type VectorLoader = (
  path: string,
  options: { limit?: number },
) => Promise<{ words: readonly string[]; matrix: Float32Array; dim: number; counts?: ArrayLike<number> }>;

interface PictureFlags {
  method: "pca" | "tsne" | "umap";
  words: number;
  out: string;
  seed: number;
  perplexity?: number;
  neighbors?: number;
  labels: number;
  size: number;
  highlight?: string;
  title?: string;
}

/** The commands, to be added to `unrolled embed`. */
export function pictureCommands(load: VectorLoader): Command[] {
  const picture = new Command("picture")
    .description("draw word vectors on a plane: an interactive page, or SVG or PNG for a paper")
    .argument("<vectors>", "a file of word vectors")
    .addOption(new Option("--method <name>", "how to project").choices(["pca", "tsne", "umap"]).default("umap"))
    .option("--words <n>", "the first words of the file, which are the most frequent", whole(5), 10_000)
    .option("--out <file>", "a name that ends in .html, .svg or .png", "picture.html")
    .option("--seed <n>", "the same seed gives the same picture", whole(0), 0)
    .option("--perplexity <n>", "t-SNE: how large a neighborhood is; 30 by default", number)
    .option("--neighbors <n>", "UMAP: how large a neighborhood is; 15 by default", whole(2))
    .option("--labels <n>", "SVG and PNG: name at most so many words", whole(0), 250)
    .option("--size <n>", "SVG and PNG: width and height in pixels", whole(100), 1200)
    .option("--highlight <words>", "SVG and PNG: words to name first, in red, separated by commas")
    .option("--title <text>", "a heading; the file's name by default")
    .action((file: string, flags: PictureFlags) => drawPicture(load, file, flags));
  const projector = new Command("export-projector")
    .description("write vectors.tsv, metadata.tsv and the configs of the TensorBoard Embedding Projector")
    .argument("<vectors>", "a file of word vectors")
    .requiredOption("--out <folder>", "where to write them; made if missing")
    .option("--words <n>", "only the first words of the file", whole(1))
    .action((file: string, flags: { out: string; words?: number }) => exportProjector(load, file, flags));
  return [picture, projector];
}

async function drawPicture(load: VectorLoader, file: string, flags: PictureFlags): Promise<void> {
  const { out, method, seed, perplexity } = flags;
  const format = extname(out).slice(1).toLowerCase();
  if (!["html", "svg", "png"].includes(format)) {
    fail({ where: "--out", expected: "a name that ends in .html, .svg or .png", received: out });
  }
  const loaded = await load(file, { limit: flags.words });
  const rows = Math.min(flags.words, loaded.words.length);
  const words = loaded.words.slice(0, rows);
  const matrix = { data: loaded.matrix.subarray(0, rows * loaded.dim), rows, dim: loaded.dim };
  const listed = format === "html" ? 10 : 0;
  const title = flags.title ?? basename(file);

  const stop = new AbortController();
  const interrupt = () => stop.abort(new Error("interrupted"));
  process.once("SIGINT", interrupt);
  const meter = progressMeter();
  let picture: Picture | undefined;
  try {
    const shape = { method, seed, perplexity, numNeighbors: flags.neighbors };
    for await (const report of projectWords({ words, matrix, ...shape, listed, title, signal: stop.signal })) {
      picture = report.picture;
      meter.show(report.phase === "neighbors" ? "neighbors" : method, report.done);
    }
  } finally {
    meter.end();
    process.off("SIGINT", interrupt);
  }
  const highlight = flags.highlight?.split(",").map((word) => word.trim());
  const still = { size: flags.size, labels: flags.labels, highlight };
  if (format === "html") await writeFile(out, pictureHtml(picture!));
  else if (format === "svg") await writeFile(out, pictureSvg(picture!, still));
  else {
    const { bytes, unwritten } = await picturePng(picture!, still);
    await writeFile(out, bytes);
    if (unwritten > 0) {
      process.stderr.write(`${unwritten} labels left out: PNG has Latin letters only; .svg has them all\n`);
    }
  }
  process.stdout.write(`${out}: ${rows.toLocaleString("en")} words, ${picture!.caption}\n`);
}

async function exportProjector(
  load: VectorLoader,
  file: string,
  { out, words: limit = Infinity }: { out: string; words?: number },
): Promise<void> {
  const loaded = await load(file, { limit: Number.isFinite(limit) ? limit : undefined });
  const rows = Math.min(limit, loaded.words.length);
  const all = { data: loaded.matrix, rows: loaded.words.length, dim: loaded.dim };
  const matrix =
    rows < all.rows
      ? takeRows(
          all,
          Uint32Array.from({ length: rows }, (_, i) => i),
        )
      : all;
  const columns = loaded.counts ? { count: Array.from({ length: rows }, (_, i) => loaded.counts![i]!) } : undefined;
  const config = { name: basename(file), shape: [rows, matrix.dim] as const };
  await mkdir(out, { recursive: true });
  await pipeline(Readable.from(projectorVectors(matrix)), createWriteStream(join(out, "vectors.tsv")));
  await writeFile(join(out, "metadata.tsv"), projectorMetadata(loaded.words.slice(0, rows), columns));
  await writeFile(join(out, "projector_config.pbtxt"), projectorPbtxt(config));
  await writeFile(join(out, "projector_config.json"), projectorJson(config));
  process.stdout.write(`${out}: ${rows.toLocaleString("en")} vectors of ${matrix.dim} numbers\n`);
}

/** One line on a terminal that rewrites itself; nothing where standard error is a file or a pipe. */
function progressMeter(): { show(what: string, done: number): void; end(): void } {
  const { stderr } = process;
  let shown = "";
  return {
    show(what, done) {
      const line = `${what} ${Math.floor(100 * done)} %`;
      if (!stderr.isTTY || line === shown) return;
      shown = line;
      stderr.write(`\r\x1b[K${line}`);
    },
    end() {
      if (shown) stderr.write("\r\x1b[K");
    },
  };
}

function number(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) throw new InvalidArgumentError(`expected a number, got "${text}"`);
  return value;
}

function whole(least: number): (text: string) => number {
  return (text) => {
    const value = number(text);
    if (Number.isInteger(value) && value >= least) return value;
    throw new InvalidArgumentError(`expected a whole number, at least ${least}, got "${text}"`);
  };
}
