import { describe, expect, it } from "vitest";
import { random } from "../../base/index.ts";
import {
  allowedTransitions,
  convertTags,
  detectScheme,
  spansToTags,
  type TagScheme,
  type TagSpan,
  tagsToSpans,
} from "./schemes.ts";

const schemes: TagScheme[] = ["IOB1", "IOB2", "IOBES", "BILOU"];

/** Random spans without overlap, many of them side by side and of the same type. */
function randomSpans(r: ReturnType<typeof random>, length: number): TagSpan[] {
  const spans: TagSpan[] = [];
  for (let at = 0; at < length; ) {
    const end = Math.min(length, at + 1 + r.below(4));
    if (r.below(3) > 0) spans.push({ start: at, end, type: r.below(2) ? "PER" : "creative-work" });
    at = end;
  }
  return spans;
}

describe("tag schemes", () => {
  it("spans written in any scheme read back, and convert into any other", () => {
    const r = random(5);
    for (let n = 0; n < 200; n++) {
      const length = r.below(12);
      const spans = randomSpans(r, length);
      for (const scheme of schemes) {
        const tags = spansToTags(spans, length, scheme);
        expect(tagsToSpans(tags)).toEqual(spans);
        for (const other of schemes) expect(convertTags(tags, other)).toEqual(spansToTags(spans, length, other));
      }
    }
  });

  it("writes the schemes as they are defined", () => {
    const spans = [
      { start: 0, end: 1, type: "A" },
      { start: 1, end: 4, type: "A" },
    ];
    expect(spansToTags(spans, 5, "IOB1")).toEqual(["I-A", "B-A", "I-A", "I-A", "O"]);
    expect(spansToTags(spans, 5, "IOB2")).toEqual(["B-A", "B-A", "I-A", "I-A", "O"]);
    expect(spansToTags(spans, 5, "IOBES")).toEqual(["S-A", "B-A", "I-A", "E-A", "O"]);
    expect(spansToTags(spans, 5, "BILOU")).toEqual(["U-A", "B-A", "I-A", "L-A", "O"]);
  });

  it("reads broken tags as conlleval does", () => {
    const spansOf = (tags: string) =>
      tagsToSpans(tags.split(" ")).map(({ start, end, type }) => `${type}${start}-${end}`);
    expect(spansOf("O I-X I-X O")).toEqual(["X1-3"]);
    expect(spansOf("B-X I-Y I-Y")).toEqual(["X0-1", "Y1-3"]);
    expect(spansOf("E-X E-X I-X")).toEqual(["X0-1", "X1-2", "X2-3"]);
    expect(spansOf("B-X E-X I-X")).toEqual(["X0-2", "X2-3"]);
    expect(spansOf("B I B")).toEqual(["_0-2", "_2-3"]);
    expect(spansOf("NOUN B X-B")).toEqual(["_1-2"]);
  });

  it("begins and ends spans where conlleval's two rules do, whatever the order of tags", () => {
    const r = random(8);
    const kinds = ["O", ...["B", "I", "E", "S"].flatMap((mark) => [`${mark}-X`, `${mark}-Y`])];
    /** The rules as the script states them, of two neighbors: [mark, type]. */
    const begins = ([p, a]: string[], [c, b]: string[]) =>
      c === "B" || c === "S" || (["E", "S", "O"].includes(p!) && (c === "E" || c === "I")) || (c !== "O" && a !== b);
    const ends = ([p, a]: string[], [c, b]: string[]) =>
      p === "E" || p === "S" || (["B", "I"].includes(p!) && ["B", "S", "O"].includes(c!)) || (p !== "O" && a !== b);
    for (let n = 0; n < 300; n++) {
      const tags = Array.from({ length: 1 + r.below(8) }, () => kinds[r.below(kinds.length)]!);
      const parts = ["O", ...tags, "O"].map((tag) => [tag[0]!, tag.slice(2)]);
      const starts = tags.flatMap((_, i) => (begins(parts[i]!, parts[i + 1]!) ? [i] : []));
      const stops = tags.flatMap((_, i) => (ends(parts[i + 1]!, parts[i + 2]!) && tags[i] !== "O" ? [i + 1] : []));
      const spans = tagsToSpans(tags);
      expect([spans.map(({ start }) => start), spans.map(({ end }) => end)], tags.join(" ")).toEqual([starts, stops]);
    }
  });

  it("recognizes each scheme from the tags alone", () => {
    const r = random(8);
    const corpus = Array.from({ length: 40 }, () => ({ spans: randomSpans(r, 9), length: 9 }));
    for (const scheme of schemes) {
      const report = detectScheme(corpus.map(({ spans, length }) => spansToTags(spans, length, scheme)));
      expect(report).toMatchObject({ scheme, violations: 0, types: ["PER", "creative-work"] });
    }
    expect(detectScheme([["NOUN", "VERB"], ["X"]]).scheme).toBe("none");
    expect(detectScheme([["O", "O"]]).scheme).toBe("none");
    const mixed = [["B-A", "I-A", "O", "B-A"], ["O", "I-A"], ["B-A"]];
    expect(detectScheme(mixed)).toMatchObject({
      scheme: "IOB2",
      violations: 1,
      message: "IOB2, 4 spans of 1 type, 1 tag against the scheme",
    });
  });

  it("allows exactly the transitions that written spans use", () => {
    const r = random(21);
    for (const scheme of schemes) {
      const seen = new Set<string>();
      const names = new Set<string>();
      for (let n = 0; n < 3000; n++) {
        const length = 1 + r.below(8);
        const tags = spansToTags(randomSpans(r, length), length, scheme);
        for (const tag of tags) names.add(tag);
        ["|", ...tags].forEach((tag, i) => {
          seen.add(`${tag} ${tags[i] ?? "|"}`);
        });
      }
      const list = [...names].sort();
      const table = allowedTransitions(list, scheme);
      const all = [...list, "|"];
      all.forEach((from, i) => {
        all.forEach((to, j) => {
          if (from !== "|" || to !== "|") {
            expect([scheme, from, to, table[i * all.length + j]]).toEqual([
              scheme,
              from,
              to,
              +seen.has(`${from} ${to}`),
            ]);
          }
        });
      });
    }
  });
});
