// Mutated files through every reader and through `load` with one inference: each is read, or refused with an UnrolledError,
// within five seconds and 500 MB. `npm run fuzz` tries 100,000 for each reader; every failure is listed with its number, and
// `FUZZ_FROM=n` begins there. `FUZZ_ONLY=part` selects targets by a part of their name.

import { describe, expect, it } from "vitest";
import { thorough } from "../thorough.ts";
import { fault, mutated } from "./attempt.ts";
import { modelTargets } from "./models.ts";
import { targets as readers } from "./readers.ts";

const count = Number(process.env.FUZZ ?? (thorough ? 150 : 60));
const from = Number(process.env.FUZZ_FROM ?? 0);
const targets = [...readers, ...(await modelTargets())].filter(({ name }) =>
  name.includes(process.env.FUZZ_ONLY ?? ""),
);

describe("mutated files", () => {
  it.each(targets.map((target) => [target.name, target] as const))(
    "%s",
    async (name, target) => {
      const tried = Math.ceil((count * (target.share ?? 1000)) / 1000);
      const valid = await Promise.allSettled(target.seeds.map(async (seed) => target.read(seed)));
      expect(valid.map(({ status }) => status)).toContain("fulfilled"); // some of the files, unmutated
      const wrong: string[] = [];
      let refused = 0;
      const began = performance.now();
      for (let n = from; n < from + tried && wrong.length < 10; n++) {
        const found = await fault(target, mutated(target, n));
        if (!found.read) refused++;
        if (found.wrong) wrong.push(`${name}, number ${n}: ${found.wrong}`);
      }
      if (process.env.FUZZ) {
        const seconds = ((performance.now() - began) / 1000).toFixed(0);
        console.log(`${name}: ${tried} mutated, ${refused} refused, ${wrong.length} wrong, ${seconds} s`);
      }
      expect(wrong).toEqual([]);
      expect(refused).toBeGreaterThan(0);
    },
    36_000_000,
  );
});
