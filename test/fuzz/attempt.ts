// One mutated file of a target: how it is made, and what is wrong with the way in which it was taken.
import { random, UnrolledError } from "../../src/base/index.ts";
import { mutateBytes, mutateJson } from "./mutate.ts";
import { type Target, targets } from "./readers.ts";

const all = targets.flatMap(({ seeds }) => seeds);

/** The file of number `n`. */
export function mutated({ seeds, json }: Target, n: number): Uint8Array {
  const r = random([n, 0x66757a7a]);
  const seed = seeds[r.below(seeds.length)]!;
  if (!json || r.below(2)) return mutateBytes(seed, r, all);
  const text = new TextDecoder().decode(seed);
  const value = mutateJson(JSON.parse(text.startsWith("{\n") ? text : text.split("\n")[0]!), r);
  return new TextEncoder().encode(JSON.stringify(value));
}

/** What is wrong with the way in which a file was taken; undefined where nothing is. */
export async function fault(target: Target, bytes: Uint8Array): Promise<{ read: boolean; wrong?: string }> {
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
