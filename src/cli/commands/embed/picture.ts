// `unrolled embed picture` and `unrolled embed export-projector`: word vectors to look at.
import { basename, extname, join } from "node:path";
import type { Command } from "commander";
import { fail } from "../../../base/errors.ts";
import {
  type Picture,
  pictureHtml,
  picturePng,
  pictureSvg,
  projectorFiles,
  projectWords,
} from "../../../embeddings/picture/index.ts";
import type { WordVectors } from "../../../embeddings/vectors.ts";
import { checkOutput, makeOutputFolder, writeOutput } from "../../../node/output.ts";
import { formatWhole, plural } from "../../../terminal/index.ts";
import { jsonFlag, makeCommand } from "../../command.ts";
import { choice, int, list, real, text, type Values } from "../../flags.ts";
import type { Host } from "../../host.ts";
import { interrupt } from "../../interrupt.ts";
import { type Output, output } from "../../output.ts";
import { load, reportFile, vectorsArgument } from "./shared.ts";

const flags = {
  method: choice("--method <name>", "projection", ["pca", "tsne", "umap"], { value: "umap" }),
  words: int("--words <n>", "draw the first (most frequent) n words", { min: 5 }, { value: 10_000 }),
  out: text("--out <file>", "a file name that ends in .html, .svg or .png", { value: "picture.html" }),
  seed: int("--seed <n>", "random seed; same seed, same picture", { min: 0 }, { value: 0 }),
  perplexity: real("--perplexity <n>", "t-SNE: effective number of neighbors", { above: 0 }, { fallback: "30" }),
  neighbors: int("--neighbors <n>", "UMAP: number of neighbors", { min: 2 }, { fallback: "15" }),
  labels: int("--labels <n>", "SVG and PNG: largest number of labels", { min: 0 }, { value: 250 }),
  size: int("--size <n>", "SVG and PNG: width and height in pixels", { min: 100 }, { value: 1200 }),
  highlight: list("--highlight <words>", "SVG and PNG: words to label first, in red, separated by commas"),
  title: text("--title <text>", "title", { fallback: "the file name" }),
  ...jsonFlag,
};
const projectorFlags = {
  out: text("--out <folder>", "folder for the files; created if missing", { required: true }),
  words: int("--words <n>", "only the first (most frequent) n words", { min: 1 }),
  ...jsonFlag,
};

/** What a picture needs; tests pass their own. */
export type VectorLoader = (
  path: string,
  options: { limit?: number },
) => Promise<Pick<WordVectors, "words" | "matrix" | "dim" | "counts">>;

/** The commands, to be added to `unrolled embed`. */
export const pictureCommands = (
  host: Host,
  loader: VectorLoader = async (path, options) => (await load(output(host), path, options)).vectors,
): Command[] => [
  makeCommand(
    "picture",
    {
      about: "draw word vectors in two dimensions: an interactive page, SVG or PNG",
      arguments: [vectorsArgument],
      flags,
    },
    (given, file) => drawPicture(output(host, given.json), loader, file, given),
  ),
  makeCommand(
    "export-projector",
    {
      about: "write vectors.tsv, metadata.tsv and configs for the TensorBoard Embedding Projector",
      arguments: [vectorsArgument],
      flags: projectorFlags,
    },
    (given, file) => exportProjector(output(host, given.json), loader, file, given),
  ),
];

async function drawPicture(
  show: Output,
  loader: VectorLoader,
  file: string,
  given: Values<typeof flags>,
): Promise<void> {
  const { out, method, highlight } = given;
  const format = extname(out).slice(1).toLowerCase();
  if (!["html", "svg", "png"].includes(format)) {
    fail({ where: "--out", expected: "a name that ends in .html, .svg or .png", received: out });
  }
  await checkOutput(out);
  const loaded = await loader(file, { limit: given.words });
  const picture = await project(show, loaded, format === "html" ? 10 : 0, {
    ...given,
    title: given.title ?? basename(file),
  });
  if (!picture) return;
  const still = { size: given.size, labels: given.labels, highlight };
  if (format === "html") await writeOutput(out, pictureHtml(picture));
  else if (format === "svg") await writeOutput(out, pictureSvg(picture, still));
  else {
    const { bytes, unwritten } = await picturePng(picture, still);
    await writeOutput(out, bytes);
    if (unwritten > 0) show.warn(`${plural(unwritten, "label")} left out: PNG has Latin letters only, .svg has all`);
  }
  const words = Math.min(given.words, loaded.words.length);
  const { caption } = picture;
  reportFile(show, out, `${plural(words, "word")}, ${caption}`, { format, method, words, caption });
}

/** The picture; undefined where Ctrl-C stopped it. */
async function project(
  show: Output,
  loaded: Awaited<ReturnType<VectorLoader>>,
  listed: number,
  { method, seed, perplexity, neighbors: numNeighbors, words: limit, title }: Values<typeof flags>,
): Promise<Picture | undefined> {
  const rows = Math.min(limit, loaded.words.length);
  const words = loaded.words.slice(0, rows);
  const matrix = { data: loaded.matrix.subarray(0, rows * loaded.dim), rows, dim: loaded.dim };
  const stop = interrupt();
  const { signal } = stop;
  const { host } = show;
  const bar = show.bar({ quiet: true, write: host.err });
  let told = "";
  let picture: Picture | undefined;
  try {
    const shape = { method, seed, perplexity, numNeighbors };
    for await (const report of projectWords({ words, matrix, ...shape, listed, title, signal })) {
      picture = report.picture;
      const [stage, percent] = [report.phase === "neighbors" ? "neighbors" : method, Math.floor(100 * report.done)];
      bar.update({ at: stage, done: report.done });
      if (told !== `${stage} ${percent}`) show.event("step", { stage, percent });
      told = `${stage} ${percent}`;
    }
    return picture;
  } catch (error) {
    if (!signal.aborted || error !== signal.reason) throw error;
    bar.end();
    host.err("stopped; no picture was written\n");
    host.exitCode = stop.code();
    return undefined;
  } finally {
    bar.end();
    stop.end();
  }
}

async function exportProjector(
  show: Output,
  loader: VectorLoader,
  file: string,
  { out, words: limit }: Values<typeof projectorFlags>,
): Promise<void> {
  await makeOutputFolder(out);
  const loaded = await loader(file, { limit });
  const files = projectorFiles(loaded, { name: basename(file), rows: limit });
  for (const [name, contents] of Object.entries(files)) await writeOutput(join(out, name), contents);
  const { dim } = loaded;
  const rows = Math.min(limit ?? Infinity, loaded.words.length);
  const description = `${plural(rows, "vector")}, ${formatWhole(dim)} dimensions`;
  reportFile(show, out, description, { format: "projector", words: rows, dim });
}
