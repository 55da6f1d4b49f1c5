import { describe, expect, it } from "vitest";
import { random } from "../../base/index.ts";
import { type PairsToy, toy } from "../toys/index.ts";
import { recognize } from "./formats.ts";
import { readLabeled } from "./labeled.ts";

const times = (n: number, row: (i: number) => string) => Array.from({ length: n }, (_, i) => row(i)).join("\n");
const words = "river stone walks quietly under seven green lamps while nobody counts them".split(" ");
const prose = (i: number) =>
  Array.from({ length: 3 + (i % 5) }, (_, k) => words[(i * 7 + k * 3) % words.length]).join(" ");

describe("recognize", () => {
  it("tells a list from a text with short lines", () => {
    const letters = (i: number, n: number) =>
      Array.from({ length: n }, (_, k) => String.fromCharCode(97 + ((i * 7 + k * i + k) % 26))).join("");
    const of = (line: (i: number) => string) =>
      recognize(Array.from({ length: 60 }, (_, i) => line(i)).join("\n")).format;
    expect(of((i) => `${letters(i, 4)}${i}`)).toBe("lines");
    expect(of((i) => `New ${letters(i, 5)}${i}`)).toBe("lines"); // places
    expect(of((i) => `${"서울부산대구".slice(i % 5)}${i}동`)).toBe("lines");
    expect(of((i) => letters(i % 20, 5))).toBe("text"); // a text with one token a line repeats its tokens
    expect(of((i) => `Gone ${letters(i, 5)}${i}.`)).toBe("text"); // sentences
    expect(of((i) => `and all the ${letters(i, 3)}${i} of men`)).toBe("text"); // verse
  });
  const kindOf = (text: string, name = "") => {
    const { kind, format } = recognize(text, name);
    return `${kind} ${format}`;
  };

  it("knows tagged text", () => {
    expect(recognize("a B-X\nb O\n\nc I-X\n\n".repeat(9)).message).toMatch(
      /^tags, one token a line \(CoNLL\): IOB2, 18 spans/,
    );
    expect(recognize("가\tB-PS\n \tO\n나\tO\n\n".repeat(9)).message).toContain("one character a line");
    expect(kindOf("the DET\ncat NOUN\nran VERB\n\n".repeat(9))).toBe("tagging conll");
    expect(kindOf(`# text = a\n1\ta${"\t_".repeat(8)}\n\n`)).toBe("tagging conllu");
    expect(kindOf('{"tokens":["a"],"tags":["O"]}\n')).toBe("tagging jsonl");
    expect(kindOf('{"text":"a","entities":[[0,1,"X"]]}\n')).toBe("tagging jsonl");
  });

  it("knows rated texts, and says which column is what", () => {
    const nsmc = `id\tdocument\tlabel\n${times(40, (i) => `${i}\t${prose(i)} ${i}\t${i % 2}`)}`;
    expect(recognize(nsmc)).toMatchObject({
      kind: "classification",
      format: "tsv",
      header: true,
      columns: { text: 1, label: 2 },
      message:
        'texts of 2 classes (0, 1): text in "document" (column 2), label in "label" (column 3); tab-separated with a header',
    });
    const bare = times(40, (i) => `${i % 3 ? "good" : "bad"}\t${prose(i)}`);
    expect(recognize(bare)).toMatchObject({ kind: "classification", header: false, columns: { text: 1, label: 0 } });
    const stars = `text,rating\n${times(30, (i) => `"${prose(i)}, yes",${i / 4}`)}`;
    expect(recognize(stars, "a.csv")).toMatchObject({
      kind: "regression",
      format: "csv",
      columns: { text: 0, label: 1 },
    });
    const broken = `text,label\n${times(30, (i) => `"${prose(i)},\n${prose(i + 1)} ""so""",${i % 2 ? "a" : "b"}`)}`;
    expect(recognize(broken, "a.csv")).toMatchObject({ kind: "classification", columns: { text: 0, label: 1 } });
    const inches = times(30, (i) => `${prose(i)} 5" ${i},${i % 2 ? "a" : "b"}`);
    expect(kindOf(inches, "a.csv")).toBe("classification csv");
    expect(kindOf(times(20, (i) => `${i % 2} ${prose(i)}`))).toBe("classification label-first");
    expect(kindOf(times(20, (i) => `__label__${i % 2 ? "a" : "b"} ${prose(i)}`))).toBe("classification label-first");
    const sorted = recognize(
      times(40, (i) => `1 ${prose(i)}`),
      "a.txt",
    );
    expect(sorted).toMatchObject({
      format: "label-first",
      message: "texts with labels: each line begins with its label",
    });
    expect(kindOf(times(10, (i) => `1 ${prose(i)}`))).not.toBe("classification label-first"); // too few to tell
    const oneEmpty = times(200, (i) => (i === 150 ? "1 " : `${i % 2} ${prose(i)}`));
    expect(kindOf(oneEmpty)).toBe("classification label-first");
    expect(kindOf(times(40, (i) => `1 ${i}`))).not.toBe("classification label-first");
    expect(recognize(times(9, (i) => JSON.stringify({ text: prose(i), label: "x" })))).toMatchObject({
      kind: "classification",
      columns: { text: "text", label: "label" },
    });
    expect(kindOf('{"text":"a","score":1.5}\n{"text":"b","score":2}')).toBe("regression jsonl");
  });

  it("finds a header in any language by what stands below it", () => {
    const tickets = (header: string, label: (i: number) => string) =>
      recognize(`${header}${times(200, (i) => `${prose(i)} ${i},${label(i)}`)}`, "a.csv");
    const two = (i: number) => ["배송", "환불"][i % 2]!;
    expect(tickets("내용,분류\n", two)).toMatchObject({ header: true, kind: "classification" });
    expect(tickets("내용,분류\n", two).message).toContain("2 classes (배송, 환불)");
    expect(tickets("texte,étiquette\n", (i) => (i === 30 ? "rare" : two(i)))).toMatchObject({ header: true });
    expect(tickets("", two)).toMatchObject({ header: false });
    expect(tickets("seven green lamps,배송\n", two)).toMatchObject({ header: false }); // a row like the others
    expect(tickets("river stone walks quietly,rare\n", two)).toMatchObject({ header: false }); // a text, not a name
  });

  it("knows pairs", () => {
    const pairs = times(
      40,
      (i) => `${prose(i)} ${i}\t${prose(i + 3)} ${i}\tlicence of ${prose(i)} and a long attribution #${i}`,
    );
    expect(recognize(pairs)).toMatchObject({ kind: "pairs", header: false, columns: { source: 0, target: 1 } });
    expect(recognize(`en\tde\n${prose(1)}\t${prose(2)}\n`)).toMatchObject({ kind: "pairs", header: true });
    expect(kindOf("IN: jump OUT: I_JUMP\nIN: run OUT: I_RUN\n")).toBe("pairs scan");
    const { sample } = toy("dates") as PairsToy;
    const dates = (cells: (pair: ReturnType<typeof sample>) => string[]) =>
      recognize(
        times(200, (i) => cells(sample(i)).join("\t")),
        "dates.tsv",
      );
    expect(dates(({ source, target }) => [source, target])).toMatchObject({ kind: "pairs", header: false });
    expect(dates(({ source, target }) => [target, source]).kind).toBe("text"); // a chat: when, and what
    expect(kindOf('{"source":["a"],"target":"b"}')).toBe("pairs jsonl");
  });

  it.each([
    ["a header alone", "a.tsv", "text\tlabel\n", "classification tsv"],
    [
      "rows of texts with empty rows between",
      "a.tsv",
      `text\tlabel\n${times(30, (i) => `${prose(i)}\tx${i % 2}`)}\n\n\n`,
      "classification tsv",
    ],
    ["tags with a row too wide", "a.conll", `${"a\tB-X\nb\tO\n\n".repeat(30)}a\tb\tc\n\n`, "tagging conll"],
    ["tags with an empty one", "a.conll", `${"a\tB-X\nb\tO\n\n".repeat(30)}a\t\n\n`, "tagging conll"],
    [
      "numbers with a word among them",
      "a.csv",
      `day,x\n${times(60, (i) => `2020-01-${10 + (i % 9)},${i / 4}`)}\n2020-02-01,many`,
      "series csv",
    ],
    [
      "numbers with gaps",
      "a.csv",
      `day,x\n${times(30, (i) => `2020-01-${10 + (i % 9)},${i % 7 ? i / 4 : "NA"}`)}`,
      "series csv",
    ],
    [
      "ratings with a word among them",
      "a.tsv",
      `text\tscore\n${times(60, (i) => `${prose(i)}\t${i / 4}`)}\nso\tmany`,
      "regression tsv",
    ],
  ])("knows %s for what it is, so that the reader can name the line at fault", (_, name, text, kind) => {
    expect(kindOf(text, name)).toBe(kind);
  });

  it("knows series of numbers", () => {
    const csv = `date,temperature,rain\n${times(30, (i) => `2020-01-${(i % 28) + 1},${i / 3},${i % 7}`)}`;
    expect(recognize(csv, "weather.csv")).toMatchObject({ kind: "series", separator: ",", header: true });
    expect(recognize(csv).kind).toBe("series"); // without the name
    expect(recognize(csv.replaceAll(",", ";")).separator).toBe(";");
    expect(recognize(`load\n${times(10, (i) => `${i / 3}`)}`)).toMatchObject({ kind: "series", header: true });
    expect(recognize(times(10, (i) => `-${i}.5`))).toMatchObject({ kind: "series", header: false });
    expect(recognize(times(10, (i) => `${i}\t${i * i}`))).toMatchObject({ kind: "series", header: false });
  });

  it("knows music", () => {
    expect(kindOf("X:1\nT:A tune\nK:G\nGABc|\n")).toBe("music abc");
    expect(kindOf('{"train": [[[60, 64], [], [67]]]}')).toBe("music chorales");
    expect(kindOf("[[[60, 64], []]]")).toBe("music chorales");
    expect(recognize(Uint8Array.from([77, 84, 104, 100, 0, 0, 0, 6])).format).toBe("midi");
    const long = `{"train": [[${"[60, 64, 67], ".repeat(30_000)}[60]]]}`; // one line, longer than what is looked at
    expect(kindOf(long)).toBe("music chorales");
  });

  it("takes all else for text", () => {
    expect(kindOf("")).toBe("text text");
    expect(kindOf("First Citizen:\nSpeak, speak.\n\nAll:\nResolved. resolved.\n\n".repeat(30))).toBe("text text");
    expect(kindOf(times(40, (i) => `name${i}`))).toBe("text lines");
    expect(kindOf(times(40, (i) => `${prose(i)}, and ${prose(i + 1)}.`))).toBe("text text");
    expect(
      kindOf(
        times(40, (i) => `${prose(i)}, and ${prose(i + 1)}, ${i}.`),
        "notes.md",
      ),
    ).toBe("text text");
  });

  it("knows Doccano's exports", () => {
    const spans =
      '{"id":1,"text":"Kim came","entities":[{"id":3,"label":"PER","start_offset":0,"end_offset":3}],"Comments":[]}';
    expect(kindOf(`${spans}\n{"id":2,"text":"so","entities":[]}\n`, "all.jsonl")).toBe("tagging jsonl");
    expect(kindOf('{"text":"so","label":[]}\n{"text":"Kim","label":[[0,3,"PER"]]}\n')).toBe("tagging jsonl");
    expect(kindOf('{"id":1,"data":"Kim came","label":[[0,3,"PER"]]}\n', "all.jsonl")).toBe("tagging jsonl");
    expect(kindOf('{"text":"so","label":["good"]}\n{"text":"no","label":["bad"]}\n')).toBe("classification jsonl");
  });

  it("takes sales with dates for a series, whatever else stands in the file", () => {
    const day = (i: number) =>
      `2024-${String(1 + Math.floor(i / 28)).padStart(2, "0")}-${String(1 + (i % 28)).padStart(2, "0")}`;
    const sales = (row: (i: number) => string, header: string) => `${header}\n${times(60, row)}`;
    const cases: [string, string][] = [
      [sales((i) => `${day(59 - i)},North,,"1,${200 + i}"`, "Date,Store,Comment,Sales"), "newest first, text, empty"],
      [sales((i) => `${day(i)};Seoul;1.${200 + i},50`, "date;city;sales"), "continental"],
      [sales((i) => `${day(i)},rainy and cold,${i}`, "date,weather,visitors"), "a text of few words"],
      [sales((i) => `${day(i)},${i},`, "date,y,notes"), "an empty column"],
      [`sep=;\n${sales((i) => `${day(i)};${i},5`, "day;x")}`, "Excel"],
    ];
    for (const [text, name] of cases) expect(recognize(text, "sales.csv").kind, name).toBe("series");
    // Dated reviews are still reviews.
    const reviews = sales((i) => `${day(i)},"${prose(i)}, ${prose(i + 2)}",${i % 2}`, "date,review,label");
    expect(kindOf(reviews, "r.csv")).toBe("classification csv");
    const iris = `length,width,species\n${times(60, (i) => `${5 + (i % 9) / 10},${2 + (i % 7) / 10},${["setosa", "virginica"][i % 2]}`)}`;
    expect(kindOf(iris, "iris.csv")).toBe("series csv");
  });

  it("knows whole numbers under a label's name for classes, and others for numbers", () => {
    const rows = (name: string, label: (i: number) => string | number) =>
      kindOf(`text\t${name}\n${times(400, (i) => `${prose(i)} ${i}\t${label(i)}`)}`, "a.tsv");
    expect(rows("label", (i) => i % 40)).toBe("classification tsv");
    expect(rows("stars", (i) => 1 + (i % 5))).toBe("classification tsv");
    expect(rows("score", (i) => i % 40)).toBe("regression tsv");
    expect(rows("label", (i) => (i % 9) / 2)).toBe("regression tsv");
    expect(rows("label", (i) => i * 7)).toBe("regression tsv");
  });

  it("does not announce a file that is sorted by label as one class", () => {
    const sorted = `text\tlabel\n${times(8000, (i) => `${prose(i)} ${prose(i + 1)} ${i}\t${i < 7000 ? "a" : "b"}`)}`;
    expect(recognize(sorted, "a.tsv").message).toMatch(/^texts with labels: text in "text"/);
  });

  it("leaves ragged tables to their reader, which names the line", () => {
    const ragged = `text,label\n${times(30, (i) => (i % 4 ? `${prose(i)},a${i % 2}` : `${prose(i)}, ${prose(i)},b`))}`;
    const found = recognize(ragged, "r.csv");
    expect(found).toMatchObject({ kind: "classification", format: "csv" });
    expect(() => readLabeled(ragged, { source: "r.csv", recognized: found })).toThrow(
      /r\.csv:2: expected 2 cells as in the first row, got 3\n.*must be in quotes/,
    );
  });

  it("never throws", () => {
    const r = random(77);
    const signs = 'ab\t,;\n"{}[]0 1.-#:XK가';
    for (let n = 0; n < 400; n++) {
      const text = Array.from({ length: r.below(80) }, () => signs[r.below(signs.length)]).join("");
      expect(recognize(text, n % 2 ? "x.csv" : "x.conll").message).not.toBe("");
    }
  });
});
