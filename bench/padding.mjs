// Share of a batch that is padding, over an epoch of the batches that `unrolled train` makes by default:
// node bench/padding.mjs --data FOLDER [--only nsmc,ud-english-ewt,multi30k]. Prints one JSON object a side of each.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { gunzipSync } from "node:zlib";
import { bpeTokenizer, readConllu, readLabeled, readParallel, recognize } from "../dist/data/index.js";
import { gru } from "../dist/nn/index.js";
import { classifier, tagger, taggerVocabulary, translator } from "./library.mjs";

const { values } = parseArgs({
  options: {
    data: { type: "string", default: "data" },
    only: { type: "string", default: "ud-english-ewt,multi30k,nsmc" },
  },
});
const read = (name) => gunzipSync(readFileSync(join(values.data, `${name}.gz`))).toString();
const encoder = gru({ hiddenSize: 2 });

const sets = {
  nsmc() {
    const text = read("nsmc/ratings_train.txt");
    const { rows } = readLabeled(text, { recognized: recognize(text, "nsmc.txt") });
    const texts = rows.map((row) => row.text);
    const tokenizer = bpeTokenizer.fit(texts, { specials: ["pad", "unk"], minCount: 3, merges: 8000 });
    const model = classifier({ tokenizer, labels: ["0", "1"], encoder, pooling: "max", embeddingSize: 2 });
    return { batches: model.batches({ rows }, { batchSize: 128, bptt: 1, seed: 1337 }), sides: { inputs: "lengths" } };
  },
  "ud-english-ewt"() {
    const { sentences } = readConllu(read("ud-english-ewt/en_ewt-ud-train.conllu"));
    const model = tagger({ vocabulary: taggerVocabulary(sentences), encoder, embeddingSize: 2 });
    return { batches: model.batches(sentences, { batchSize: 32, bptt: 1, seed: 1337 }), sides: { words: "lengths" } };
  },
  multi30k() {
    const { pairs } = readParallel(read("multi30k/raw/train.en"), read("multi30k/raw/train.de"));
    const both = pairs.flatMap(({ source, target }) => [source, target]);
    const tokenizer = bpeTokenizer.fit(both, { merges: 4000, minCount: 2 });
    const model = translator({ tokenizer, encoder, decoder: encoder, attention: "none", embeddingSize: 2 });
    const batches = model.batches(pairs, { batchSize: 64, bptt: 1, seed: 1337 });
    return { batches, sides: { source: "sourceLengths", targets: "lengths" } };
  },
};

for (const name of values.only.split(",")) {
  try {
    const { batches, sides } = sets[name]();
    const counts = Object.fromEntries(Object.keys(sides).map((side) => [side, { cells: 0, tokens: 0 }]));
    for (let cursor = batches.start; cursor.epoch === 0; ) {
      const { feeds, next } = batches.at(cursor);
      for (const [side, lengths] of Object.entries(sides)) {
        const [B, T] = feeds[side].shape;
        counts[side].cells += B * T;
        for (const length of feeds[lengths].data) counts[side].tokens += length;
      }
      cursor = next;
    }
    for (const [side, { cells, tokens }] of Object.entries(counts))
      console.log(JSON.stringify({ data: name, side, tokens, padding: Number((1 - tokens / cells).toFixed(4)) }));
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
    console.log(JSON.stringify({ data: name, skipped: `no ${error.path}` }));
  }
}
