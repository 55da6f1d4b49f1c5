import { describe, expect, it } from "vitest";
import { rouge } from "./metrics-rouge.ts";

describe("rouge", () => {
  it("gives rouge-score's numbers", () => {
    // The example of its README: precision 6/8 and 5/8, recall 6/9 and 5/9.
    const target = "The quick brown fox jumps over the lazy dog";
    const found = rouge(["The quick brown dog jumps on the log."], [target]);
    expect(found.rouge1).toBeCloseTo(70.58823529411765, 10);
    expect(found.rougeL).toBeCloseTo(58.82352941176471, 10);
    expect(found.rouge2).toBeCloseTo((100 * 2 * 2) / (7 + 8), 10); // the quick, quick brown
  });

  it("takes the best reference by each score, counts a word as often as it is wanted, and means over texts", () => {
    const several = rouge(["a b c d"], [["a x y z", "d c b a", "b c"]]);
    expect(several.rouge1).toBe(100);
    expect(several.rouge2).toBeCloseTo((100 * 2) / (3 + 1), 10);
    expect(several.rougeL).toBeCloseTo((100 * 2 * 2) / (4 + 2), 10);
    expect(rouge(["the the the"], ["the cat"]).rouge1).toBeCloseTo((100 * 2) / 5, 10);
    expect(rouge(["same", "none"], ["same", "other"])).toEqual({ rouge1: 50, rouge2: 0, rougeL: 50 });
    expect(rouge([], [])).toEqual({ rouge1: 0, rouge2: 0, rougeL: 0 });
    expect(() => rouge(["a"], [])).toThrow("expected 1 references, got 0");
  });

  it("cuts at everything but Latin letters and digits, unless it is told how", () => {
    expect(rouge(["Caf\u00e9, 3.5!"], ["caf 3 5"]).rouge1).toBe(100);
    expect(rouge(["집 위"], ["집 아래"]).rouge1).toBe(0);
    expect(rouge(["집 위"], ["집 아래"], { tokenize: (text) => text.split(" ") }).rouge1).toBe(50);
  });
});
