// Every kind of file that `unrolled train` takes: recognized, trained, used, looked into, kept; and files that are refused.
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import type { Answer, Ask, Lens } from "../../src/run/index.ts";
import { load as loadFiles } from "../../src/web/index.ts";
import { watch } from "./watch.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const times = (count: number, row: (i: number) => string, between = "\n") =>
  `${Array.from({ length: count }, (_, i) => row(i)).join(between)}\n`;
const words = "the a film plot scene actor music".split(" ");
const word = (i: number) => words[(i * 7 + (i >> 2)) % words.length]!;
const film = (i: number) => `${word(i)} ${i % 2 ? "dull" : "lovely"} ${word(i + 3)}`;

interface Case {
  readonly file: string;
  readonly text: string;
  readonly task: string;
  readonly recognized: RegExp;
  readonly lenses: readonly Lens[];
  readonly ask: Ask;
  readonly check: (answer: Answer) => void;
}

const sentences = times(24, (i) => `${i % 2 ? "Anna" : "Omar"} B-PER\nsaw O\n${i % 3 ? "Paris" : "Lima"} B-LOC\n`);
const tune = (i: number) =>
  `X:${i + 1}\nT:Tune\nR:reel\nM:4/4\nL:1/8\nK:${i % 2 ? "G" : "D"}\nGABc dedB|dedB dedB|c2ec B2dB|G8|]\n`;
const read = ["units", "gradient", "saliency", "words", "parameters"] as const;

const cases: readonly Case[] = [
  {
    file: "reviews.tsv",
    text: `text\tlabel\n${times(60, (i) => `${film(i)}\t${i % 2 ? "bad" : "good"}`)}`,
    task: "classifier",
    recognized: /texts of 2 classes/,
    lenses: read,
    ask: { text: "a lovely film" },
    check: (answer) => expect(answer).toMatchObject({ task: "classifier", classes: [{}, {}] }),
  },
  {
    file: "stars.csv",
    text: `text,score\n${times(60, (i) => `${film(i)},${(i % 9) / 2}`)}`,
    task: "regressor",
    recognized: /score/,
    lenses: read,
    ask: { text: "a lovely film" },
    check: (answer) => expect(answer).toMatchObject({ task: "regressor", value: expect.any(Number) }),
  },
  {
    file: "people.conll",
    text: sentences,
    task: "tagger",
    recognized: /CoNLL/,
    lenses: read,
    ask: { text: "Omar saw Paris" },
    check: (answer) => expect(answer).toMatchObject({ task: "tagger", tokens: ["Omar", "saw", "Paris"] }),
  },
  {
    file: "pairs.tsv",
    text: times(60, (i) => `${film(i)} and ${word(i)}\t${film(i + 1)} und ${word(i + 2)}`),
    task: "translator",
    recognized: /pairs/,
    lenses: ["units", "gradient", "saliency", "attention", "words", "parameters"],
    ask: { text: "the lovely plot", beam: 2 },
    check: (answer) => expect(answer).toMatchObject({ task: "translator", translations: [{}, {}] }),
  },
  {
    file: "load.csv",
    text: `load\n${times(200, (i) => (100 + 30 * Math.sin(i / 4)).toFixed(1))}`,
    task: "forecaster",
    recognized: /series of numbers/,
    lenses: ["units", "gradient", "parameters"],
    ask: { text: "", at: 0.5 },
    check: (answer) => expect(answer).toMatchObject({ task: "forecaster", name: "load", future: [expect.any(Number)] }),
  },
  {
    file: "tunes.abc",
    text: times(12, tune),
    task: "generator",
    recognized: /ABC notation/,
    lenses: ["units", "gradient", "parameters"],
    ask: { text: "", labels: { key: "G" } },
    check: (answer) => expect(answer).toMatchObject({ task: "generator", music: { notes: expect.any(Array) } }),
  },
];

const small = { hiddenSize: 8, embeddingSize: 8, steps: 4, batchSize: 8 };

test.each(cases)("$file: a $task", async ({ file, text, task, recognized, lenses, ask, check }) => {
  const { run, until, posted } = watch();
  run.handle({ kind: "start", recipe: small, file: { name: file, bytes: bytes(text) }, light: true });
  const ready = await until("ready");
  expect(ready).toMatchObject({ task, file, lenses, recognized: expect.stringMatching(recognized) });
  run.handle({ kind: "ask", id: 5, ...ask });
  check((await until("answered")).answer);
  await until("done");
  expect((await until("shown")).answers.length).toBeGreaterThan(0);
  for (const lens of lenses) {
    const at = posted.length;
    run.handle({ kind: "watch", lens, probe: "" });
    expect((await until(lens, at)).step).toBe(4);
  }
  const { layers, characters } = await until("units");
  expect(layers[0]!.states.h ?? layers[0]!.states.a).toHaveLength(layers[0]!.H * characters.length);
  run.handle({ kind: "keep" });
  const { files } = await until("kept");
  expect((await loadFiles(files)).task).toBe(task);
  const at = posted.length;
  const opened = watch();
  opened.run.handle({ kind: "open", name: "kept", files, file: { name: file, bytes: bytes(text) } });
  opened.run.handle({ kind: "ask", id: 6, ...ask });
  check((await opened.until("answered")).answer);
  expect(posted).toHaveLength(at);
  for (const each of [run, opened.run]) each.handle({ kind: "stop" });
});

const utf16 = (text: string) => Uint8Array.from([0xff, 0xfe, ...Buffer.from(text, "utf16le")]);

test.each([
  ["empty.txt", new Uint8Array(0), "empty.txt: expected a text, got an empty file"],
  ["blank.txt", bytes(" \n\n "), "blank.txt: expected a text, got white space only"],
  ["photo.jpg", Uint8Array.from([0xff, 0xd8, 0, 1]), "photo.jpg: expected a text, got a binary file (byte 2 is 0)"],
  ["latin.txt", Uint8Array.from([99, 97, 102, 0xe9]), /text in UTF-8 or UTF-16/],
  ["huge.txt", new Uint8Array(64 * 2 ** 20 + 1).fill(97), "huge.txt: expected at most 64 MiB, got 64.1 MiB"],
  ["cut.gz", gzipSync("a".repeat(5000)).subarray(0, 20), /gzip file is damaged/],
  ["one.txt", bytes("one line"), /at least 200 characters, got 8/],
  ["same.txt", bytes("a".repeat(500)), /more than one character/],
  ["wide.txt", utf16("too short"), /at least 200 characters, got 9/],
  ["table.csv", bytes('text,label\n"never closed,a\nb,c\n'), /table.csv/],
  ["one-class.tsv", bytes(`text\tlabel\n${times(30, (i) => `film ${i} here\tgood`)}`), /two or more classes/],
  ["short.csv", bytes("load\n1\n2\n3\n4\n"), /20 or more rows of numbers/],
  ["broken.mid", bytes("MThd\0\0\0"), /broken.mid/],
  ["book.pdf", Uint8Array.from([...bytes("%PDF-1.7\n%"), 0xe2, 0xe3]), "book.pdf: expected a text, got a PDF document"],
  ["letter.docx", bytes("PK\x03\x04\x14\0\x06\0"), "letter.docx: expected a text, got a zip archive"],
  ["no-mark.txt", utf16("sixteen bits a letter".repeat(20)).subarray(2), /binary file \(byte 1 is 0\)/],
  ["empty.txt.gz", gzipSync(""), "empty.txt.gz: expected a text, got an empty file"],
  ["twice.txt.gz", gzipSync(gzipSync("a".repeat(500))), /a binary file/],
  ["mark.txt", Uint8Array.from([0xef, 0xbb, 0xbf]), /an empty file/],
  ["list.json", bytes(JSON.stringify(Array(40).fill({ text: "film", label: "good" }))), /got a JSON array/],
  [
    "cut.jsonl",
    bytes(`${times(30, (i) => `{"text":"film ${i}","label":"${"ab"[i % 2]}"}`)}{"text": "cu`),
    /cut.jsonl:31/,
  ],
  ["gap.conll", bytes(`${times(30, () => "Anna B-PER\nleft O\n")}Paris\n`), /gap.conll:91: expected 2 columns/],
  ["header.csv", bytes("text,label\n"), /expected rows of text and label, got none/],
  ["silent.abc", bytes("X:1\nT:Nothing\nM:4/4\nK:C\n"), /expected tunes with notes, got none/],
  [
    "zero.txt",
    bytes(`${"a text ".repeat(50)}\0and more`),
    "zero.txt: expected a text, got a binary file (byte 350 is 0)",
  ],
])("%s is refused in a sentence", async (name, content, message) => {
  const { run, until } = watch();
  run.handle({ kind: "start", recipe: small, file: { name, bytes: Uint8Array.from(content) } });
  const failed = await until("failed");
  expect(failed.message).toMatch(message);
  expect(failed.message).not.toMatch(/unexpected error|\n/);
});

test("a gate that is held changes what the network expects, and letting it go changes it back", async () => {
  const { run, until, posted } = watch();
  const text = times(60, (i) => `${word(i)}${word(i + 1)}`);
  run.handle({ kind: "start", recipe: { ...small, cell: "gru", steps: 30, kind: "lines" }, text });
  await until("done");
  const look = async (value?: number) => {
    const at = posted.length;
    const hold = value === undefined ? undefined : { layer: "encoder l0", gate: "update", value };
    run.handle({ kind: "watch", lens: "units", probe: "filmplot", hold });
    const frame = await until("units", at);
    return { surprise: frame.surprise, update: [...frame.layers[0]!.gates.update!] };
  };
  const free = await look();
  const open = await look(1);
  expect(open.update.every((value) => value === 1)).toBe(true);
  expect(free.update.some((value) => value !== 1)).toBe(true);
  expect(open.surprise).not.toEqual(free.surprise);
  expect(await look()).toEqual(free);
  const at = posted.length;
  run.handle({
    kind: "write",
    id: 1,
    prompt: "fi",
    temperature: 0.5,
    seed: 2,
    hold: { layer: "encoder l0", gate: "update", value: 1 },
  });
  const { texts } = await until("written", at);
  expect(texts.find((one) => one.text !== "")!.alternatives![0]).toHaveLength(4);
  run.handle({ kind: "stop" });
});
