// `unrolled embed picture` and `unrolled embed export-projector`: word vectors to look at.
import { basename, extname, join } from "node:path";
import { Command, Option } from "commander";
import { fail } from "../../../base/errors.ts";
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
} from "../../../embeddings/picture/index.ts";
import { takeRows } from "../../../embeddings/projection/index.ts";
import type { WordVectors } from "../../../embeddings/vectors.ts";
import { checkOutput, makeOutputFolder, writeOutput } from "../../../node/output.ts";
import { type Host, writeJson } from "../../host.ts";
import { interrupt } from "../../interrupt.ts";
import { jsonOption, number, whole } from "../../options.ts";
import { formatWhole } from "../../terminal/index.ts";
import { load, reportFile, vectorsArgument } from "./shared.ts";

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
  json?: boolean;
}

/** What a picture needs; tests pass their own. */
export type VectorLoader = (
  path: string,
  options: { limit?: number },
) => Promise<Pick<WordVectors, "words" | "matrix" | "dim" | "counts">>;

/** The commands, to be added to `unrolled embed`. */
export function pictureCommands(
  host: Host,
  loader: VectorLoader = async (path, options) => (await load(host, path, options)).vectors,
): Command[] {
  const count = (min: number) => whole({ min });
  const picture = new Command("picture")
    .description("draw word vectors in two dimensions: an interactive page, SVG or PNG")
    .argument(...vectorsArgument)
    .addOption(new Option("--method <name>", "projection").choices(["pca", "tsne", "umap"]).default("umap"))
    .option("--words <n>", "draw the first (most frequent) n words", count(5), 10_000)
    .option("--out <file>", "a file name that ends in .html, .svg or .png", "picture.html")
    .option("--seed <n>", "random seed; same seed, same picture", count(0), 0)
    .option("--perplexity <n>", "t-SNE: effective number of neighbors (default: 30)", number({ above: 0 }))
    .option("--neighbors <n>", "UMAP: number of neighbors (default: 15)", count(2))
    .option("--labels <n>", "SVG and PNG: largest number of labels", count(0), 250)
    .option("--size <n>", "SVG and PNG: width and height in pixels", count(100), 1200)
    .option("--highlight <words>", "SVG and PNG: words to label first, in red, separated by commas")
    .option("--title <text>", "title (default: the file name)")
    .addOption(jsonOption())
    .action((file: string, flags: PictureFlags) => drawPicture(host, loader, file, flags));
  const projector = new Command("export-projector")
    .description("write vectors.tsv, metadata.tsv and configs for the TensorBoard Embedding Projector")
    .argument(...vectorsArgument)
    .requiredOption("--out <folder>", "folder for the files; created if missing")
    .option("--words <n>", "only the first (most frequent) n words", count(1))
    .addOption(jsonOption())
    .action((file: string, flags: ProjectorFlags) => exportProjector(host, loader, file, flags));
  return [picture, projector];
}

async function drawPicture(host: Host, loader: VectorLoader, file: string, flags: PictureFlags): Promise<void> {
  const { out, method, json } = flags;
  const format = extname(out).slice(1).toLowerCase();
  if (!["html", "svg", "png"].includes(format)) {
    fail({ where: "--out", expected: "a name that ends in .html, .svg or .png", received: out });
  }
  await checkOutput(out);
  const loaded = await loader(file, { limit: flags.words });
  const picture = await project(host, loaded, format === "html" ? 10 : 0, {
    ...flags,
    title: flags.title ?? basename(file),
  });
  if (!picture) return;
  const highlight = flags.highlight?.split(",").map((word) => word.trim());
  const still = { size: flags.size, labels: flags.labels, highlight };
  if (format === "html") await writeOutput(out, pictureHtml(picture));
  else if (format === "svg") await writeOutput(out, pictureSvg(picture, still));
  else {
    const { bytes, unwritten } = await picturePng(picture, still);
    await writeOutput(out, bytes);
    if (unwritten > 0) host.err(`warning: ${unwritten} labels left out: PNG has Latin letters only, .svg has all\n`);
  }
  const words = Math.min(flags.words, loaded.words.length);
  const text = `${formatWhole(words)} words, ${picture.caption}`;
  reportFile(host, { out, json, text, data: { format, method, words, caption: picture.caption } });
}

/** The picture; undefined where Ctrl-C stopped it. */
async function project(
  host: Host,
  loaded: Awaited<ReturnType<VectorLoader>>,
  listed: number,
  { method, seed, perplexity, neighbors: numNeighbors, words: limit, title, json }: PictureFlags,
): Promise<Picture | undefined> {
  const rows = Math.min(limit, loaded.words.length);
  const words = loaded.words.slice(0, rows);
  const matrix = { data: loaded.matrix.subarray(0, rows * loaded.dim), rows, dim: loaded.dim };
  const stop = interrupt();
  const { signal } = stop;
  const meter = progressMeter(host, json);
  let picture: Picture | undefined;
  try {
    const shape = { method, seed, perplexity, numNeighbors };
    for await (const report of projectWords({ words, matrix, ...shape, listed, title, signal })) {
      picture = report.picture;
      meter.show(report.phase === "neighbors" ? "neighbors" : method, report.done);
    }
    return picture;
  } catch (error) {
    if (!signal.aborted || error !== signal.reason) throw error;
    meter.end();
    host.err("stopped; no picture was written\n");
    host.exitCode = stop.code();
    return undefined;
  } finally {
    meter.end();
    stop.end();
  }
}

interface ProjectorFlags {
  out: string;
  words?: number;
  json?: boolean;
}

async function exportProjector(
  host: Host,
  loader: VectorLoader,
  file: string,
  { out, words: limit, json }: ProjectorFlags,
): Promise<void> {
  await makeOutputFolder(out);
  const loaded = await loader(file, { limit });
  const rows = Math.min(limit ?? Infinity, loaded.words.length);
  const all = { data: loaded.matrix, rows: loaded.words.length, dim: loaded.dim };
  const first = Uint32Array.from({ length: rows }, (_, i) => i);
  const matrix = rows < all.rows ? takeRows(all, first) : all;
  const columns = loaded.counts ? { count: Array.from(first, (i) => loaded.counts![i]!) } : undefined;
  const config = { name: basename(file), shape: [rows, matrix.dim] as const };
  await writeOutput(join(out, "vectors.tsv"), projectorVectors(matrix));
  await writeOutput(join(out, "metadata.tsv"), projectorMetadata(loaded.words.slice(0, rows), columns));
  await writeOutput(join(out, "projector_config.pbtxt"), projectorPbtxt(config));
  await writeOutput(join(out, "projector_config.json"), projectorJson(config));
  const text = `${formatWhole(rows)} vectors, ${matrix.dim} dimensions`;
  reportFile(host, { out, json, text, data: { words: rows, dim: matrix.dim } });
}

/** One line on a terminal that is updated; events with `--json`. */
function progressMeter(host: Host, json = false): { show(what: string, done: number): void; end(): void } {
  let shown = "";
  return {
    show(stage, done) {
      const percent = Math.floor(100 * done);
      const line = `${stage} ${percent} %`;
      if (line === shown) return;
      if (json) writeJson(host, { event: "step", stage, percent });
      else if (host.isTTY) host.err(`\r\x1b[K${line}`);
      shown = line;
    },
    end() {
      if (shown && host.isTTY && !json) host.err("\r\x1b[K");
      shown = "";
    },
  };
}
