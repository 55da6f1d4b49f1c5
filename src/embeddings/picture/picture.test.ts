import { inflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { random } from "../../base/random.ts";
import { pictureHtml } from "./html.ts";
import { placeLabels } from "./layout.ts";
import { type Picture, unitSquare } from "./picture.ts";
import { picturePng } from "./png.ts";
import { projectorJson, projectorMetadata, projectorPbtxt, projectorVectors } from "./projector.ts";
import { textStrokes } from "./stroke-font.ts";
import { pictureSvg } from "./svg.ts";
import type { PageData } from "./viewer/viewer.ts";

/** The checksum bit by bit, as the specification defines it. */
function crc32(bytes: Uint8Array): number {
  let c = 0xffffffff;
  for (const byte of bytes) {
    c ^= byte;
    for (let bit = 0; bit < 8; bit++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  }
  return (c ^ 0xffffffff) >>> 0;
}

const three: Picture = {
  words: ["king", "</script><b>&", "물고기"],
  points: [0, 0, 4, 0, 2, 1],
  neighbors: { k: 1, indices: [1, 0, 1], similarities: [0.5, 0.5, -0.254] },
  title: "a <title>",
};

describe("pictureHtml", () => {
  const html = pictureHtml(three);
  const dataText = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(html)![1]!;

  it("carries the words, places and neighbors that it was given", () => {
    const data = JSON.parse(dataText) as PageData;
    const bytes = (text: string) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer;
    expect(data.words).toEqual(three.words);
    expect([...new Float32Array(bytes(data.points))]).toEqual([0, 0.625, 1, 0.625, 0.5, 0.375]);
    expect([...new Uint16Array(bytes(data.indices))]).toEqual([1, 0, 1]);
    expect([...new Int8Array(bytes(data.similarities))]).toEqual([50, 50, -25]);
  });
  it("lets no word or title end an element", () => {
    expect(html.match(/<\/script>/g)).toHaveLength(2);
    expect(html).toContain("<title>a &lt;title&gt;</title>");
    expect(html).not.toContain("<b>");
  });
  it("asks nothing of the network, and its script parses", () => {
    expect(html).not.toMatch(/\b(?:src|href)\s*=|url\(|https?:|import\(/);
    const script = /<script>\n(.*?)<\/script>/s.exec(html)![1]!;
    expect(() => new Function(script)).not.toThrow();
    expect(script).not.toMatch(/__vi_|__vite/); // nothing of a bundler: the parts stand alone
  });
  it("works without neighbors", () => {
    expect(pictureHtml({ words: ["a"], points: [1, 1] })).toContain('"k":0');
  });
  it("says what is wrong with a picture", () => {
    expect(() => pictureHtml({ words: ["a"], points: [1] })).toThrow("expected 2 * 1 coordinates, got 1");
    expect(() => pictureHtml({ words: ["a"], points: [1, Number.NaN] })).toThrow('got NaN for "a"');
    const neighbors = { k: 1, indices: [7], similarities: [1] };
    expect(() => pictureHtml({ words: ["a"], points: [1, 1], neighbors })).toThrow("neighbors below 1, got 7");
  });
});

describe("unitSquare", () => {
  it("keeps proportions and turns y down", () => {
    expect([...unitSquare({ words: ["a", "b"], points: [-1, 10, 1, 14] })]).toEqual([0.25, 1, 0.75, 0]);
    expect([...unitSquare({ words: ["a"], points: [5, 5] })]).toEqual([0.5, 0.5]);
  });
});

describe("placeLabels", () => {
  const r = random(5);
  const points = Float32Array.from({ length: 2000 }, () => r.uniform() * 500);
  const options = { points, widthOf: (i: number) => 20 + (i % 40), lineHeight: 14, gap: 4, width: 500, height: 500 };

  it("lets no two labels overlap, nor leave the picture", () => {
    const labels = placeLabels({ ...options, limit: 1000 });
    expect(labels.length).toBeGreaterThan(150);
    for (const [i, a] of labels.entries()) {
      expect(a.x).toBeGreaterThanOrEqual(0);
      expect(a.x + options.widthOf(a.word)).toBeLessThanOrEqual(500);
      for (const b of labels.slice(i + 1)) {
        const apart =
          a.x + options.widthOf(a.word) <= b.x || b.x + options.widthOf(b.word) <= a.x || Math.abs(a.y - b.y) >= 14;
        expect(apart).toBe(true);
      }
    }
  });
  it("prefers the words named first, and keeps to the limit", () => {
    const labels = placeLabels({ ...options, limit: 5, first: [700] });
    expect(labels).toHaveLength(5);
    expect(labels[0]!.word).toBe(700);
  });
});

describe("pictureSvg", () => {
  it("draws a dot for every word and escapes what it writes", () => {
    const svg = pictureSvg(three, { highlight: ["king", "absent"] });
    expect(svg.match(/<circle /g)).toHaveLength(3);
    expect(svg).toContain("&lt;/script&gt;&lt;b&gt;&amp;</text>");
    expect(svg).toMatch(/<text [^>]*class="m"[^>]*>king<\/text>/);
    expect(svg).toContain("물고기</text>");
  });
  it("names at most so many words as asked for", () => {
    expect(pictureSvg(three, { labels: 0 })).not.toContain("</text>");
    expect(() => pictureSvg(three, { size: 3 })).toThrow("pictureSvg(size): expected a whole number at least 100");
  });
});

describe("projector export", () => {
  it("writes vectors that read back as the same float32", () => {
    const data = Float32Array.of(0.1, -1e-8, 16777217, 1 / 3, 0, 2.5);
    const text = [...projectorVectors({ data, rows: 2, dim: 3 })].join("");
    const read = text
      .trimEnd()
      .split("\n")
      .map((line) => line.split("\t").map((cell) => Math.fround(Number(cell))));
    expect(read.flat()).toEqual([...data]);
    expect(text).toMatch(/^0\.1\t/);
  });
  it("writes a header only for more than one column", () => {
    expect(projectorMetadata(["a\tb", "c"])).toBe("a b\nc\n");
    expect(projectorMetadata(["a", "c"], { count: [3, 1] })).toBe("word\tcount\na\t3\nc\t1\n");
    expect(() => projectorMetadata(["a"], { count: [] })).toThrow("expected 1 entries, got 0");
  });
  it("names the files in both configs", () => {
    expect(projectorPbtxt({ shape: [2, 3] })).toBe(
      'embeddings {\n  tensor_name: "word vectors"\n  tensor_path: "vectors.tsv"\n  metadata_path: "metadata.tsv"\n}\n',
    );
    const { embeddings } = JSON.parse(projectorJson({ shape: [2, 3], name: "x" })) as { embeddings: unknown[] };
    expect(embeddings).toEqual([
      { tensorName: "x", tensorShape: [2, 3], tensorPath: "vectors.tsv", metadataPath: "metadata.tsv" },
    ]);
  });
});

describe("picturePng", () => {
  it("is a valid file of the size asked for, with dots and letters in it", async () => {
    const { bytes, unwritten } = await picturePng(three, { size: 600, highlight: ["king"] });
    expect([...bytes.subarray(0, 8)]).toEqual([137, 80, 78, 71, 13, 10, 26, 10]);
    const view = new DataView(bytes.buffer);
    expect([view.getUint32(16), view.getUint32(20)]).toEqual([600, 600]);
    expect(unwritten).toBe(1); // the Korean word
    const length = view.getUint32(33);
    const rows = inflateSync(bytes.subarray(41, 41 + length));
    expect(view.getUint32(41 + length)).toBe(crc32(bytes.subarray(37, 41 + length)));
    expect(rows).toHaveLength(600 * 1801);
    const pixel = (x: number, y: number) => [...rows.subarray(y * 1801 + 1 + 3 * x, y * 1801 + 4 + 3 * x)];
    expect(pixel(300, 3)).toEqual([255, 255, 255]);
    // "king" lies at the left edge, 4 % in; its height is 0.625 of the way down: y is turned over.
    expect(pixel(24, 24 + Math.round(0.625 * 552))).toEqual([192, 24, 47]);
    let inked = 0;
    for (let x = 30; x < 60; x++) for (let y = 360; y < 380; y++) if (pixel(x, y)[1]! < 128) inked++;
    expect(inked).toBeGreaterThan(15);
  });
  it("has a glyph for all of printable ASCII, and accents for letters that are made of two", () => {
    for (let code = 32; code < 127; code++) expect(textStrokes(String.fromCharCode(code))).toBeDefined();
    expect(textStrokes("é")!.lines.length).toBe(textStrokes("e")!.lines.length + 1);
    expect(textStrokes("é")!.width).toBe(textStrokes("e")!.width);
    expect(textStrokes("물")).toBeUndefined();
  });
});
