import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { random } from "../base/index.ts";
import { readLines, readText } from "./text-files.ts";
import { utf8Fault } from "./utf8.ts";

let scratch = "";
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "unrolled-text-"));
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

async function file(contents: string | Uint8Array): Promise<string> {
  const path = join(scratch, "text");
  await writeFile(path, contents);
  return path;
}
async function lines(path: string) {
  const all: string[] = [];
  let numbered = true;
  for await (const { text, number } of readLines(path)) numbered &&= number === all.push(text);
  expect(numbered).toBe(true);
  return all;
}

describe("readText and readLines", () => {
  const text = "één\r\n한국어 😀\n\nlast";
  it.each([
    ["plain", (bytes: Uint8Array) => bytes],
    ["gzip", (bytes: Uint8Array) => gzipSync(bytes)],
    [
      "gzip in two members",
      (bytes: Uint8Array) => Buffer.concat([gzipSync(bytes.slice(0, 9)), gzipSync(bytes.slice(9))]),
    ],
  ])("read %s, with and without a byte order mark", async (_, pack) => {
    for (const mark of ["", "\ufeff"]) {
      const path = await file(pack(new TextEncoder().encode(mark + text)));
      expect(await readText(path)).toBe(text);
      expect(await lines(path)).toEqual(["één", "한국어 😀", "", "last"]);
    }
  });
  it("read UTF-16", async () => {
    const path = await file(Buffer.from(`\ufeff${text}`, "utf16le"));
    expect(await readText(path)).toBe(text);
    expect(await lines(path)).toEqual(["één", "한국어 😀", "", "last"]);
  });
  it("cut lines alike wherever the chunks of a long file end", async () => {
    const r = random(2);
    const expected = Array.from({ length: 12_000 }, (_, i) => `${i} ${"가é😀a".repeat(r.below(10))}`);
    const path = await file(`${expected.join("\n")}\n`);
    expect(await lines(path)).toEqual(expected);
    await file(gzipSync(expected.join("\r\n")));
    expect(await lines(path)).toEqual(expected);
  });
  it.each([
    ["a truncated gzip", gzipSync("some text, some more text").subarray(0, 30), "the gzip data is truncated"],
    ["a corrupt gzip", gzipSync("some text").map((x, i) => (i === 14 ? x ^ 255 : x)), "the gzip data is corrupt"],
    ["a wrong byte", Buffer.from([97, 10, 98, 0xe9, 10]), "expected UTF-8, got byte 0xe9 at position 3, in line 2"],
    [
      "a character cut off",
      Buffer.from([97, 10, 0xed, 0x95]),
      "expected UTF-8, got byte 0xed at position 2, in line 2",
    ],
    ["a binary file", Buffer.from([0x7f, 69, 76, 70, 1, 0, 7]), "expected a text, got a binary file (byte 5 is 0)"],
  ])("refuse %s in a clear line", async (_, bytes, message) => {
    const path = await file(bytes);
    for (const read of [readText, lines]) {
      await expect(read(path)).rejects.toMatchObject({ name: "UnrolledError", code: "file" });
      await expect(read(path)).rejects.toThrow(`${path}: ${message}`);
    }
  });
  it("refuse what is no file", async () => {
    for (const read of [readText, lines]) {
      await expect(read(join(scratch, "none"))).rejects.toThrow("none: no such file");
      await expect(read(scratch)).rejects.toThrow("expected a file, got a folder");
    }
    await expect(readText(await file(""))).rejects.toThrow("expected a text, got an empty file");
    await expect(readText(await file("\ufeff"))).rejects.toThrow("got an empty file");
    expect(await lines(await file(""))).toEqual([]);
  });
  it("stop early without a word", async () => {
    for await (const { text } of readLines(await file("a\nb\n".repeat(500_000)))) {
      expect(text).toBe("a");
      break;
    }
  });
});

describe("utf8Fault", () => {
  it("agrees with TextDecoder on random bytes, and points at the first byte of the fault", () => {
    const r = random(9);
    const pool = [
      0x41, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xed, 0xef, 0xf0, 0xf1, 0xf4, 0xf5, 0xff,
    ];
    const valid = (bytes: Uint8Array) => {
      try {
        new TextDecoder("utf-8", { fatal: true }).decode(bytes);
        return true;
      } catch {
        return false;
      }
    };
    let good = 0;
    for (let trial = 0; trial < 6_000; trial++) {
      const bytes = Uint8Array.from({ length: r.below(7) }, () => pool[r.below(pool.length)]!);
      const fault = utf8Fault(bytes);
      expect(fault < 0).toBe(valid(bytes));
      if (fault < 0) good++;
      else expect(valid(bytes.subarray(0, fault))).toBe(true);
    }
    expect(good).toBeGreaterThan(300);
  });
});
