import { expect, it } from "vitest";
import { random, randomKey } from "../../base/index.ts";
import { textTable } from "./text-table.ts";

it("counts stretches of a text as a map of strings does, beyond its first size", () => {
  const draw = random(randomKey(3));
  const words = Array.from(
    { length: 9000 },
    () => `w${Math.floor(5000 * draw.uniform() ** 2)}${"é".repeat(draw.below(3))}`,
  );
  const text = words.join(" ");
  const table = textTable(["known"]);
  const map = new Map([["known", 0]]);
  let at = 0;
  for (const word of words) {
    table.count(text, at, at + word.length);
    map.set(word, (map.get(word) ?? 0) + 1);
    at += word.length + 1;
  }
  expect(table.size).toBeGreaterThan(4096);
  expect([...table.entries()]).toEqual([...map]);
  expect([...map.keys()].map((word) => table.find(word, 0, word.length))).toEqual([...map.keys()].map((_, id) => id));
  expect(table.find("none", 0, 4)).toBe(-1);
});
