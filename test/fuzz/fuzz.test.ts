// Mutated files through every reader: each is read, or refused with an UnrolledError, within five seconds and 500 MB.
// `FUZZ=100000 npx vitest run test/fuzz` tries that many for each reader; a failure names its number, and `FUZZ_FROM=n`
// begins there.
import { describe, expect, it } from "vitest";
import { random, UnrolledError } from "../../src/base/index.ts";
import { mutateBytes, mutateJson } from "./mutate.ts";
import { type Target, targets } from "./readers.ts";

const count = Number(process.env.FUZZ ?? 150);
const from = Number(process.env.FUZZ_FROM ?? 0);
const all = targets.flatMap(({ seeds }) => seeds);

function mutated({ seeds, json }: Target, n: number): Uint8Array {
  const r = random([n, 0x66757a7a]);
  const seed = seeds[r.below(seeds.length)]!;
  if (!json || r.below(2)) return mutateBytes(seed, r, all);
  const value = mutateJson(JSON.parse(new TextDecoder().decode(seed).split("\n")[0]!), r);
  return new TextEncoder().encode(JSON.stringify(value));
}

describe("mutated files", () => {
  it.each(targets.map((target) => [target.name, target] as const))(
    "%s",
    async (name, target) => {
      const tried = Math.ceil((count * (target.share ?? 1000)) / 1000);
      const valid = await Promise.allSettled(target.seeds.map(async (seed) => target.read(seed)));
      expect(valid.map(({ status }) => status)).toContain("fulfilled"); // some of the files, unmutated
      let read = 0;
      for (let n = from; n < from + tried; n++) {
        const bytes = mutated(target, n);
        const before = process.memoryUsage.rss();
        const start = performance.now();
        try {
          await target.read(bytes);
          read++;
        } catch (error) {
          if (!(error instanceof UnrolledError))
            throw new Error(`${name}, number ${n}: ${String(error)}`, { cause: error });
          expect(error.message, `${name}, number ${n}`).not.toMatch(/undefined|\[object/);
        }
        expect(performance.now() - start, `${name}, number ${n}: milliseconds`).toBeLessThan(5000);
        expect(process.memoryUsage.rss() - before, `${name}, number ${n}: bytes`).toBeLessThan(500e6);
      }
      if (process.env.FUZZ) console.log(`${name}: ${tried} mutated, ${read} read, ${tried - read} refused`);
      expect(read).toBeLessThan(tried);
    },
    3_600_000,
  );
});
