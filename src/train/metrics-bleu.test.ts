import { describe, expect, it } from "vitest";
import { bleu, chrF, describeBleu, tokenize13a } from "./metrics-bleu.ts";

// The numbers are those of sacreBLEU 2.6.0 for the same sentences.
const hypotheses = [
  "The quick boat, it crossed the lake at 3.5 knots.",
  "Two dogs play &quot;ball&quot; in 1,000 puddles ...",
  "A well-known painter (60) rests.",
  "집은 언덕 위에 있다 😀",
];
const references = [
  "The quick boat crossed the lake at 3.5 knots.",
  'Two dogs play "ball" in 1,000 puddles.',
  "A well-known painter, 60, is resting.",
  "집은 언덕 위에 있다.",
];
const others = [
  "The boat, quickly, crossed the lake.",
  "Two dogs play with a ball.",
  "A famous painter (60) rests.",
  "집이 언덕 위에 있다",
];

describe("bleu", () => {
  it("gives sacreBLEU's numbers", () => {
    const result = bleu(hypotheses, references);
    expect(result.score).toBeCloseTo(61.922615789025684, 10);
    [78.37837837837837, 66.66666666666667, 58.62068965517241, 48].forEach((p, n) => {
      expect(result.precisions[n]).toBeCloseTo(p, 10);
    });
    expect([result.brevityPenalty, result.hypothesisLength, result.referenceLength]).toEqual([1, 37, 34]);
    expect(describeBleu(result)).toBe(
      "BLEU|nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|impl:unrolled|version:2.6.0 = 61.92 78.4/66.7/58.6/48.0 (BP = 1.000 ratio = 1.088 hyp_len = 37 ref_len = 34)",
    );
  });

  it("takes several references: the nearest length, the most matches", () => {
    const result = bleu(
      hypotheses,
      references.map((reference, i) => [reference, others[i]!]),
    );
    expect(result.score).toBeCloseTo(75.72376754402654, 10);
    expect(result.referenceLength).toBe(33);
    expect(result.signature).toContain("nrefs:2");
  });

  it("smooths orders without a match by halves", () => {
    const { score, precisions } = bleu([hypotheses[2]!], ["Nobody rests."]);
    expect(precisions.map((p) => +p.toFixed(6))).toEqual([25, 14.285714, 8.333333, 5]);
    expect(score).toBeCloseTo(11.044795567078939, 10);
  });

  it("takes other tokenizers", () => {
    expect(bleu(hypotheses, references, { tokenizer: "none" }).score).toBeCloseTo(36.66922668261757, 10);
    expect(bleu(hypotheses, references, { tokenizer: "char", lowercase: true }).score).toBeCloseTo(
      75.20263209531339,
      10,
    );
  });

  it("is 100 for the reference itself, 0 without a match, without words or shorter than four words", () => {
    expect(bleu(references, references).score).toBeCloseTo(100, 10);
    expect(bleu(["x"], ["y"]).score).toBe(0);
    expect(bleu([""], ["y"])).toMatchObject({ score: 0, brevityPenalty: 0 });
    expect(bleu(["a b c"], ["a b c"]).score).toBe(0); // no 4-gram at all: effective order is off
    expect(() => bleu(["x"], [])).toThrow("bleu: expected 1 references, got 0");
  });
});

describe("tokenize13a", () => {
  it("parts signs from words, but not within numbers and hyphened words", () => {
    expect(tokenize13a(hypotheses[1]!).join(" ")).toBe('Two dogs play " ball " in 1,000 puddles . . .');
    expect(tokenize13a("x.5 5.x 10-12 a-b $1,5.").join(" ")).toBe("x . 5 5 . x 10 - 12 a-b $ 1,5 .");
  });
});

describe("chrF", () => {
  it("gives sacreBLEU's numbers", () => {
    expect(chrF(hypotheses, references)).toBeCloseTo(76.72583851875252, 10);
    expect(chrF([hypotheses[2]!], ["Nobody rests."])).toBeCloseTo(27.369365711845845, 10);
    expect(chrF(["a"], ["b"])).toBe(0);
  });
});
