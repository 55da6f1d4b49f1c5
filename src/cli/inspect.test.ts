// `inspect` on a model of each task, on files and texts made here.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { events, run } from "../../test/cli/in-process.ts";

let folder = "";
const path = (name: string) => join(folder, name);
const lines = (n: number, line: (i: number) => string) =>
  `${Array.from({ length: n }, (_, i) => line(i)).join("\n")}\n`;

const files: Record<string, string> = {
  "films.tsv": `text\tlabel\n${lines(12, (i) => `so ${i % 2 ? "good" : "bad"} a film\t${i % 2}`)}`,
  "names.conll": lines(9, () => "Ann B-PER\nsaw O\nParis B-LOC\n"),
  "load.csv": `load\n${lines(60, (t) => (50 + 9 * Math.sin((t * Math.PI) / 6)).toFixed(2))}`,
  "pairs.tsv": `source\ttarget\n${lines(12, (i) => `one ${i}\teins ${i}`)}`,
  "tunes.abc": lines(4, (i) => `X:${i + 1}\nL:1/8\nK:G\nGABc dedB|G4 G4|]\n`),
};
const tiny = "--hidden 4 --steps 1 --seed 1 --threads 1".split(" ");
const series = ["--window", "6", "--season", "12"];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "unrolled-"));
  for (const [name, text] of Object.entries(files)) {
    await writeFile(path(name), text);
    const extra = name === "load.csv" ? series : ["--embedding", "4"];
    await run("train", path(name), "--out", path(name.split(".")[0]!), ...extra, ...tiny, "--json");
  }
  for (const cell of ["rnn", "gru"])
    await run("train", "--toy", "adding:9", "--cell", cell, "--out", path(cell), ...tiny);
});
afterAll(() => rm(folder, { recursive: true }));

const model = (file: string) => path(file.split(".")[0]!);
const inspect = async (kind: string, file: string, ...more: string[]) =>
  events((await run("inspect", kind, model(file), path(file), "--json", ...more)).out);

describe("unrolled inspect", () => {
  it("follows the gradient in every task, from a file", async () => {
    for (const file of Object.keys(files)) {
      const [found] = await inspect("gradients", file, "--rows", "2");
      expect(found).toMatchObject({ model: model(file), rows: 2 });
      for (const { values } of found!.layers as { values: (number | null)[] }[])
        expect(values.at(-1), file).toBeGreaterThan(0);
    }
  });

  it("puts several cells into one picture, each by its folder's name", async () => {
    const { out } = await run("inspect", "gradients", path("rnn"), "--beside", path("gru"), "--svg", path("g.svg"));
    expect(out).toMatch(/● rnn {3}◆ gru/);
    expect(out).toMatch(/^rnn: \S+ at the output, \S+ 8 steps back$/m);
    const svg = await readFile(path("g.svg"), "utf8");
    for (const name of ["rnn", "gru", "steps back", "norm"]) expect(svg).toContain(`>${name}</text>`);
  });

  it("names the tokens that an output hangs on: the row that is asked for, or a text", async () => {
    const [second] = await inspect("saliency", "films.tsv", "--row", "2");
    expect(second!.saliency).toHaveLength((second!.tokens as string[]).length);
    expect((second!.tokens as string[]).join("")).toContain("good");
    expect((await inspect("saliency", "names.conll", "--place", "0"))[0]).toMatchObject({
      place: 0,
      tokens: ["Ann", "saw", "Paris"],
    });
    const texts = { films: "a good film", names: "Ann saw", pairs: "one 1" };
    for (const [name, text] of Object.entries(texts)) {
      const { out } = await run("inspect", "saliency", path(name), text, "--svg", path("s.svg"));
      expect(out).toMatch(/saliency of each input.*\n *\S+ .*█/);
      expect(await readFile(path("s.svg"), "utf8")).toContain("<svg");
    }
    expect((await run("inspect", "saliency", path("load"), path("load.csv"))).out).toContain(
      "steps before the forecast",
    );
  });

  it("refuses a text without a token", async () => {
    await expect(run("inspect", "saliency", path("names"), " ")).rejects.toThrow(
      'inspect: expected a sentence, got " "',
    );
  });

  it("shows gates over the steps, and says that an RNN has none", async () => {
    const { out } = await run("inspect", "gates", path("pairs"), path("pairs.tsv"), "--svg", path("m.svg"));
    for (const layer of ["encoder l0", "encoder l0 reverse", "decoder l0"])
      expect(out).toMatch(new RegExp(`^${layer} update: 0\\.\\d\\d to 0\\.\\d\\d$`, "m"));
    const svg = await readFile(path("m.svg"), "utf8");
    expect(svg).toContain("decoder l0 update");
    await expect(run("inspect", "gates", path("rnn"))).rejects.toThrow(/expected a cell with gates/);
  });

  it("refuses a row that is not there, and no file", async () => {
    await expect(inspect("gates", "films.tsv", "--row", "99")).rejects.toThrow(
      /--row: expected a row from 1 to 12, got 99/,
    );
    await expect(run("inspect", "gates", path("films"))).rejects.toThrow(/expected a file or a text, got none/);
  });
});
