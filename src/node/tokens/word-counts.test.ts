import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { random, randomKey } from "../../base/index.ts";
import { wordTokenizer } from "../../data/index.ts";
import { diskWordCounter } from "./word-counts.ts";

const folder = mkdtempSync(join(tmpdir(), "unrolled-word-counts-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Lines of words with very different frequencies, some of them rare, long or beyond the basic plane. */
function lines(seed: number): string[] {
  const draw = random(randomKey(seed));
  const word = () =>
    `${["w", "ab", "é", "😀", "a-long-word-of-its-own"][draw.below(5)]}${Math.floor(40 ** draw.uniform())}`;
  return Array.from({ length: 60 }, () => `${Array.from({ length: 12 }, word).join(" ")} <unk>\n`);
}

describe("diskWordCounter", () => {
  it.each([
    [1, 1, 1000],
    [2, 2, 20],
    [3, 2, 7],
    [4, 3, undefined],
  ])("gives the vocabulary of counting in memory: text %i, minCount %i, maxSize %s", (seed, minCount, maxSize) => {
    const options = { minCount, maxSize, split: "whitespace" as const };
    const counter = diskWordCounter({ most: 16, folder });
    const learner = wordTokenizer.learner(options, counter);
    for (const line of lines(seed)) learner.add(line);
    expect(readdirSync(folder)).toHaveLength(1);
    expect(learner.done().toJSON()).toEqual(wordTokenizer.fit(lines(seed), options).toJSON());
    counter.close();
    expect(readdirSync(folder)).toEqual([]);
  });
});
