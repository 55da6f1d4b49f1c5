// Every reader of files from elsewhere, with small valid files to mutate.
import { inflateSync } from "node:zlib";
import {
  bpeTokenizer,
  charTokenizer,
  conllReader,
  type DataKind,
  linesOf,
  readAbc,
  readCsv,
  readJsonl,
  readMidi,
  readTsv,
  readWhole,
  recognize,
  rowReader,
  score,
  tokenizerFromJSON,
  vocabularyFromJSON,
  wordTokenizer,
  writeMidi,
} from "../../src/data/index.ts";
import { writeFastText } from "../../src/embeddings/formats/fasttext-bin.ts";
import { writeTextVectors } from "../../src/embeddings/formats/text.ts";
import { writeWord2vecBinary } from "../../src/embeddings/formats/word2vec-binary.ts";
import { wordVectors } from "../../src/embeddings/vectors.ts";
import { isZip } from "../../src/interop/binary/zip.ts";
import { readHdf5 } from "../../src/interop/hdf5/read.ts";
import {
  readKeras,
  readOnnx,
  readPyTorch,
  readSafetensors,
  readTokens,
  stateDict,
  vectorsToOnnx,
} from "../../src/interop/index.ts";
import { readVectorFile } from "../../src/interop/read-vectors.ts";
import { vectorsToSafetensors } from "../../src/interop/word-vectors.ts";
import keras from "../fixtures/keras-files.json" with { type: "json" };
import fixtures from "../fixtures/pytorch-files.json" with { type: "json" };

export interface Target {
  name: string;
  seeds: readonly Uint8Array[];
  read(bytes: Uint8Array): unknown;
  /** JSON: values are replaced as well as bytes. */
  json?: boolean;
  /** How many of these are tried where the others are tried a thousand times. Default 1000. */
  share?: number;
}

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (data: Uint8Array) => new TextDecoder().decode(data);
const times = (n: number, row: (i: number) => string) => `${Array.from({ length: n }, (_, i) => row(i)).join("\n")}\n`;
const words = "good bad 한국 très so".split(" ");
const prose = (i: number) => `${words[i % 5]} film ${i}, ${words[(i * 3) % 5]}`;

/** Reads all of a file as one kind, each row a second time from its own lines. */
function readAs(kind: DataKind, data: Uint8Array, name: string): void {
  const recognized = recognize(data, name);
  const options = { source: name, recognized };
  if (kind === "series" || kind === "music") readWhole(kind, data, options);
  else for (const _ of rowReader(kind, options).rows(linesOf(text(data))));
}

const formats: [name: string, kinds: DataKind[], contents: string[]][] = [
  [
    "labeled.csv",
    ["classification", "regression", "pairs"],
    [
      `text,label\n${times(12, (i) => `"${prose(i)} ""x""",${i % 2 ? "a" : "b"}`)}`,
      `sep=;\nid;review;stars\n${times(12, (i) => `${i};${prose(i)};${i / 2}`)}`,
      times(12, (i) => `__label__${i % 3} ${prose(i)}`),
    ],
  ],
  [
    "labeled.tsv",
    ["classification", "pairs"],
    [
      `text\tlabel\n${times(12, (i) => `${prose(i)}\t${i % 2}`)}`,
      `en\tko\n${times(9, (i) => `${prose(i)}\t${prose(i + 1)}`)}`,
    ],
  ],
  [
    "rows.jsonl",
    ["classification", "tagging", "pairs", "text"],
    [
      times(6, (i) => JSON.stringify({ text: prose(i), label: i % 2 })),
      times(6, (i) => JSON.stringify({ source: [prose(i)], target: prose(i + 1) })),
      times(6, () => JSON.stringify({ tokens: ["a", "b"], tags: ["O", "B-X"] })),
      times(6, () =>
        JSON.stringify({ id: 1, text: "Kim 😀 so", entities: [{ start_offset: 0, end_offset: 3, label: "P" }] }),
      ),
      times(6, () => JSON.stringify({ text: "Kim so", label: [[0, 3, "P"]] })),
    ],
  ],
  [
    "tags.conll",
    ["tagging"],
    [
      times(12, (i) => `Kim B-P\nso O\n${i}\tO`),
      times(9, () => "1\tKim\tNN\tB-P\n2\tso\tRB\tO\n"),
      "-DOCSTART- -X- O\n\na NN O\nb NN B-X\n\n# c\nd NN O\n",
    ],
  ],
  [
    "tags.conllu",
    ["tagging"],
    [
      times(
        5,
        () =>
          `# text = ab c\n1-2\tab${"\t_".repeat(8)}\n1\ta${"\t_".repeat(8)}\n2\tb${"\t_".repeat(8)}\n3\tc${"\t_".repeat(8)}\n`,
      ),
    ],
  ],
  ["pairs.txt", ["pairs"], [times(12, (i) => `IN: jump ${i} OUT: JUMP ${i}`)]],
  [
    "series.csv",
    ["series"],
    [
      `date,shop,"x",y\n${times(20, (i) => `2024-01-${10 + i},north,"1,${100 + i}",${i}`)}`,
      `day;x\n${times(20, (i) => `${20 - i}.3.2024;${i},5`)}`,
      times(20, (i) => `${i / 3}`),
      `when\tx\n${times(20, (i) => `1/${i + 1}/2024 1:00 PM\t$${i}`)}`,
    ],
  ],
  [
    "tune.abc",
    ["music"],
    [
      'X:1\nT:t\nM:6/8\nL:1/8\nQ:1/4=90\nR:jig\nK:G\n|:G2A "Am"(3Bcd e>f|[1 ^g_a z2:|[2 [ceg]4-|[ceg]4|]\n\nX:2\nK:Dm\nV:1\nDEFG|\nV:2\nA,4|\n',
    ],
  ],
  ["chorale.json", ["music"], ['{"train": [[[60, 64], [], [67]]], "valid": [[[60]]], "test": [[[61], []]]}']],
];

const vectors = wordVectors({
  words: ["a", "b", "한"],
  matrix: Float32Array.from({ length: 6 }, (_, i) => i / 3),
  dim: 2,
});
const joined = (chunks: Iterable<Uint8Array>) => Uint8Array.from([...chunks].flatMap((chunk) => [...chunk]));
const fastText = joined(
  writeFastText({
    args: {
      dim: 2,
      window: 5,
      epochs: 1,
      minCount: 1,
      negatives: 5,
      wordNgrams: 1,
      loss: "negative-sampling",
      model: "skipgram",
      bucket: 4,
      minn: 3,
      maxn: 4,
      lrUpdateRate: 100,
      sample: 1e-4,
    },
    words: ["a", "b"],
    counts: Float64Array.of(3, 2),
    labels: [],
    labelCounts: new Float64Array(0),
    tokens: 5,
    input: new Float32Array(12),
    output: new Float32Array(4),
  }),
);
const torchFiles = Object.values(fixtures as Record<string, Record<string, { base64: string }>>)
  .flatMap((cases) => Object.values(cases))
  .map(({ base64 }) => new Uint8Array(Buffer.from(base64, "base64")))
  .filter(({ length }) => length < 20_000);

const kerasFiles = Object.values(keras.files as Record<string, { base64: string }>).map(
  ({ base64 }) => new Uint8Array(inflateSync(Buffer.from(base64, "base64"))),
);

const chunked = async function* (data: Uint8Array) {
  for (let at = 0; at < data.length; at += 17) yield data.subarray(at, at + 17);
};
const vectorFile = (name: string, seed: Uint8Array): Target => ({
  name,
  seeds: [seed],
  read: (data) => readVectorFile(chunked(data), { where: name }),
});

const midi = writeMidi(
  score({ ticksPerQuarter: 480, notes: [{ pitch: 60, start: 0, duration: 480, velocity: 80 }] } as Parameters<
    typeof score
  >[0]),
);
const tokenizers = [
  charTokenizer.fit("ab한😀", { specials: ["pad", "unk"] }),
  wordTokenizer.fit(["a b, c"], { specials: ["unk"] }),
  bpeTokenizer.fit(["abab abc", "한국 한국어"], { merges: 6 }),
];
const json = (value: unknown) => bytes(JSON.stringify(value));
const parsed = (data: Uint8Array): unknown => {
  try {
    return JSON.parse(text(data));
  } catch {
    return undefined;
  }
};

export const targets: readonly Target[] = [
  ...formats.flatMap(([name, kinds, contents]) =>
    kinds.map(
      (kind): Target => ({
        name: `${name} as ${kind}`,
        seeds: contents.map(bytes),
        read: (data) => readAs(kind, data, name),
      }),
    ),
  ),
  { name: "readCsv", seeds: [bytes('a,"b\nc",d\n1,2,3\n')], read: (data) => readCsv(text(data)) },
  { name: "readTsv", seeds: [bytes("a\tb\n1\t2\n")], read: (data) => readTsv(text(data)) },
  { name: "readJsonl", seeds: [bytes('{"a":1}\n{"b":[2]}\n')], read: (data) => readJsonl(text(data)), json: true },
  {
    name: "conllReader with columns",
    seeds: [bytes("1 a O\n2 b B-X\n\n")],
    read: (data) => [...conllReader({ tokenColumn: 1, tagColumn: -1 }).rows(linesOf(text(data)))],
  },
  {
    name: "readAbc",
    seeds: [bytes(formats.find(([name]) => name === "tune.abc")![2][0]!)],
    read: (data) => readAbc(text(data), { strict: true }),
  },
  { name: "readMidi", seeds: [midi], read: (data) => readMidi(data) },
  ...tokenizers.map(
    (tokenizer, i): Target => ({
      name: `tokenizer.json ${["char", "word", "bpe"][i]}`,
      seeds: [json(tokenizer.toJSON())],
      read: (data) => tokenizerFromJSON(parsed(data)).encode("ab 한국 \ud800 😀"),
      json: true,
    }),
  ),
  {
    name: "vocabulary.json",
    seeds: [json(tokenizers[0]!.vocabulary.toJSON())],
    read: (data) => vocabularyFromJSON(parsed(data) as never),
    json: true,
  },
  { name: "safetensors", seeds: [vectorsToSafetensors(vectors)], read: (data) => readSafetensors(data) },
  vectorFile("vectors.safetensors", vectorsToSafetensors(vectors)),
  vectorFile("vectors.txt", joined(writeTextVectors(vectors))),
  vectorFile("glove.txt", joined(writeTextVectors(vectors, { header: false }))),
  vectorFile("word2vec.bin", joined(writeWord2vecBinary(vectors))),
  vectorFile("fasttext.bin", fastText),
  { name: "torch.save", seeds: torchFiles, read: (data) => stateDict(readPyTorch(data).tensors) },
  { name: "model.keras", seeds: kerasFiles.filter(isZip), read: (data) => readKeras(data) },
  {
    name: "model.h5",
    seeds: kerasFiles.filter((data) => !isZip(data)),
    read: (data) => readHdf5(data) && readKeras(data),
  },
  { name: "model.onnx", seeds: [vectorsToOnnx(vectors)], read: (data) => readOnnx(data) },
  {
    name: "tokens",
    seeds: [
      bytes('["a","b"]'),
      bytes("the\ncat\n"),
      Uint8Array.of(0x80, 2, 0x5d, 0x28, 0x58, 1, 0, 0, 0, 0x61, 0x65, 0x2e),
    ],
    read: (data) => readTokens(data),
  },
];
