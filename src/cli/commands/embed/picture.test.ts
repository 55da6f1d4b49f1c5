import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { host } from "../../../../test/cli/in-process.ts";
import { random } from "../../../base/random.ts";
import type { PageData } from "../../../embeddings/picture/viewer/viewer.ts";
import { pictureCommands } from "./picture.ts";

const r = random(1);
const words = Array.from({ length: 80 }, (_, i) => (i === 7 ? "물" : `word${i}`));
const matrix = Float32Array.from({ length: 80 * 6 }, () => r.normal());
let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "unrolled-picture-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function run(...args: string[]): Promise<{ out: string; err: string }> {
  const seen = { out: "", err: "" };
  const program = new Command("embed").exitOverride();
  for (const command of pictureCommands(host(seen, { columns: 80 }), async () => ({
    words,
    matrix,
    dim: 6,
    counts: undefined,
  }))) {
    program.addCommand(command.exitOverride().configureOutput({ writeErr: () => {} }));
  }
  await program.parseAsync(args, { from: "user" });
  return seen;
}

describe("embed picture", () => {
  it("writes a page whose lists are the nearest words by cosine", async () => {
    const out = join(folder, "a.html");
    const seen = await run("picture", "vectors.txt", "--method", "pca", "--words", "50", "--out", out);
    const html = await readFile(out, "utf8");
    const data = JSON.parse(/id="data">(.*?)<\/script>/s.exec(html)![1]!) as PageData;
    expect(data.words).toHaveLength(50);
    const cosine = (a: number, b: number) => {
      let [dot, aa, bb] = [0, 0, 0];
      for (let c = 0; c < 6; c++) {
        const [x, y] = [matrix[a * 6 + c]!, matrix[b * 6 + c]!];
        dot += x * y;
        aa += x * x;
        bb += y * y;
      }
      return dot / Math.sqrt(aa * bb);
    };
    const order = Array.from({ length: 49 }, (_, i) => i + 1).sort((a, b) => cosine(0, b) - cosine(0, a));
    const bytes = (text: string) => Uint8Array.from(Buffer.from(text, "base64")).buffer;
    expect([...new Uint16Array(bytes(data.indices)).slice(0, 10)]).toEqual(order.slice(0, 10));
    expect(new Int8Array(bytes(data.similarities))[0]).toBe(Math.round(100 * cosine(0, order[0]!)));
    expect(seen.out).toMatch(/a\.html: 50 words, PCA, [\d.]+ % of the variance\n$/);
  });
  it("draws by every method, the same again from the same seed", async () => {
    for (const method of ["tsne", "umap"]) {
      const [a, b] = [join(folder, "1.svg"), join(folder, "2.svg")];
      for (const out of [a, b])
        await run("picture", "v", "--method", method, "--out", out, "--seed", "5", "--perplexity", "5");
      const svg = await readFile(a, "utf8");
      expect(svg.match(/<circle /g)).toHaveLength(80);
      expect(await readFile(b, "utf8")).toBe(svg);
    }
  });
  it("tells which labels a PNG lacks", async () => {
    const { err } = await run("picture", "v", "--method", "pca", "--out", join(folder, "a.png"), "--highlight", "물");
    expect(err).toContain("1 label left out: PNG has Latin letters only");
  });
  it("reports as events with --json", async () => {
    const { out } = await run("picture", "v", "--method", "umap", "--out", join(folder, "j.svg"), "--json");
    const events = out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(events[0]).toMatchObject({ event: "step", stage: "neighbors" });
    expect(events.at(-1)).toMatchObject({ event: "written", format: "svg", method: "umap", words: 80 });
  });
  it("refuses wrong options", async () => {
    await expect(run("picture", "v", "--out", "a.gif")).rejects.toThrow(
      "expected a name that ends in .html, .svg or .png",
    );
    await expect(run("picture", "v", "--words", "few")).rejects.toThrow("Expected a whole number from 5.");
    await expect(run("picture", "v", "--method", "mds")).rejects.toThrow("Allowed choices are pca, tsne, umap");
  });
});

describe("embed export-projector", () => {
  it("writes four files that agree", async () => {
    await run("export-projector", "v", "--out", join(folder, "p"), "--words", "12");
    const read = (name: string) => readFile(join(folder, "p", name), "utf8");
    const rows = (await read("vectors.tsv")).trimEnd().split("\n");
    expect(rows).toHaveLength(12);
    expect(rows[3]!.split("\t").map((cell) => Math.fround(Number(cell)))).toEqual([...matrix.subarray(18, 24)]);
    expect((await read("metadata.tsv")).split("\n").slice(0, 2)).toEqual(["word0", "word1"]);
    expect(JSON.parse(await read("projector_config.json"))).toMatchObject({ embeddings: [{ tensorShape: [12, 6] }] });
    expect(await read("projector_config.pbtxt")).toContain('metadata_path: "metadata.tsv"');
  });
});
