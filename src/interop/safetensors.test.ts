import { describe, expect, it } from "vitest";
import { random, UnrolledError } from "../base/index.ts";
import { readSafetensors, type SafeInput, toFloat32, writeSafetensors } from "./safetensors.ts";

function file(header: string, data = 0): Uint8Array {
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + text.length + data);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}
const entry = (begin: number, end: number, dtype = "F32", shape = [(end - begin) / 4]) =>
  JSON.stringify({ dtype, shape, data_offsets: [begin, end] });

describe("writeSafetensors", () => {
  it("lays the bytes out as the format says", () => {
    const bytes = writeSafetensors({ a: { shape: [2], data: new Float32Array([1, -2]) } }, { format: "pt" });
    const header = '{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}';
    expect(new DataView(bytes.buffer).getBigUint64(0, true)).toBe(88n);
    expect(new TextDecoder().decode(bytes.subarray(8, 96))).toBe(header.padEnd(88));
    expect([...bytes.subarray(96)]).toEqual([0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0]);
  });
  it("is read back: every dtype, scalars, empty tensors, odd names", () => {
    const tensors = new Map<string, SafeInput>([
      ["10", { shape: [], data: new Float32Array([3.5]) }],
      ["2", { shape: [0, 7], data: new Float32Array(0) }],
      ["__proto__", { shape: [3], data: new Uint8Array([1, 2, 3]) }],
      ['한 "글"\n', { dtype: "BOOL", shape: [1], data: new Uint8Array([1]) }],
      ["i8", { shape: [1], data: new Int8Array([-5]) }],
      ["u16", { shape: [1], data: new Uint16Array([65535]) }],
      ["i16", { shape: [1], data: new Int16Array([-300]) }],
      ["f16", { dtype: "F16", shape: [1], data: new Uint16Array([0x3c00]) }],
      ["bf16", { dtype: "BF16", shape: [1], data: new Uint16Array([0x3f80]) }],
      ["u32", { shape: [1], data: new Uint32Array([2 ** 32 - 1]) }],
      ["i32", { shape: [1, 2], data: new Int32Array([-7, 8]) }],
      ["u64", { shape: [1], data: new BigUint64Array([2n ** 64n - 1n]) }],
      ["i64", { shape: [1], data: new BigInt64Array([-(2n ** 62n)]) }],
      ["f64", { shape: [2], data: new Float64Array([Math.PI, -0]) }],
    ]);
    const bytes = writeSafetensors(tensors, { a: "b" });
    const shifted = new Uint8Array(bytes.length + 3); // an unaligned view is read as well
    shifted.set(bytes, 3);
    const read = readSafetensors(shifted.subarray(3));
    expect(read.metadata).toEqual(new Map([["a", "b"]]));
    expect(read.tensors.size).toBe(tensors.size);
    for (const [name, { shape, data, dtype }] of tensors) {
      expect(read.tensors.get(name)).toEqual({ dtype: dtype ?? read.tensors.get(name)!.dtype, shape, data });
    }
    expect(writeSafetensors(read.tensors, { a: "b" })).toEqual(bytes);
  });
  it("refuses what does not fit", () => {
    const data = new Float32Array(3);
    expect(() => writeSafetensors({ a: { shape: [2], data } })).toThrow("expected 2 values for [2], got 3");
    expect(() => writeSafetensors({ a: { dtype: "F16", shape: [3], data } })).toThrow("expected an array for F16");
    expect(() => writeSafetensors({ __metadata__: { shape: [3], data } })).toThrow("reserved");
  });
});

describe("toFloat32", () => {
  it("converts half and brain floats exactly", () => {
    const half = new Uint16Array([0x0000, 0x8000, 0x0001, 0x03ff, 0x0400, 0x3555, 0x7bff, 0xfc00, 0x7e00]);
    expect([...toFloat32({ dtype: "F16", shape: [9], data: half })]).toEqual([
      0,
      -0,
      2 ** -24,
      1023 * 2 ** -24,
      2 ** -14,
      0.333251953125,
      65504,
      -Infinity,
      NaN,
    ]);
    const brain = new Uint16Array([0x3f80, 0xc049, 0x0001]);
    expect([...toFloat32({ dtype: "BF16", shape: [3], data: brain })]).toEqual([1, -3.140625, 2 ** -133]);
    expect([...toFloat32({ dtype: "I64", shape: [1], data: new BigInt64Array([-9n]) })]).toEqual([-9]);
  });
});

describe("readSafetensors", () => {
  it("copies out of a Buffer of Node too, wherever its numbers begin", () => {
    const values = new Uint8Array(Float32Array.of(1, -2).buffer);
    for (let offset = 0; offset < 4; offset++) {
      const bytes = Buffer.alloc(200).subarray(offset);
      const header = `{"a":${entry(0, 8)}}`;
      const whole = bytes.subarray(0, 16 + header.length);
      whole.set(file(header, 8));
      whole.set(values, 8 + header.length);
      const { data } = readSafetensors(whole).tensors.get("a")!;
      whole.fill(0);
      expect([...data]).toEqual([1, -2]);
    }
  });
  const cases: [string, Uint8Array, RegExp][] = [
    ["nothing", new Uint8Array(0), /got 0 bytes/],
    ["a huge header", new Uint8Array(16).fill(0xff), /18446744073709551615 is over/],
    ["a header past the end", file("{}").subarray(0, 9), /header of 2 bytes in a file of 9/],
    ["no object", file("[1]"), /does not begin with/],
    ["no header", file(""), /does not begin with/],
    ["no JSON", file('{"a":'), /header is not JSON/],
    [
      "no UTF-8",
      file("{\u0000}")
        .map((x) => (x === 0 ? 0 : x))
        .fill(0xff, 9, 10),
      /header is not UTF-8/,
    ],
    ["a deep nest", file(`{"a":${"[".repeat(200_000)}`), /header is not JSON/],
    ["a name twice", file(`{"a":${entry(0, 4)},"\\u0061":${entry(4, 8)}}`, 8), /"a" twice/],
    ["a field twice", file('{"a":{"dtype":"F32","dtype":"F32","shape":[0],"data_offsets":[0,0]}}'), /"dtype" twice/],
    ["an unknown dtype", file(`{"a":${entry(0, 4, "F8_E4M3")}}`, 4), /expected a dtype of .* got "F8_E4M3"/],
    ["an inherited dtype", file(`{"a":${entry(0, 4, "toString")}}`, 4), /expected a dtype of/],
    ["no dtype", file('{"a":{"shape":[0],"data_offsets":[0,0]}}'), /got nothing/],
    ["a negative shape", file(`{"a":${entry(0, 4, "F32", [-1])}}`, 4), /shape is not/],
    ["a fraction", file(`{"a":${entry(0, 4, "F32", [1.5])}}`, 4), /shape is not/],
    ["a shape that overflows", file(`{"a":${entry(0, 4, "F32", [2 ** 40, 2 ** 40])}}`, 4), /needs .* bytes/],
    ["the wrong size", file(`{"a":${entry(0, 8, "F32", [1])}}`, 8), /needs 4 bytes, its offsets give 8/],
    ["backward offsets", file(`{"a":${entry(8, 4, "F32", [1])}}`, 8), /run backwards/],
    ["three offsets", file('{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0,0]}}'), /two whole numbers/],
    ["truncated data", file(`{"a":${entry(0, 8)}}`, 7), /ends at byte 8 of 7/],
    ["an overlap", file(`{"a":${entry(0, 8)},"b":${entry(4, 12)}}`, 12), /"b" overlaps/],
    ["a hole", file(`{"a":${entry(0, 4)},"b":${entry(8, 12)}}`, 12), /bytes 4 to 8 belong to no tensor/],
    ["bytes left over", file(`{"a":${entry(0, 4)}}`, 9), /bytes 4 to 9 belong to no tensor/],
    ["metadata that is no text", file('{"__metadata__":{"a":1}}'), /metadata "a" is not a string/],
    ["an entry that is no object", file('{"a":null}'), /entry "a" is not an object/],
  ];
  it.each(cases)("refuses %s in one line", (_, bytes, message) => {
    const error = caught(bytes);
    expect(error).toBeInstanceOf(UnrolledError);
    expect((error as UnrolledError).code).toBe("file");
    const [line, hint, ...rest] = (error as UnrolledError).message.split("\n");
    expect(line).toMatch(message);
    expect(line!.length).toBeLessThan(250);
    expect(rest).toEqual([]);
    expect(hint ?? "  hint:").toMatch(/^ {2}hint:/);
  });

  it("never throws anything else, whatever bits are flipped and wherever the file is cut", () => {
    const r = random(5);
    const good = writeSafetensors(
      {
        w: { shape: [3, 2], data: Float32Array.from({ length: 6 }, () => r.normal()) },
        ids: { shape: [2], data: new BigInt64Array([1n, 2n]) },
        "x.y": { shape: [], data: new Uint8Array([1]) },
      },
      { format: "pt" },
    );
    let accepted = 0;
    for (let trial = 0; trial < 6000; trial++) {
      const bytes = good.slice(0, r.below(4) === 0 ? r.below(good.length) : good.length);
      for (let flips = 1 + r.below(3); flips > 0 && bytes.length; flips--) {
        bytes[r.below(bytes.length)]! ^= r.below(2) ? 1 << r.below(8) : r.below(256);
      }
      const result = caught(bytes);
      if (result === undefined) accepted++;
      else expect(result).toBeInstanceOf(UnrolledError);
    }
    expect(accepted).toBeGreaterThan(0); // flips in the data itself cannot be seen
    expect(accepted).toBeLessThan(4000);
    for (let cut = 0; cut < good.length; cut++) expect(caught(good.slice(0, cut))).toBeInstanceOf(UnrolledError);
  });
});

function caught(bytes: Uint8Array): unknown {
  try {
    readSafetensors(bytes);
    return undefined;
  } catch (error) {
    return error;
  }
}
