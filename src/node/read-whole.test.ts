// A large file is read in parts, several at a time.
import { truncateSync, writeFileSync } from "node:fs";
import { afterAll, expect, it } from "vitest";
import { scratchFolder } from "../../test/cli/terminal.ts";
import { readWhole } from "./folders.ts";

const scratch = scratchFolder();
afterAll(() => scratch.remove());

const bytes = Uint8Array.from({ length: 2 ** 24 + 12_345 }, (_, i) => (i * 2_654_435_761) >>> 24);
const path = scratch.path("large.bin");
writeFileSync(path, bytes);

it("gives all bytes, and lets them be seen once each, in order", async () => {
  const seen: Uint8Array[] = [];
  const read = await readWhole(path, (part) => seen.push(part.slice()));
  expect(read).toEqual(bytes);
  expect(seen.length).toBeGreaterThan(3);
  expect(new Uint8Array(Buffer.concat(seen))).toEqual(bytes);
});

it("ends where a file that becomes shorter ends", async () => {
  let length = 0;
  const read = await readWhole(path, (part) => {
    if (length === 0) truncateSync(path, 2 ** 24 + 5);
    length += part.length;
  });
  expect(read).toHaveLength(2 ** 24 + 5);
  expect(length).toBe(read.length);
});
