import { describe, expect, it } from "vitest";
import { readConll, writeConll } from "./conll.ts";
import { readConllu } from "./conllu.ts";
import { recognize, rowReader } from "./formats.ts";
import { describeWarning, linesOf } from "./lines.ts";

describe("linesOf", () => {
  it("takes every end of line, and no byte order mark", () => {
    expect([...linesOf("\ufeffa\r\nb\rc\n\nd")]).toEqual(["a", "b", "c", "", "d"]);
    expect([...linesOf("a\n")]).toEqual(["a"]);
    expect([...linesOf("")]).toEqual([]);
  });
});

describe("readConll", () => {
  it("reads four columns by spaces, drops -DOCSTART- and knows the lines", () => {
    const file =
      "-DOCSTART- -X- -X- O\n\nMira NNP I-NP I-PER\nsleeps VBZ I-VP O\n\n\n-DOCSTART- -X- O O\n\nOslo NNP I-NP I-LOC\n";
    const { sentences, characters } = readConll(file);
    expect(sentences).toEqual([
      {
        tokens: ["Mira", "sleeps"],
        tags: ["I-PER", "O"],
        line: 3,
        text: "Mira sleeps",
        offsets: [
          [0, 4],
          [5, 11],
        ],
      },
      { tokens: ["Oslo"], tags: ["I-LOC"], line: 9, text: "Oslo", offsets: [[0, 4]] },
    ]);
    expect(characters).toBe(false);
    expect(readConll(file, { tagColumn: 1 }).sentences[0]!.tags).toEqual(["NNP", "VBZ"]);
  });

  it("reads characters by tabs with comments; a token may be a space or a hash", () => {
    const file = "## CHAR\tTAG\n## 1\t<가:PS> #\n가\tB-PS\n \tO\n#\tO\n\n## 2\t# a\n#\tO\n# \tO\n";
    const data = readConll(file, { source: "k.tsv" });
    expect(data.characters).toBe(true);
    expect(data.sentences.map(({ text }) => text)).toEqual(["가 #", "## "]);
    expect(data.sentences[1]!.line).toBe(8);
  });

  it("takes a hash with columns for a token, and `# id` for a comment", () => {
    expect(readConll("# NN O\nmetoo NN O\n").sentences[0]!.tokens).toEqual(["#", "metoo"]);
    expect(readConll("# id 7\na O\n\n# id 8\nb O\n").sentences.map(({ tokens }) => tokens)).toEqual([["a"], ["b"]]);
  });

  it("finds token and tag among an index, a document's name, and annotators", () => {
    const rows = (row: (i: number, token: string, tag: string) => string) =>
      Array.from({ length: 12 }, (_, n) =>
        ["New B-LOC", "York I-LOC", "is O", "big O"]
          .map((pair, i) => row(i + 1, ...((n % 3 ? pair : pair.replace("LOC", "PER")).split(" ") as [string, string])))
          .join("\n"),
      ).join("\n\n");
    const forms: [string, string][] = [
      ["an index", rows((i, token, tag) => `${i}\t${token}\t${tag}`)],
      ["an index and comments", `#\thttps://a.b/c [2009-10-17]\n${rows((i, token, tag) => `${i}\t${token}\t${tag}`)}`],
      ["a document and parts of speech", rows((i, token, tag) => `doc/1 0 ${i} ${token} NN ${tag}`)],
      ["an annotator", rows((_, token, tag) => `${token}\t${tag}\tanna`)],
      ["two annotators by sentence", rows((_, token, tag) => `${token} ${tag} ${token === "x" ? "" : "kim"}`)],
      [
        "document markers",
        `-DOCSTART- -X- O\n\n${rows((_, token, tag) => `${token} NN ${tag}`)}\n\n-DOCSTART- -X- O\n`,
      ],
      [
        "CoNLL-2012 markers",
        `#begin document (x); part 000\n${rows((_, token, tag) => `${token} ${tag}`)}\n#end document\n`,
      ],
    ];
    for (const [name, text] of forms) {
      const { sentences } = readConll(text, { source: name });
      expect(sentences, name).toHaveLength(12);
      expect(sentences[1], name).toMatchObject({
        tokens: ["New", "York", "is", "big"],
        tags: ["B-LOC", "I-LOC", "O", "O"],
      });
      const found = recognize(text, "a.conll");
      expect(found, name).toMatchObject({ kind: "tagging", format: "conll" });
      const reader = rowReader("tagging", { source: name, recognized: found });
      expect(
        [...reader.rows(linesOf(text))].map(({ tags }) => tags),
        name,
      ).toEqual(sentences.map(({ tags }) => tags));
    }
    const given = readConll(forms[2]![1], { tokenColumn: 3, tagColumn: 4 });
    expect(given.sentences[0]!.tags).toEqual(["NN", "NN", "NN", "NN"]);
  });

  it("names the line of a ragged row, instead of taking the file for a text", () => {
    const rows = "a\tB-X\nb\tO\n\n".repeat(12);
    for (const faulty of ["c\n", "c\tO\tx\n", "c\tO x\td\n"]) {
      const text = rows + faulty.repeat(8);
      expect(recognize(text, "a.conll").kind).toBe("tagging");
      expect(() => readConll(text, { source: "a.conll" })).toThrow(/a\.conll:37: expected 2 columns/);
    }
  });

  it("names file and line of a faulty row", () => {
    expect(() => readConll("a\tO\nb\n", { source: "train.conll" })).toThrow(
      'train.conll:2: expected 2 columns as in most rows, got 1 in "b"',
    );
    expect(() => readConll("word\nword\n", { source: "x" })).toThrow("x:1: expected at least 2 columns, got 1");
    expect(() => readConll("a\tO\n\n\tO\n", { source: "x" })).toThrow("x:3: the token is empty");
    expect(() => readConll("a O\n", { tokenColumn: 4 })).toThrow("conll:1: expected a column 5, got 2 columns");
  });

  it("warns of an empty file, and reads back what it writes", () => {
    const { warnings } = readConll("\n\n", { source: "empty.conll" });
    expect(describeWarning("empty.conll", warnings[0]!)).toBe("empty.conll: 1 case: the file has no sentence (line 1)");
    const sentences = [
      { tokens: ["a", "b c", "😀"], tags: ["O", "B-X", "I-X"] },
      { tokens: ["#"], tags: ["O"] },
    ];
    const back = readConll(writeConll(sentences)).sentences.map(({ tokens, tags }) => ({ tokens, tags }));
    expect(back).toEqual(sentences);
  });
});

describe("readConllu", () => {
  const row = (id: string, form: string, upos: string, rest = "_\t_\t_\t_\t_\t_") =>
    `${id}\t${form}\t_\t${upos}\t${rest}`;
  it("skips multiword tokens and empty nodes; offsets point into # text", () => {
    const file = [
      "# sent_id = 1",
      "# text = Il va du port, vite.",
      row("1", "Il", "PRON"),
      row("2", "va", "VERB"),
      row("3-4", "du", "_"),
      row("3", "de", "ADP"),
      row("4", "le", "DET"),
      row("5", "port", "NOUN"),
      row("5.1", "est", "VERB"),
      row("6", ",", "PUNCT"),
      row("7", "vite", "ADV"),
      row("8", ".", "PUNCT"),
      "",
      "# text = cannot",
      row("1-2", "cannot", "_"),
      row("1", "can", "AUX"),
      row("2", "not", "PART"),
      "",
    ].join("\n");
    const { sentences, warnings } = readConllu(file);
    expect(warnings).toEqual([]);
    const [first, second] = sentences;
    expect(first!.tags.join(" ")).toBe("PRON VERB ADP DET NOUN PUNCT ADV PUNCT");
    expect(first!.offsets!.map(([a, b]) => first!.text!.slice(a, b))).toEqual([
      "Il",
      "va",
      "du",
      "du",
      "port",
      ",",
      "vite",
      ".",
    ]);
    expect(second!.offsets).toEqual([
      [0, 3],
      [3, 6],
    ]);
    expect(second!.line).toBe(16);
  });

  it("says where the file is wrong, and counts what does not match", () => {
    expect(() => readConllu("1\ta\tX\n", { source: "t.conllu" })).toThrow("t.conllu:1: expected 10 columns");
    expect(() => readConllu(`${row("1", "a", "X")}\n${row("3", "b", "X")}\n`)).toThrow(
      "conllu:2: expected ID 2, got 3",
    );
    const { warnings, sentences } = readConllu(`# text = other\n${row("1", "a", "_")}\n`);
    expect(warnings.map(({ problem }) => problem)).toEqual([
      'no upos given ("_" is kept as a tag)',
      "the words do not match # text; no offsets",
    ]);
    expect(sentences[0]!.offsets).toBeUndefined();
  });
});
