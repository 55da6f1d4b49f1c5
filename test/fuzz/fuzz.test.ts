// Mutated files through every reader and through `load` with one inference: each is read, or refused with an UnrolledError,
// within five seconds and 500 MB. `npm run fuzz` tries 100,000 for each reader; every failure is listed with its number, and
// `FUZZ_FROM=n` begins there. `FUZZ_ONLY=part` selects targets by a part of their name.

import { describe, expect, it } from "vitest";
import { random, UnrolledError } from "../../src/base/index.ts";
import { thorough } from "../thorough.ts";
import { modelTargets } from "./models.ts";
import { mutateBytes, mutateJson } from "./mutate.ts";
import { targets as readers, type Target } from "./readers.ts";

const count = Number(process.env.FUZZ ?? (thorough ? 150 : 60));
const from = Number(process.env.FUZZ_FROM ?? 0);
const targets = [...readers, ...(await modelTargets())].filter(({ name }) =>
  name.includes(process.env.FUZZ_ONLY ?? ""),
);
const all = readers.flatMap(({ seeds }) => seeds);

function mutated({ seeds, json }: Target, n: number): Uint8Array {
  const r = random([n, 0x66757a7a]);
  const seed = seeds[r.below(seeds.length)]!;
  if (!json || r.below(2)) return mutateBytes(seed, r, all);
  const text = new TextDecoder().decode(seed);
  const value = mutateJson(JSON.parse(text.startsWith("{\n") ? text : text.split("\n")[0]!), r);
  return new TextEncoder().encode(JSON.stringify(value));
}

/** What is wrong with the way in which a file was taken; undefined where nothing is. */
async function fault(target: Target, bytes: Uint8Array): Promise<{ read: boolean; wrong?: string }> {
  const before = process.memoryUsage.rss();
  const start = process.cpuUsage();
  let read = true;
  let wrong: string | undefined;
  try {
    await target.read(bytes);
  } catch (error) {
    read = false;
    if (!(error instanceof UnrolledError)) wrong = `${(error as Error).stack ?? error}`;
    else if (/(?<!got )undefined|\[object/.test(error.message)) wrong = error.message;
  }
  const { user, system } = process.cpuUsage(start); // not wall time: other processes may hold this one up
  const seconds = (user + system) / 1e6;
  const megabytes = (process.memoryUsage.rss() - before) / 1e6;
  if (seconds > 5) wrong ??= `${seconds.toFixed(1)} s`;
  if (megabytes > 500) wrong ??= `${megabytes.toFixed(0)} MB`;
  return { read, ...(wrong === undefined ? {} : { wrong }) };
}

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
