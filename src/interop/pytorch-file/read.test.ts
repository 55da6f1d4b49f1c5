// Files that torch.save wrote (test/fixtures/make_pytorch_files.py), and files that mean harm.
import { describe, expect, it } from "vitest";
import fixtures from "../../../test/fixtures/pytorch-files.json" with { type: "json" };
import { UnrolledError } from "../../base/index.ts";
import { readPyTorch, stateDict } from "./read.ts";

interface Fixture {
  base64: string;
  tensors: Record<string, { shape: number[]; data: number[] }>;
}
const files = Object.entries(fixtures as unknown as Record<string, Record<string, Fixture>>).flatMap(
  ([version, cases]) => Object.entries(cases).map(([name, fixture]) => ({ version, name, ...fixture })),
);
/** A Buffer, as `readFile` gives. */
const bytesOf = ({ base64 }: Fixture) => Buffer.from(base64, "base64");
const sample = files.find(({ name }) => name === "state dict")!;
const text = (value: string) => new TextEncoder().encode(value);
const join = (...parts: (string | number[] | Uint8Array)[]) =>
  Uint8Array.from(parts.flatMap((part) => [...(typeof part === "string" ? text(part) : part)]));

describe.each(files)("torch $version: $name", (file) => {
  it("has the tensors that PyTorch had", () => {
    const { tensors, skipped } = readPyTorch(bytesOf(file));
    expect([...skipped]).toEqual([]);
    const isModule = /module|TorchScript/.test(file.name);
    const isNumbers = /kinds/.test(file.name);
    const found = isNumbers
      ? Object.fromEntries(
          [...tensors].map(([name, { shape, data }]) => [name, { shape, data: Array.from(data, Number) }]),
        )
      : stateDict(tensors, { prefix: "" });
    for (const [name, { shape, data }] of Object.entries(file.tensors)) {
      const value = found[name];
      expect(value?.shape, name).toEqual(shape);
      if (isNumbers && /half|bfloat16/.test(name)) continue; // kept as bits; stateDict converts them, below
      expect(Array.from(value!.data), name).toEqual(data);
    }
    if (!isModule) expect(Object.keys(found).sort()).toEqual(Object.keys(file.tensors).sort());
  });
});

it("converts half precision, and leaves integers out of a state dict", () => {
  const kinds = files.find(({ name }) => name === "kinds")!;
  const found = stateDict(readPyTorch(bytesOf(kinds)).tensors);
  expect(Array.from(found.half!.data)).toEqual(kinds.tensors.half!.data);
  expect(Array.from(found.bfloat16!.data)).toEqual(kinds.tensors.bfloat16!.data);
  expect(found.scalar).toEqual({ shape: [], data: Float32Array.of(2.5) });
  expect(found.long).toBeUndefined();
});

it("reads the plain values of a checkpoint, and takes a wrapper off its names", () => {
  const checkpoint = files.find(({ name }) => name === "checkpoint")!;
  const { tensors, values } = readPyTorch(bytesOf(checkpoint));
  expect(Object.fromEntries(values)).toMatchObject({
    epoch: 7,
    "args.hidden": 2,
    "args.tie": true,
    "optimizer.lr": 0.1,
  });
  expect(Object.keys(stateDict(tensors))).toEqual(Object.keys(sample.tensors));
});

describe("a file from elsewhere", () => {
  const magic = [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e];
  const version = [0x80, 2, 0x4d, 0xe9, 3, 0x2e];
  const machine = [0x80, 2, 0x7d, 0x2e];
  const legacy = (pickle: string | number[]) => join(magic, version, machine, pickle, [0x80, 2, 0x5d, 0x2e]);

  it("calls nothing: os.system is a name", () => {
    const { tensors, values } = readPyTorch(legacy("cposix\nsystem\n(S'touch /tmp/should-not-exist'\ntR."));
    expect([...tensors.keys()]).toEqual([]);
    expect([...values.values()]).toEqual([]);
  });

  it("looks at a bomb of shared lists no longer than its limit", () => {
    const level = "(g0\ng0\ng0\ng0\ng0\ng0\ng0\ng0\ng0\ng0\nlp0\n";
    const bomb = legacy(`(lp0\n${level.repeat(12)}.`);
    const started = process.cpuUsage();
    expect(() => readPyTorch(bomb)).toThrow(/more than 2000000 values/);
    expect(process.cpuUsage(started).user).toBeLessThan(5e6); // microseconds of this process, whatever else runs
  });

  it("leaves a value out that contains itself", () => {
    expect(readPyTorch(legacy("(lp0\ng0\na.")).tensors.size).toBe(0);
  });

  it.each([
    ["nothing", new Uint8Array(), /this is not a PyTorch file/],
    ["text", text("hello world, this is text"), /this is not a PyTorch file/],
    ["an archive of something else", text("PK\x03\x04 and no directory at all, only text"), /no directory/],
    ["a compressed archive", compressed(), /is compressed/],
  ])("refuses %s", (_, bytes, message) => {
    expect(() => readPyTorch(bytes)).toThrow(message);
    expect(() => readPyTorch(bytes)).toThrow(UnrolledError);
  });

  it("gives a typed error or a result wherever bytes are changed or missing", () => {
    let seed = 11;
    const below = (n: number) => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      return Math.floor((seed / 2 ** 32) * n);
    };
    const sources = files.filter(({ name }) => !/module, legacy|TorchScript/.test(name)).map(bytesOf);
    let refused = 0;
    for (let i = 0; i < 4000; i++) {
      const bytes = sources[i % sources.length]!.slice();
      for (let k = 0; k <= below(4); k++) bytes[below(bytes.length)] = below(256);
      const part = below(3) === 0 ? bytes.subarray(0, below(bytes.length)) : bytes;
      try {
        readPyTorch(part);
      } catch (error) {
        expect(error).toBeInstanceOf(UnrolledError);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(400);
  });
});

/** The sample with the method of its first entry set to deflate. */
function compressed(): Uint8Array {
  const bytes = bytesOf(sample);
  const view = new DataView(bytes.buffer);
  const entry = bytes.findIndex((_, i) => i + 4 <= bytes.length && view.getUint32(i, true) === 0x02014b50);
  view.setUint16(entry + 10, 8, true);
  return bytes;
}
