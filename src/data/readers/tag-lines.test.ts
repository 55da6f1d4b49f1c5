import { describe, expect, it } from "vitest";
import { recognize, rowReader } from "./formats.ts";

const lines = [
  "fly to new york\tO O B-city I-city",
  "",
  "boston please\tB-city O",
  "on monday to boston\tO B-day O B-city",
];
const text = lines.join("\n");

const sentences = (content: string, source = "slots.tsv") => {
  const recognized = recognize(content, source);
  return [...rowReader("tagging", { recognized, source }).rows(content.split("\n"))];
};

describe("tags, one sentence a line", () => {
  it("are recognized by a tag of a span for each word", () => {
    expect(recognize(text)).toEqual({
      kind: "tagging",
      format: "tag-lines",
      separator: "\t",
      columns: { token: 0, tag: 1 },
      message: "tags, one sentence a line, words and tags separated by a tab: IOB2, 4 spans of 2 types",
    });
    const turned = lines.map((line) => line.split("\t").reverse().join("\t")).join("\n");
    expect(recognize(turned)).toMatchObject({ format: "tag-lines", columns: { token: 1, tag: 0 } });
    expect(sentences(turned)).toEqual(sentences(text));
  });

  it("are no translations, and translations are not tags", () => {
    const german = "fly to boston\tflieg nach boston\nplease stay\tbitte bleib\nno\tnein";
    expect(recognize(german).kind).toBe("pairs");
    const letters = "O B O\tO O B\nI O\tO I\nO O O\tO O O"; // a toy that copies letters
    expect(recognize(letters).kind).not.toBe("tagging");
  });

  it("are read with places in the text and with their lines", () => {
    expect(sentences(text)).toEqual([
      {
        tokens: ["fly", "to", "new", "york"],
        tags: ["O", "O", "B-city", "I-city"],
        text: "fly to new york",
        offsets: [
          [0, 3],
          [4, 6],
          [7, 10],
          [11, 15],
        ],
        line: 1,
      },
      expect.objectContaining({ tokens: ["boston", "please"], tags: ["B-city", "O"], line: 3 }),
      expect.objectContaining({ line: 4 }),
    ]);
  });

  it("may begin with a row of names, and refuse other rows without tags", () => {
    const many = `${text}\n`.repeat(20);
    expect(sentences(`words\ttags\n${many}`)).toHaveLength(60);
    expect(sentences(`words\ttags\n${many}`)[0]).toMatchObject({ tokens: ["fly", "to", "new", "york"], line: 2 });
    expect(() => sentences(`${many}good day\tguten tag`)).toThrow(
      /slots\.tsv:81: expected tags such as O, B-city and I-city, got "guten"/,
    );
  });

  it("name the line of a row with too few tags, or without a column of them", () => {
    const many = `${text}\n`.repeat(20);
    expect(() => sentences(`${many}two words\tO`)).toThrow(
      /slots\.tsv:81: expected a tag for each of 2 words, got 1 tag/,
    );
    expect(() => sentences(`${many}two words`)).toThrow(/slots\.tsv:81: expected a column 2, got 1 column/);
  });
});
