// Five users with files as they come from other programs: each trains at the first try, with defaults.
import { mkdirSync, writeFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { random } from "../../src/base/index.ts";
import { run } from "./in-process.ts";
import { scratchFolder } from "./terminal.ts";

const scratch = scratchFolder();
afterAll(() => scratch.remove());
const r = random(8);
const pick = <T>(list: readonly T[]): T => list[r.below(list.length)]!;
/** What keeps a test quick; everything else is left to the defaults. */
const quick = ["--hidden", "4", "--steps", "3"];

/** "환불" and the like in CP949, as Excel on a Korean Windows writes CSV. */
const cp949: Readonly<Record<string, readonly number[]>> = {
  환불: [0xc8, 0xaf, 0xba, 0xd2],
  배송: [0xb9, 0xe8, 0xbc, 0xdb],
  문의: [0xb9, 0xae, 0xc0, 0xc7],
  제목: [0xc1, 0xa6, 0xb8, 0xf1],
  분류: [0xba, 0xd0, 0xb7, 0xf9],
};
const encoded = (text: string) =>
  Buffer.concat(text.split(/([가-힣]{2})/).map((part) => Buffer.from(cp949[part] ?? Buffer.from(part, "latin1"))));

async function trained(file: string, ...flags: string[]) {
  const out = scratch.path("model");
  const { out: text, err, exitCode } = await run("train", file, "--out", out, "--overwrite", ...flags);
  expect(exitCode).toBe(0);
  return { text: text + err, out };
}

describe("first try", () => {
  it("tickets from Excel, in CP949", async () => {
    const rows = Array.from(
      { length: 60 },
      (_, i) => `${i};"${pick(["배송", "환불"])} 문의 ${i}";${pick(["배송", "환불"])}\r\n`,
    );
    const file = scratch.path("tickets.csv");
    writeFileSync(file, encoded(`번호;제목;분류\r\n${rows.join("")}`.replace("번호", "No")));
    const { text, out } = await trained(file, ...quick);
    expect(text).toContain("CP949");
    expect(text).toMatch(/task +classifier/);
    expect(text).toContain("54 training rows, 6 validation rows; 2 classes");
    expect((await run("predict", out, "환불 문의")).out).toMatch(/배송|환불/);
  });

  it("entities from Doccano", async () => {
    const rows = Array.from({ length: 30 }, (_, id) => {
      const name = pick(["Ann", "Bob"]);
      const text = `${name} lives in ${pick(["Rome", "Oslo"])} 😀`;
      const entities = [
        { id: 2 * id, label: "PERSON", start_offset: 0, end_offset: 3 },
        { id: 2 * id + 1, label: "PLACE", start_offset: 13, end_offset: 17 },
      ];
      return JSON.stringify({ id, text, entities, relations: [], Comments: [] });
    });
    const { text, out } = await trained(scratch.write("all.jsonl", `${rows.join("\n")}\n`), ...quick);
    expect(text).toMatch(/task +tagger/);
    expect(text).toContain("PLACE");
    expect((await run("predict", out, "Ann lives in Oslo")).exitCode).toBe(0);
  });

  it("sales, newest first, with columns of texts", async () => {
    const rows = Array.from({ length: 120 }, (_, i) => {
      const day = new Date(Date.UTC(2024, 4, 1) - i * 86_400_000).toISOString().slice(0, 10).split("-").reverse();
      const sales = (1000 + 10 * (120 - i) + 200 * ((120 - i) % 7) + r.below(50)).toLocaleString("en-US");
      return `${day.join("/")},Main St,"${sales}.00",${pick(["sunny", "rain"])},\n`;
    });
    const file = scratch.write("sales.csv", `Date,Store,Revenue,Weather,Notes\n${rows.join("")}`);
    const { text, out } = await trained(file, "--target", "Revenue", ...quick);
    expect(text).toMatch(/task +forecaster/);
    expect(text).toContain("newest first");
    expect(text).toContain('not numbers, left out: "Store", "Weather"');
    expect(text).toContain('empty, left out: "Notes"');
    expect(text).toContain("linear autoregression");
    expect((await run("predict", out, file)).out).toMatch(/Revenue at 2024-05-02: /);
  });

  it("one list of names", async () => {
    const syllables = ["ka", "mi", "ro", "ten", "sa", "lu"];
    const names = Array.from({ length: 80 }, () => `${pick(syllables)}${pick(syllables)}${pick(syllables)}`);
    const { text, out } = await trained(scratch.write("names.txt", `${names.join("\n")}\n`), ...quick);
    expect(text).toMatch(/task +(language-model|generator)/);
    expect((await run("sample", out, "--seed", "1")).exitCode).toBe(0);
  });

  it("a folder of source code", async () => {
    const folder = scratch.path("src");
    mkdirSync(`${folder}/lib`, { recursive: true });
    const code = Array.from({ length: 40 }, (_, i) => `export const f${i} = (x: number) => x + ${i};\n`).join("");
    for (const name of ["a.ts", "lib/b.ts", "lib/c.ts"]) writeFileSync(`${folder}/${name}`, code);
    writeFileSync(`${folder}/logo.png`, Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0, 1, 2));
    const { text, out } = await trained(folder, ...quick);
    expect(text).toMatch(/task +language-model/);
    expect(text).toContain("logo.png");
    expect(text).toMatch(/file .*src, 3 files: plain text/);
    expect((await run("sample", out, "--length", "5")).exitCode).toBe(0);
  });
});
