// A file of h5py (test/fixtures/make_keras_files.py), and the same file made hostile.
import { inflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import fixture from "../../../test/fixtures/keras-files.json" with { type: "json" };
import { UnrolledError } from "../../base/index.ts";
import { readHdf5 } from "./read.ts";

const bytes = () => new Uint8Array(inflateSync(Buffer.from(fixture.files["refused: weights alone"].base64, "base64")));
const find = (data: Uint8Array, text: string) => Buffer.from(data).indexOf(text);

it("reads arrays and texts by path", () => {
  const { arrays, texts } = readHdf5(bytes());
  expect(arrays.get("layers/dense/vars/0")!.shape).toEqual([8, 1]);
  expect(arrays.get("layers/embedding/vars/0")!.data).toHaveLength(18);
  expect(texts.get("layers/dense/vars@name")).toMatch(/^dense/);
});

describe("hostile files end in an error", () => {
  it.each<[string, (data: Uint8Array, view: DataView) => void, RegExp]>([
    [
      "a group inside itself",
      (data, view) => view.setBigUint64(find(data, "SNOD") + 16, view.getBigUint64(64, true), true),
      /groups are too deep/,
    ],
    [
      "a directory that is its own child",
      (data, view) => {
        const tree = find(data, "TREE");
        view.setBigUint64(tree + 32, BigInt(tree), true);
      },
      /directory is damaged/,
    ],
    [
      "an address past the end",
      (data, view) => view.setBigUint64(find(data, "SNOD") + 16, 2n ** 62n, true),
      /truncated or damaged/,
    ],
  ])("%s", (_, change, message) => {
    const data = bytes();
    change(data, new DataView(data.buffer));
    expect(() => readHdf5(data)).toThrow(message);
    expect(() => readHdf5(data)).toThrow(UnrolledError);
  });

  it("arrays whose shapes are larger than the file", () => {
    const data = bytes();
    const view = new DataView(data.buffer);
    let changed = 0;
    // Dataspaces of the matrix [8, 1]: version 1, rank 2.
    for (let at = 0; at + 24 < data.length; at += 8)
      if (view.getUint16(at, true) === 0x0201 && view.getBigUint64(at + 8, true) === 8n) {
        view.setBigUint64(at + 8, 2n ** 40n, true);
        changed++;
      }
    expect(changed).toBeGreaterThan(0);
    expect(() => readHdf5(data)).toThrow("is larger than its file");
  });
});
