import { execFileSync } from "node:child_process";
import { createWriteStream, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { random } from "../base/index.ts";
import { fileLines } from "./file-lines.ts";
import { describeSkipped, findFiles, findTextFiles } from "./find-files.ts";
import { openSource } from "./source.ts";
import { readHead, readText } from "./text-files.ts";
import { utf8Check, utf8Fault } from "./utf8.ts";

let scratch = "";
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "unrolled-source-"));
});
afterAll(() => rm(scratch, { recursive: true, force: true }));
const write = (name: string, contents: string | Uint8Array) => {
  const path = join(scratch, name);
  writeFileSync(path, contents);
  return path;
};
const textOf = async (path: string) => {
  const source = await openSource(path);
  try {
    return { text: source.read(0, source.size).toString(), notes: source.notes };
  } finally {
    source.close();
  }
};

// "로그인 오류,기술" and "결제가 두 번 되었어요,결제" in CP949.
const cp949 = Buffer.from(
  "b7cef1d7c0ce20bfc0b7f92cb1e2bcfa0ab0e1c1a6b0a120b5ce20b9f820b5c7beFabeee bfe42cb0e1c1a60a".replace(/ /g, ""),
  "hex",
);

describe("openSource", () => {
  const text = `${Array.from({ length: 90_000 }, (_, i) => `line ${i} né`).join("\n")}\n`; // 1.4 MB

  it("gives the same bytes and fingerprint for plain, packed, UTF-16 and spooled files", async () => {
    const files = [
      write("plain.txt", text),
      write("packed.txt.gz", gzipSync(text)),
      write("wide.txt", Buffer.from(`\ufeff${text}`, "utf16le")),
    ];
    const prints = new Set<string>();
    for (const mostInMemory of [1 << 26, 1000]) {
      for (const file of files) {
        const source = await openSource(file, { mostInMemory });
        expect(source.read(0, source.size).toString() === text).toBe(true);
        expect(source.read(99_000, 99_010).toString()).toBe(Buffer.from(text).subarray(99_000, 99_010).toString());
        prints.add(source.sha256());
        source.close();
      }
    }
    expect(prints.size).toBe(1);
  });

  it.runIf(process.platform !== "win32")("reads a named pipe once, without losing a byte", async () => {
    const pipe = join(scratch, "pipe");
    execFileSync("mkfifo", [pipe]);
    const writer = createWriteStream(pipe);
    writer.write(text[0]!); // a first chunk of one byte
    setTimeout(() => writer.end(text.slice(1)), 20);
    const head = await readHead(pipe, 500_000);
    expect(head.length).toBe(500_000);
    expect((await readText(pipe)) === text).toBe(true);
  });

  it("converts other encodings with a note, and refuses them with the right command where that is not wanted", async () => {
    const path = write("tickets.csv", cp949);
    const { text: read, notes } = await textOf(path);
    expect(read.split("\n")[0]).toMatch(/,기술$/);
    expect(notes.join()).toMatch(/CP949 \(Korean\).*iconv -f CP949 -t UTF-8/);
    await expect(readText(path)).rejects.toThrow(/hint: it looks like CP949 \(Korean\): iconv -f CP949 -t UTF-8/);
    const western = write("western.txt", Buffer.from("caf\xe9, cr\xe8me br\xfbl\xe9e \x93so\x94", "latin1"));
    expect((await textOf(western)).text).toBe("café, crème brûlée “so”");
    await expect(readText(western)).rejects.toThrow("iconv -f WINDOWS-1252 -t UTF-8");
    const greek = write("greek.txt", Buffer.from("cff2 e4e9e1eaefece9f3f4dee2 e4e5ed".replace(/ /g, ""), "hex"));
    await expect(textOf(greek)).rejects.toThrow("iconv -f ENCODING -t UTF-8");
    const damaged = write(
      "damaged.txt",
      Buffer.concat([Buffer.from("한국어 글입니다. 다시 씁니다.\n"), Buffer.of(0xff)]),
    );
    await expect(textOf(damaged)).rejects.toThrow(/in line 2\n.*the rest of it is UTF-8/);
  });

  it.runIf(process.platform === "linux")("refuses devices without end, and folders", async () => {
    await expect(openSource("/dev/zero")).rejects.toThrow("/dev/zero: expected a text, got a binary file");
    await expect(openSource("/dev/urandom")).rejects.toMatchObject({ name: "UnrolledError" });
    await expect(openSource(scratch)).rejects.toThrow("expected a file, got a folder");
    const zeros = write("zeros.gz", gzipSync(new Uint8Array(1e7)));
    await expect(openSource(zeros)).rejects.toThrow("binary file (byte 0 is 0)");
  });

  it("leaves no warning about listeners behind for a large gzip file", async () => {
    const r = random(4);
    const noise = Array.from({ length: 400_000 }, () => r.below(1e9).toString(36)).join("\n");
    const warned: string[] = [];
    const listen = (warning: Error) => warned.push(warning.name);
    process.on("warning", listen);
    const source = await openSource(write("large.gz", gzipSync(noise)));
    let lines = 0;
    for (const _ of fileLines(source)) lines++;
    source.close();
    await new Promise((go) => setTimeout(go, 5));
    process.off("warning", listen);
    expect([lines, ...warned]).toEqual([400_000]);
  });
});

describe("utf8Check", () => {
  it("finds the first fault wherever the chunks are cut", () => {
    const r = random(31);
    const pool = [0x41, 0x80, 0xbf, 0xc2, 0xe0, 0xa0, 0xed, 0x9f, 0xf0, 0x90, 0xf4, 0x8f, 0xff];
    for (let trial = 0; trial < 3000; trial++) {
      const good = Buffer.from("a é 한 😀".repeat(r.below(3)));
      const bytes = Buffer.concat([good, Uint8Array.from({ length: r.below(6) }, () => pool[r.below(pool.length)]!)]);
      const check = utf8Check();
      for (let at = 0; at < bytes.length; ) {
        const to = at + 1 + r.below(4);
        check.add(bytes.subarray(at, to));
        at = to;
      }
      expect(check.position()).toBe(utf8Fault(bytes));
    }
  });
});

describe("findTextFiles", () => {
  it("walks folders in order, leaves out what is no text, and names what it left out", async () => {
    const root = join(scratch, "tree");
    mkdirSync(join(root, "b", "node_modules"), { recursive: true });
    mkdirSync(join(root, ".git"));
    const files: Record<string, string | Uint8Array> = {
      "z.ts": "export {};",
      "b/a.ts": "a",
      "b/image.png": Uint8Array.of(137, 80, 78, 71, 0, 0),
      "b/empty.ts": "",
      "b/node_modules/x.js": "x",
      ".git/config": "x",
      "a.md.gz": gzipSync("text"),
    };
    for (const [name, contents] of Object.entries(files)) writeFileSync(join(root, name), contents);
    symlinkSync("..", join(root, "b", "circle"));
    const { files: found, skipped } = await findTextFiles([root]);
    const names = (all: string[]) => all.map((file) => file.slice(root.length + 1));
    expect(names(found)).toEqual(["a.md.gz", "z.ts", "b/a.ts"]);
    expect(describeSkipped(skipped).replaceAll(`${root}/`, "")).toBe(
      "2 files left out: 1 empty (b/empty.ts), 1 binary (b/image.png)",
    );
    const deep = await findTextFiles([join(root, "**/*.ts")]);
    expect(names(deep.files)).toEqual(["z.ts", "b/a.ts"]);
    await expect(findTextFiles([join(root, "*.zip")])).rejects.toThrow("expected files that match, got none");
    await expect(findTextFiles([join(root, "none")])).rejects.toThrow("no such file");
    const odd = write("what?.txt", "a name with a sign");
    expect((await findTextFiles([odd])).files).toEqual([odd]);
  });
  it.each([
    ["a model", { unrolled: 1, task: "tagger" }, "unrolled train --resume"],
    ["word vectors", { unrolled: 1, kind: "word-vectors" }, "--embeddings"],
  ])("does not take a folder with %s for texts", async (what, config, hint) => {
    const root = join(scratch, what);
    mkdirSync(join(root, "saved"), { recursive: true });
    writeFileSync(join(root, "a.txt"), "text");
    writeFileSync(join(root, "saved", "config.json"), JSON.stringify(config));
    expect((await findTextFiles([root])).files).toEqual([join(root, "a.txt")]);
    expect(await findFiles([root])).toEqual([join(root, "a.txt")]);
    for (const find of [findTextFiles, findFiles]) {
      await expect(find([join(root, "saved")])).rejects.toThrow(`expected texts, got a folder with ${what}`);
      await expect(find([join(root, "saved")])).rejects.toThrow(hint);
    }
    writeFileSync(join(root, "saved", "config.json"), "{}"); // of something else
    expect((await findTextFiles([root])).files).toHaveLength(2);
  });
});
