// `--embeddings` end to end: what is covered is told, what is frozen stays, and what does not fit is refused.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { events, run, unrolled } from "../../../test/cli/in-process.ts";
import { wordVectors } from "../../embeddings/index.ts";
import { load, loadVectors, saveVectors } from "../../node/index.ts";
import type { Model } from "../../tasks/index.ts";
import { view } from "../../tensor/index.ts";
import { usualVectors } from "./pretrained.ts";

let folder = "";
const path = (name: string) => join(folder, name);
const small = ["--hidden", "4", "--seed", "1", "--threads", "1", "--steps", "3"];
const words = ["a", "the", "film", "good", "bad", "plot", "splendid", "awful", "Paris"];
const vectorOf = (word: string) => Array.from({ length: 5 }, (_, i) => Math.sin(3 * words.indexOf(word) + i));
const matrix = Float32Array.from(words.flatMap(vectorOf));
const vectors = wordVectors({ words, matrix, dim: 5 });

const line = (word: string) => `${word} ${vectorOf(word).join(" ")}\n`;
const writeVectors = () => writeFile(path("glove.txt.gz"), gzipSync(words.map(line).join("")));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "unrolled-"));
  await writeVectors();
  await writeFile(path("lower.vec"), `8 5\n${words.slice(0, 8).map(line).join("")}`);
  await saveVectors(path("w2v.bin"), vectors);
  await saveVectors(path("v.safetensors"), vectors);
  const rows = Array.from({ length: 24 }, (_, i) => `A ${i % 2 ? "good" : "bad"} film\t${i % 2 ? "pos" : "neg"}`);
  await writeFile(path("films.tsv"), `text\tlabel\n${rows.join("\n")}\n`);
  await writeFile(
    path("stars.tsv"),
    `text\tstars\n${rows.map((row, i) => row.replace(/\t.*/, `\t${i % 2}.5`)).join("\n")}\n`,
  );
  const sentence = "the\tDET\nfilm\tNOUN\nxyzzy\tX\n\n";
  await writeFile(path("tags.conll"), sentence.repeat(8));
  await writeFile(path("text.txt"), "a good film , the bad plot . ".repeat(40));
  await writeFile(path("pairs.tsv"), `source\ttarget\n${"the film\tle film\na plot\tune plot\n".repeat(6)}`);
});
afterAll(() => rm(folder, { recursive: true }));

/** The row that a saved model has of a word. */
function rowOf(model: Model, parameter: string, word: string): number[] {
  const table =
    model.task === "tagger"
      ? model.vocabulary.words
      : model.task === "translator"
        ? model.tokenizers[parameter.startsWith("target") ? "target" : "source"].vocabulary
        : (model as Extract<Model, { task: "classifier" }>).tokenizer!.vocabulary;
  const find = (layout: Model["layout"]) => layout.slots.find(({ name }) => name === parameter);
  const slot = find(model.frozenLayout) ?? find(model.layout)!;
  const values = view(find(model.frozenLayout) ? model.frozen : model.parameters, slot);
  const id = table.id(word)!;
  return [...values.subarray(5 * id, 5 * id + 5)];
}
const expected = (word: string) => [...vectors.vector(word)];

describe("unrolled train --embeddings", () => {
  it("a classifier, from GloVe text: coverage, words that the text lacks, frozen", async () => {
    const films = path("films.tsv");
    const { out } = await run(
      "train",
      films,
      "--embeddings",
      path("glove.txt.gz"),
      "--freeze",
      "--out",
      path("c"),
      ...small,
    );
    expect(out).toContain("glove.txt.gz: word vectors of dimension 5, frozen; beside each, 32 learned numbers");
    expect(out).toContain("vectors found: 3 as written, 1 in another case, of 4 words; they cover 100.0 % of the text");
    expect(out).toContain("6 further words of the file in the vocabulary");
    expect(out).toMatch(/\d+ parameters, 60 of them frozen/); // 2 specials, "A", 9 words of the file
    const model = await load(path("c"));
    for (const word of ["film", "splendid", "Paris"])
      expect(rowOf(model, "embedding.weight", word)).toEqual(expected(word));
    const summary = (await run("summary", path("c"))).out;
    expect(summary).toMatch(/frozen +60/);
    const [told] = events((await run("summary", path("c"), "--json")).out);
    expect(told).toMatchObject({ frozen: 60, trainable: (told!.total as number) - 60 });
  });

  it("learned rows beside the frozen vectors of a tagger: for parts of speech, not for spans", async () => {
    const flags = ["--embeddings", path("glove.txt.gz"), "--freeze", ...small];
    const sentences = (noun: string) => `the O\nfilm ${noun}\n\na O\nsplendid ${noun}\n\n`.repeat(6);
    await writeFile(path("parts.conll"), sentences("N"));
    expect((await run("train", path("parts.conll"), ...flags, "--out", path("parts"))).out).toContain(
      "frozen; beside each, 32 learned numbers",
    );
    await writeFile(path("spans.conll"), sentences("B-WORK"));
    expect((await run("train", path("spans.conll"), ...flags, "--out", path("spans"))).out).toMatch(/frozen$/m);
  });

  it("learned rows beside frozen vectors: their number, none, and not beside vectors that are trained", async () => {
    const flags = [path("films.tsv"), "--embeddings", path("glove.txt.gz"), ...small];
    const two = await run("train", ...flags, "--freeze", "--learned-rows", "2", "--out", path("rows2"));
    expect(two.out).toContain("frozen; beside each, 2 learned numbers");
    const { layout } = await load(path("rows2"));
    expect(layout.slots.find(({ name }) => name === "embedding.learned")?.shape).toEqual([12, 2]);
    const none = await run("train", ...flags, "--freeze", "--learned-rows", "0", "--out", path("rows0"));
    expect(none.out).toMatch(/dimension 5, frozen$/m);
    const trained = ["--learned-rows", "2", "--fine-tune", "--out", path("no")];
    await expect(run("train", ...flags, ...trained)).rejects.toThrow(
      /--learned-rows .*cannot be used with .*--fine-tune/,
    );
    await expect(run("train", path("films.tsv"), "--learned-rows", "2", "--out", path("no"))).rejects.toThrow(
      "--learned-rows: expected --embeddings FILE with it, got none",
    );
  });

  it("vectors stay fixed by default where there are few rows, unless they are to be trained", async () => {
    const flags = [path("films.tsv"), "--embeddings", path("glove.txt.gz"), ...small];
    const usual = await run("train", ...flags, "--out", path("usual"));
    expect(usual.out).toContain("dimension 5, frozen; beside each, 32 learned numbers");
    const trained = await run("train", ...flags, "--fine-tune", "--out", path("trained"));
    expect(trained.out).toMatch(/dimension 5, fine-tuned$/m);
    const later = await run("train", ...flags, "--unfreeze-after", "1", "--out", path("later"));
    expect(later.out).toMatch(/dimension 5, frozen for 1 step, then fine-tuned$/m);
    const sentences = (noun: string) => `the O\nfilm ${noun}\n\na O\nsplendid ${noun}\n\n`.repeat(6);
    await writeFile(path("usual-parts.conll"), sentences("N"));
    await writeFile(path("usual-spans.conll"), sentences("B-WORK"));
    const tags = async (kind: string) =>
      (await run("train", path(`usual-${kind}.conll`), ...flags.slice(1), "--out", path(`usual-${kind}`))).out;
    expect(await tags("parts")).toMatch(/dimension 5, fine-tuned$/m);
    expect(await tags("spans")).toMatch(/dimension 5, fine-tuned$/m);
    await writeFile(path("uncommon.vec"), "2 5\nfilm 1 2 3 4 5\nplot 5 4 3 2 1\n"); // one word of three has a vector
    const uncommon = await run(
      "train",
      path("films.tsv"),
      "--embeddings",
      path("uncommon.vec"),
      ...small,
      "--out",
      path("u"),
    );
    expect(uncommon.out).toMatch(/dimension 5, fine-tuned$/m);
    expect(usualVectors({}, { rows: 10 }, 0.8)).toEqual({ freeze: true, learnedRows: 32 });
    expect(usualVectors({}, { rows: 10 }, 0.79)).toEqual({});
    expect(usualVectors({}, {}, 1)).toEqual({});
    expect(usualVectors({ learnedRows: 0 }, {}, 1)).toEqual({ learnedRows: 0 });
    expect(usualVectors({ learnedRows: 0 }, { rows: 10 }, 1)).toEqual({ freeze: true, learnedRows: 0 });
    expect(usualVectors({ freeze: true }, { learnedRows: 0 }, 0)).toEqual({ freeze: true, learnedRows: 0 });
    expect(usualVectors({ learnedRows: 8 }, {}, 0)).toEqual({ freeze: true, learnedRows: 8 });
  });

  it.each([
    [19_999, "frozen; beside each, 32 learned numbers"],
    [20_000, "fine-tuned"],
  ])("%i training rows: vectors are %s by default", async (count, expected) => {
    const films = path(`films-${count}.tsv`);
    const rows = Array.from({ length: count }, (_, i) => `A ${i % 2 ? "good" : "bad"} film\t${i % 2 ? "pos" : "neg"}`);
    await writeFile(films, `text\tlabel\n${rows.join("\n")}\n`);
    const flags = ["--valid", path("films.tsv"), "--embeddings", path("glove.txt.gz"), ...small, "--steps", "1"];
    const { out } = await run("train", films, ...flags, "--out", path(`c-${count}`));
    expect(out).toContain(`word vectors of dimension 5, ${expected}\n`);
  });

  it("a file without capitals: texts are read in lower case", async () => {
    const { out } = await run(
      "train",
      path("films.tsv"),
      "--embeddings",
      path("lower.vec"),
      "--out",
      path("l"),
      ...small,
    );
    expect(out).toContain("the vectors have no capital letters: texts are lowercased");
    const model = await load(path("l"));
    if (model.task === "classifier")
      expect([...model.tokenizer!.encode("Splendid")]).toEqual([...model.tokenizer!.encode("splendid")]);
    expect(model.task).toBe("classifier");
  });

  it("a folder of `embed train` with subwords: every word has a vector", async () => {
    await writeFile(path("corpus.txt"), "a good film and a bad plot\n".repeat(30));
    const learn = ["--dim", "5", "--epochs", "1", "--min-count", "1", "--subwords", "--bucket", "50", "--threads", "1"];
    await run("embed", "train", path("corpus.txt"), "--out", path("learned"), ...learn);
    await writeFile(path("new.tsv"), `text\tlabel\n${"filmic\tpos\ngoodish bad\tneg\n".repeat(8)}`);
    const { out } = await run(
      "train",
      path("new.tsv"),
      "--embeddings",
      path("learned"),
      "--freeze",
      "--out",
      path("s"),
      ...small,
    );
    expect(out).toContain(
      "vectors found: 1 as written, 2 composed of subwords, of 3 words; they cover 100.0 % of the text",
    );
    const made = (await loadVectors(path("learned"))).vectors.vector("filmic");
    expect(rowOf(await load(path("s")), "embedding.weight", "filmic")).toEqual([...made]);
  });

  it.each([
    ["w2v.bin", "stars.tsv", ["--task", "regressor"], "embedding.weight"],
    ["v.safetensors", "tags.conll", [], "words.weight"],
    ["glove.txt.gz", "text.txt", [], "embedding.weight"],
    ["glove.txt.gz", "pairs.tsv", [], "sourceEmbedding.weight"],
  ] as const)("%s for %s: begins with the vectors, and trains them", async (file, data, flags, parameter) => {
    const out = path(`m-${data}`);
    const made = await run(
      "train",
      path(data),
      ...flags,
      "--embeddings",
      path(file),
      "--fine-tune",
      "--json",
      "--out",
      out,
      ...small,
    );
    const told = events(made.out).find(({ event }) => event === "vectors")!;
    expect(told).toMatchObject({ dim: 5, trained: "fine-tuned" });
    expect((told.words as { missing: number }).missing).toBeLessThan(3);
    const row = rowOf(await load(out), parameter, "film");
    const before = expected("film");
    expect(row).not.toEqual(before);
    for (const [i, value] of row.entries()) expect(Math.abs(value - before[i]!)).toBeLessThan(0.1);
  });

  it("both sides of a translator; the target frozen is not the output too", async () => {
    const flags = ["--embeddings", path("lower.vec"), "--target-embeddings", path("glove.txt.gz"), "--freeze"];
    const { out } = await run("train", path("pairs.tsv"), ...flags, "--out", path("t"), ...small);
    expect(out).toContain("words of the target; they cover");
    const model = await load(path("t"));
    expect(rowOf(model, "targetEmbedding.weight", "plot")).toEqual(expected("plot"));
    expect(model.frozenLayout.slots.map(({ name }) => name)).toEqual([
      "sourceEmbedding.weight",
      "targetEmbedding.weight",
    ]);
    expect(model.layout.slots.map(({ name }) => name)).toContain("output.weight");
  });

  it("frozen at first: the same before, changed after", async () => {
    const train = (steps: string, out: string) =>
      run(
        "train",
        path("text.txt"),
        "--embeddings",
        path("v.safetensors"),
        "--unfreeze-after",
        "2",
        "--bptt",
        "8",
        ...small.slice(0, -1),
        steps,
        "--valid",
        "0",
        "--out",
        path(out),
      );
    const { out } = await train("2", "u2");
    expect(out).toContain("frozen for 2 steps, then fine-tuned");
    expect(rowOf(await load(path("u2")), "embedding.weight", "film")).toEqual(expected("film"));
    await train("3", "u3");
    expect(rowOf(await load(path("u3")), "embedding.weight", "film")).not.toEqual(expected("film"));
  });

  it("stopped while frozen and resumed is the run through", async () => {
    const data = "text.txt";
    const flags = ["--embeddings", path("glove.txt.gz"), "--unfreeze-after", "4", "--hidden", "4", "--threads", "1"];
    const course = ["--steps", "6", "--evaluate-every", "1", "--bptt", "8"];
    await run("train", path(data), ...flags, ...course, "--out", path(`whole-${data}`));
    const out = path(`part-${data}`);
    const stop = (line: string) => void (line.includes('"validation"') && process.emit("SIGINT"));
    expect((await unrolled(["train", path(data), ...flags, ...course, "--json", "--out", out], stop)).code).toBe(130);
    expect((await load(out, { training: true })).training!.step).toBe(1);
    await rm(path("glove.txt.gz")); // the model has what it needs of it
    try {
      await run("train", "--resume", out, "--threads", "1");
    } finally {
      await writeVectors();
    }
    const [whole, part] = [await load(path(`whole-${data}`)), await load(out)];
    expect(part.parameters).toEqual(whole.parameters);
    expect(rowOf(part, "embedding.weight", "film")).not.toEqual(expected("film"));
  });

  it("only the training text's words where it is told so", async () => {
    const flags = ["--embeddings", path("glove.txt.gz"), "--embeddings-vocabulary", "training"];
    await run("train", path("films.tsv"), ...flags, "--out", path("o"), ...small);
    const json = JSON.parse(await readFile(path("o/tokenizer.json"), "utf8"));
    expect(json.vocabulary.tokens.slice(2).sort()).toEqual(["A", "a", "bad", "film", "good"]);
  });

  it("a tagger of characters: words are looked up in its sentences, and frozen unless asked", async () => {
    const sentence = [..."a good film"].map((character) => `${character}\t${character === " " ? "O" : "B-X"}`);
    await writeFile(path("characters.tsv"), `${sentence.join("\n")}\n\n`.repeat(12));
    const train = (...flags: string[]) =>
      run(
        "train",
        path("characters.tsv"),
        "--embeddings",
        path("glove.txt.gz"),
        "--out",
        path("c"),
        "--overwrite",
        ...small,
        ...flags,
      );
    const { out } = await train();
    expect(out).toContain("word vectors of dimension 5, frozen");
    expect(out).toContain("9 words of the file are looked up in each sentence");
    expect(out).toContain("2 of them found; they cover 72.7 % of the characters"); // good, film: 8 of 11
    const frozen = (await load(path("c"))) as Model;
    const place = frozen.frozenLayout.slots.find(({ name }) => name === "lexicon.weight")!;
    expect([...view(frozen.frozen, place)]).toEqual([...matrix]);
    expect((await run("predict", path("c"), "a good plot")).out).toContain("a good plot");
    expect((await train("--fine-tune")).out).toContain("fine-tuned");
    expect(((await load(path("c"))) as Model).layout.slots.map(({ name }) => name)).toContain("lexicon.weight");
    await writeFile(path("other.vec"), "1 2\nzzz 1 2\n");
    const other = run(
      "train",
      path("characters.tsv"),
      "--embeddings",
      path("other.vec"),
      "--out",
      path("other-c"),
      ...small,
    );
    await expect(other).rejects.toThrow("expected vectors of words of 2 to 10 characters that occur in the sentences");
  });
});

describe("unrolled train --context", () => {
  const train = (file: string, ...flags: string[]) => run("train", path(file), "--overwrite", ...small, ...flags);
  it("a tagger reads the states of a language model, whose weights stay, and needs its folder no more", async () => {
    await train("text.txt", "--tokens", "char", "--stream", "--out", path("letters"));
    const { out } = await train("tags.conll", "--context", path("letters"), "--out", path("t"));
    expect(out).toMatch(/states .*letters: character language model, \d+ in its vocabulary, lstm 4/);
    const [read, tagger] = [(await load(path("letters"))) as Model, (await load(path("t"))) as Model];
    const valuesOf = (model: Model, layout: "layout" | "frozenLayout", values: Float32Array, name: string) =>
      view(values, model[layout].slots.find((slot) => slot.name === name)!);
    expect(valuesOf(tagger, "frozenLayout", tagger.frozen, "contextEncoder.weight_hh_l0")).toEqual(
      valuesOf(read, "layout", read.parameters, "encoder.weight_hh_l0"),
    );
    await rm(path("letters"), { recursive: true });
    expect((await run("predict", path("t"), "the film")).out).toContain("the/");
  });
  it("refuses a model of words, and is not an option of other tasks", async () => {
    await train("text.txt", "--tokens", "word", "--stream", "--out", path("w"));
    await expect(train("tags.conll", "--context", path("w"), "--out", path("t2"))).rejects.toThrow(
      "expected a language model of characters, got one of words",
    );
    await train("films.tsv", "--out", path("f"));
    await expect(train("tags.conll", "--context", path("f"), "--out", path("t2"))).rejects.toThrow(
      "expected a language model of characters, got a classifier",
    );
    await expect(train("films.tsv", "--context", path("w"), "--out", path("t2"))).rejects.toThrow(
      "--context: a classifier does not read this option",
    );
  });
});

describe("unrolled train --embeddings refuses", () => {
  const films = () => path("films.tsv");
  it.each([
    ["vectors of another width", "films.tsv", ["--embedding", "6"], "--embedding 6: expected 5, the dimension of"],
    ["symbols that are no words", "films.tsv", ["--tokens", "char"], "--tokens word (word vectors need word tokens)"],
    [
      "a task without words",
      "tunes.abc",
      ["--task", "generator"],
      "--embeddings: a generator does not read this option",
    ],
    [
      "more words than a text teaches to predict",
      "text.txt",
      ["--embeddings-vocabulary", "all"],
      "--embeddings-vocabulary: a language model does not read this option",
    ],
  ])("%s", async (_, data, flags, message) => {
    await writeFile(path("tunes.abc"), "X:1\nT:t\nM:4/4\nL:1/8\nK:G\nGABc dedB|G4 G4|]\n");
    await expect(
      run("train", path(data), "--embeddings", path("lower.vec"), ...flags, "--out", path("no"), ...small),
    ).rejects.toThrow(message);
  });

  it("vectors of other words, with both kinds shown", async () => {
    await writeFile(path("other.vec"), "2 3\nkissa 1 2 3\nkoira 3 4 5\n");
    await expect(
      run("train", films(), "--embeddings", path("other.vec"), "--out", path("no"), ...small),
    ).rejects.toThrow(
      /other.vec: expected vectors of the 4 words, such as "A", "film", ".*", got vectors of other words, such as "kissa", "koira"/,
    );
  });

  it("freezing without vectors, and freezing while training", async () => {
    await expect(run("train", films(), "--freeze", "--out", path("no"))).rejects.toThrow(
      "--freeze: expected --embeddings FILE with it, got none",
    );
    const both = ["--embeddings", path("lower.vec"), "--freeze", "--fine-tune"];
    await expect(run("train", films(), ...both, "--out", path("no"))).rejects.toThrow(/cannot be used with/);
    await expect(run("train", films(), "--unfreeze-after", "0", "--out", path("no"))).rejects.toThrow(
      /number of steps from 1/,
    );
  });
});
