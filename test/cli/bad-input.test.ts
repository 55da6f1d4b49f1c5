// What goes wrong gives one clear line on standard error and an exit code, and nothing is lost.
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { random } from "../../src/base/index.ts";
import { scratchFolder, smallText, tiny, unrolled } from "./terminal.ts";

const scratch = scratchFolder();
afterAll(() => scratch.remove());

/** One line, a hint at most below it, no stack trace. */
const oneLine = /^error: [^\n]+\n( {2}hint: [^\n]+\n)?$/;

async function refused(args: readonly string[], message: string | RegExp, code = 1): Promise<void> {
  const ran = await unrolled(args);
  expect(ran.err).toMatch(oneLine);
  expect(ran.err).toMatch(message);
  expect(ran.code).toBe(code);
}

describe("a text that cannot be trained on", () => {
  const cases: [name: string, contents: string | Uint8Array, message: RegExp][] = [
    ["empty.txt", "", /expected a text, got an empty file/],
    ["binary.bin", new Uint8Array([77, 0, 1, 2, 255]), /expected a text, got a binary file \(byte 1 is 0\)/],
    [
      "picture.txt",
      new Uint8Array([0x89, 80, 78, 71, 13, 10, 26, 10, 0]),
      /expected a text, got a PNG picture\n +hint: train on/,
    ],
    ["cut.txt.gz", gzipSync(smallText).subarray(0, -20), /the gzip data is truncated/],
    ["short.txt", "too short for a window", /expected at least 65 characters to train on \(bptt \+ 1\), got 19/],
    ["one.txt", "a".repeat(1000), /expected more than one character, got 1/],
    ["words.txt", "each word occurs just once here", /expected more than one word that occurs twice, got 0/],
    ["blank.txt", "\n\n\n", /expected lines, got only empty lines/],
    ["few.txt", "one line\n", /expected two or more rows, got 1/],
  ];
  it.each(cases)("%s", async (name, contents, message) => {
    const mode = { "words.txt": ["--tokens", "word"], "blank.txt": ["--lines"], "few.txt": ["--lines"] }[name] ?? [];
    await refused(["train", scratch.write(name, contents), "--out", scratch.path("never"), ...mode], message);
  });
  it("is missing, or a folder, or not named", async () => {
    await refused(["train", scratch.path("missing.txt")], /missing\.txt: no such file/);
    await refused(["train"], /expected a file to train on, got none/, 2);
  });
});

describe("a file whose name promises more than its lines hold", () => {
  it("does not become a language model in silence", async () => {
    const ragged = scratch.write("ragged.csv", "one,two\nthree\nfour,five,six\n");
    await refused(["train", ragged, "--out", scratch.path("never")], /ragged\.csv:2: expected 2 cells/);
    const prose = scratch.write("prose.jsonl", '{"note": "a"}\n{"note": "b"}\n');
    await refused(["train", prose, "--out", scratch.path("never")], /train on it as plain text: --task language-model/);
    const array = scratch.write(
      "rows.json",
      JSON.stringify([
        { text: "so good", label: "a" },
        { text: "so bad", label: "b" },
      ]),
    );
    await refused(
      ["train", array, "--out", scratch.path("never")],
      /expected one JSON object a line \(JSONL\), got a JSON array\n {2}hint: convert it: jq -rc/,
    );
  });
  it("has no tags in a column of numbers", async () => {
    const rows = "Ann 0.51 B-PER\nsaw 0.24 O\nRome 0.125 B-LOC\n\n".repeat(9);
    const scored = scratch.write("scored.conll", rows);
    const args = ["train", scored, "--tag-column", "2", "--out", scratch.path("never")];
    await refused(args, /expected tags, got numbers such as 0\.\d+\n {2}hint: --tag-column N/);
  });
});

describe("absurd flags", () => {
  const text = scratch.write("text.txt", smallText);
  const cases = [
    "--hidden 0",
    "--hidden 1.5",
    "--hidden NaN",
    "--layers -1",
    "--lr -1",
    "--lr NaN",
    "--lr 1e999",
    "--dropout 1.5",
    "--dropout 1",
    "--threads 9999",
    "--threads 0",
    "--shards 3",
    "--epochs 0",
    "--minutes -3",
    "--steps 1e99",
    "--valid 1.5",
    "--valid NaN",
    "--seed x",
    "--cell transformer",
    "--tokens byte",
    "--steps 5 --minutes 1",
    "--no-such-flag",
  ];
  it.each(cases)("%s", async (flags) => {
    await refused(["train", text, ...flags.split(" ")], /^error: /, 2);
  });
  it("that contradict each other or the folder", async () => {
    await refused(
      ["train", text, "--tie", "--embedding", "7", "--hidden", "256", "--out", scratch.path("tie")],
      /--tie: expected --embedding 256, as --hidden, got 7/,
      2,
    );
    await refused(
      ["train", text, "--out", scratch.path("")],
      /expected an empty or new folder, got a folder with files/,
    );
    await refused(["train", text, "--resume", scratch.path("nowhere")], /nowhere: no such folder/);
    await refused(["summary", "--hidden", "4", scratch.path("x")], /expected either a model, or options .* got /, 2);
    await refused(["walk", "--stage", "lunch"], /expected one of trace, .*onnx, got lunch/, 2);
    await refused(["dance"], /unknown command 'dance'/, 2);
  });
});

describe("a model, whole or broken", () => {
  const model = scratch.path("model");
  const files: Record<string, Buffer> = {};
  beforeAll(async () => {
    const text = scratch.write("text.txt", smallText);
    expect((await unrolled(["train", text, "--out", model, "--steps", "2", ...tiny])).code).toBe(0);
    for (const name of ["config.json", "model.safetensors", "tokenizer.json"])
      files[name] = readFileSync(`${model}/${name}`);
  });

  /** A copy of the model with one file changed. */
  function changed(name: string, contents: string | Uint8Array): string {
    const folder = scratch.path("changed");
    mkdirSync(folder, { recursive: true });
    for (const [each, bytes] of Object.entries(files))
      writeFileSync(`${folder}/${each}`, each === name ? contents : bytes);
    return folder;
  }
  const config = () => JSON.parse(files["config.json"]!.toString()) as Record<string, unknown>;

  it("is missing, or no model, or from a newer version", async () => {
    await refused(["sample", scratch.path("no-model")], /no-model: no such folder/);
    await refused(["sample", scratch.path("")], /there is no config\.json/);
    await refused(
      ["sample", changed("config.json", JSON.stringify({ ...config(), unrolled: 99 }))],
      /expected version 1 or older, got version 99/,
    );
    await refused(["evaluate", changed("config.json", "{"), scratch.path("text.txt")], /config\.json.*expected JSON/);
    await refused(["sample", changed("tokenizer.json", '{"kind":"char"}')], /config\.json|tokenizer/);
  });
  it("is not a text to train on", async () => {
    const hint = new RegExp(`got a folder with a model\\n {2}hint: .*--resume ${model} `);
    for (const data of [[model], [scratch.path("text.txt"), "--valid", model]])
      await refused(["train", ...data, "--out", scratch.path("never")], hint);
  });
  it("has weights that were cut off, or whose header lies", async () => {
    const weights = files["model.safetensors"]!;
    const header = weights.readBigUInt64LE(0);
    const huge = Buffer.from(weights);
    huge.writeBigUInt64LE(1n << 40n);
    const text = weights.subarray(8, 8 + Number(header)).toString();
    const withHeader = (made: string) =>
      Buffer.concat([weights.subarray(0, 8), Buffer.from(made), weights.subarray(8 + Number(header))]);
    for (const bytes of [
      weights.subarray(0, weights.length - 10),
      weights.subarray(0, 5),
      huge,
      withHeader(text.replace('"F32"', '"F16"')),
      withHeader(text.replace('"data_offsets":[0,', '"data_offsets":[8,')),
      withHeader(text.replace("weight_hh", "weight_xx")),
    ]) {
      await refused(["sample", changed("model.safetensors", bytes), "--length", "3"], /model\.safetensors/);
    }
  });
  it("has bits flipped: refused or read, never a stack trace", async () => {
    const r = random(3);
    for (let i = 0; i < 30; i++) {
      const name = ["config.json", "tokenizer.json", "model.safetensors"][i % 3]!;
      const bytes = Buffer.from(files[name]!);
      const at = r.below(Math.min(bytes.length, 600)); // the header of the weights
      bytes[at]! ^= 1 << r.below(8);
      const ran = await unrolled(["sample", changed(name, bytes), "--length", "1", "--seed", "1"]);
      if (ran.code !== 0) expect(ran.err, `${name} byte ${at}`).toMatch(oneLine);
      expect(ran.err).not.toContain("unexpected error");
    }
  });
  it("is asked for characters that it does not know", async () => {
    await refused(["sample", model, "--prompt", "Été"], /unknown characters "É" \(U\+00C9\), "t?é"?/);
    expect((await unrolled(["sample", model, "--prompt", "Été"])).out).toBe("");
    await refused(["evaluate", model, scratch.write("hangul.txt", "한글 텍스트")], /unknown characters "한"/);
    await refused(["evaluate", model, scratch.write("letter.txt", "a")], /expected at least 2 tokens, got 1/);
  });
});

describe("a folder that cannot be written", () => {
  it.skipIf(process.getuid?.() === 0)("says so before it trains", async () => {
    const text = scratch.write("text.txt", smallText);
    mkdirSync(scratch.path("locked"));
    chmodSync(scratch.path("locked"), 0o500);
    await refused(["train", text, "--out", scratch.path("locked/model"), ...tiny], /permission denied/);
  });
  it("is a file", async () => {
    const text = scratch.write("text.txt", smallText);
    await refused(["train", text, "--out", text, "--steps", "1", ...tiny], /expected .* folder/);
    await refused(["train", text, "--out", `${text}/model`, "--steps", "1", ...tiny], /a part of this path is a file/);
  });
});
