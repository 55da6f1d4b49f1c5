import { describe, expect, it } from "vitest";
import { tagsToSpans } from "../tags/schemes.ts";
import { offsetMap, readTaggedJsonl, tagSpansToTextSpans, textSpansToTagSpans, wordRanges } from "./spans.ts";

const jsonl = (...rows: unknown[]) => rows.map((row) => JSON.stringify(row)).join("\n");

it('reads Doccano\'s rows with their text in "data"', () => {
  const { sentences } = readTaggedJsonl('{"id":1,"data":"Kim came","label":[[0,3,"PER"]]}\n');
  expect([...sentences][0]).toMatchObject({ tokens: ["Kim", "came"], tags: ["B-PER", "O"] });
});

describe("offsetMap", () => {
  it("goes to UTF-16 and back at every character", () => {
    const text = "a😀b𝄞c";
    const { toUtf16, toCodePoints } = offsetMap(text);
    [...text].forEach((character, n) => {
      expect(text.codePointAt(toUtf16(n))).toBe(character.codePointAt(0));
      expect(toCodePoints(toUtf16(n))).toBe(n);
    });
    expect([toUtf16(5), toUtf16(7), toCodePoints(7)]).toEqual([7, 9, 5]);
  });
});

describe("readTaggedJsonl", () => {
  it("reads tokens and tags under their usual names", () => {
    const { sentences } = readTaggedJsonl(
      jsonl({ tokens: ["Mira", "sleeps"], tags: ["B-PER", "O"] }, { tokens: ["x"], ner_tags: ["O"] }),
    );
    expect(sentences.map(({ tags }) => tags)).toEqual([["B-PER", "O"], ["O"]]);
    expect(sentences[1]!.line).toBe(2);
  });

  it("reads spans by code points, or by UTF-16 where it is said", () => {
    const text = "😀😀 Ada Lovelace's desk";
    const want = ["B-PER", "I-PER"];
    const spans = (start: number, end: number) => ({ text, spans: [{ start, end, label: "PER" }] });
    for (const [row, options] of [
      [spans(3, 15), {}],
      [spans(5, 17), { offsets: "utf16" }],
      [{ ...spans(5, 17), offsets: "utf16" }, {}],
      [{ text, entities: [[3, 15, "PER"]] }, {}],
    ] as const) {
      const { sentences, warnings } = readTaggedJsonl(jsonl(row), options);
      const { tokens, tags, offsets } = sentences[0]!;
      expect(tags.filter((tag) => tag !== "O")).toEqual(want);
      expect(warnings.map(({ problem }) => problem)).toEqual(["a span was widened to whole tokens"]); // Lovelace's
      const [span] = tagSpansToTextSpans(tagsToSpans(tags), offsets!);
      expect(text.slice(span!.start, span!.end)).toBe("Ada Lovelace's");
      expect(tokens).toContain("Ada");
    }
  });

  it("cuts into characters for scripts without spaces", () => {
    const { sentences } = readTaggedJsonl(jsonl({ text: "나는 😀서울", spans: [{ start: 4, end: 6, label: "LC" }] }), {
      tokens: "characters",
    });
    expect(sentences[0]!.tokens).toEqual(["나", "는", " ", "😀", "서", "울"]);
    expect(sentences[0]!.tags.slice(4)).toEqual(["B-LC", "I-LC"]);
  });

  it("names file and line of what is wrong", () => {
    const read = (text: string) => () => readTaggedJsonl(text, { source: "d.jsonl" });
    expect(read("{}\n")).toThrow('d.jsonl:1: expected "tokens" and "tags", or "text" and "spans", got the fields none');
    expect(read('{"tokens":[],"tags":[]}\n[1]')).toThrow("d.jsonl:2: expected a JSON object, got [1]");
    expect(read("nonsense")).toThrow("d.jsonl:1: expected a JSON object");
    expect(read(jsonl({ tokens: ["a"], tags: [] }))).toThrow("expected 1 tags, one a token, got 0");
    expect(read(jsonl({ tokens: ["a"], tags: [3] }))).toThrow("tags must be names, not numbers");
    expect(read(jsonl({ text: "ab", spans: [{ start: 1, end: 3, label: "X" }] }))).toThrow(
      "within 0 and 2, got 1 to 3",
    );
    expect(read(jsonl({ text: "😀ab", spans: [{ start: 2, end: 4, label: "X", text: "ab" }] }))).toThrow(
      "within 0 and 3",
    );
    expect(read(jsonl({ text: "😀abc", spans: [{ start: 2, end: 4, label: "X", text: "ab" }] }))).toThrow(
      'expected "ab" at 2, got "bc"',
    );
  });

  it("counts what it leaves out", () => {
    const { sentences, warnings } = readTaggedJsonl(
      jsonl({ text: "  ", spans: [] }, { text: "a  b", spans: [{ start: 1, end: 2, label: "X" }] }),
    );
    expect(sentences).toHaveLength(1);
    expect(warnings.map(({ problem, lines }) => [problem, lines])).toEqual([
      ["a row without tokens was left out", [1]],
      ["a span was left out: no token of its own", [2]],
    ]);
  });
});

describe("textSpansToTagSpans", () => {
  it("gives a token to the first of two overlapping spans", () => {
    const offsets = wordRanges("one two three");
    const { spans, lost } = textSpansToTagSpans(
      [
        { start: 4, end: 13, label: "B" },
        { start: 0, end: 7, label: "A" },
        { start: 4, end: 7, label: "C" },
      ],
      offsets,
    );
    expect(spans).toEqual([
      { start: 0, end: 2, type: "A" },
      { start: 2, end: 3, type: "B" },
    ]);
    expect(lost.map(({ label }) => label)).toEqual(["C"]);
  });
});
