// The translator that the speed measure trains, and its data: captions in size (multi30k's recipe), invented in content.
//
// Every target token is a fixed function of the source token at its place, with noise, so that the loss must fall.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { speed } from "./measure-speed.mjs";

const batches = 240; // the peer begins anew after these; a bench takes fewer
const load = () => import("./library.mjs");

/** Pairs of 6 to 27 tokens a side, 16.5 in the mean, as captions in subwords are; a token is a character. */
function pairsOf({ pairs, vocab }) {
  let seed = 1;
  const below = (n) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return Math.floor((seed / 2 ** 32) * n);
  };
  const token = (id) => String.fromCodePoint(0x4e00 + id);
  return Array.from({ length: pairs }, () => {
    const source = Array.from({ length: 6 + below(8) + below(8) + below(8) }, () => below(vocab));
    const target = source.map((id) => (below(10) < 8 ? (id * 3 + 1) % vocab : below(vocab)));
    const shifted = below(3);
    return { source: source.map(token).join(""), target: target.slice(shifted).map(token).join("") };
  });
}

/** options: { pairs, vocab, embedding, hidden, decoder, dropout, smoothing, batch } */
export async function makeTranslator(options) {
  const { bidirectional, charTokenizer, gru, multiplicative, translator } = await load();
  const { vocab, embedding, hidden, decoder, dropout, smoothing } = options;
  const characters = Array.from({ length: vocab }, (_, i) => String.fromCodePoint(0x4e00 + i)).join("");
  const model = translator({
    tokenizer: charTokenizer.fit(characters, { specials: ["pad", "bos", "eos", "unk"] }),
    encoder: bidirectional(gru({ hiddenSize: hidden, dropout })),
    decoder: gru({ hiddenSize: decoder }),
    attention: multiplicative({ scaled: true }),
    embeddingSize: embedding,
    shareEmbeddings: true,
    dropout,
    smoothing,
  });
  return { model, pairs: pairsOf(options) };
}

/** A measure of sentences a second, ours against PyTorch's packed sequences, on the same batches in the same order. */
export const translatorSpeed = (options) => async (settings) => {
  const folder = mkdtempSync(join(tmpdir(), "unrolled-bench-"));
  const file = join(folder, "batches.json");
  try {
    const { model, pairs } = await makeTranslator(options);
    const source = model.batches(pairs, { batchSize: options.batch, bptt: 1, seed: 1 });
    const list = [];
    for (let cursor = source.start; list.length < batches; ) {
      const { feeds, next } = source.at(cursor);
      list.push(
        Object.fromEntries(
          Object.entries(feeds).map(([name, { shape, data }]) => [name, { shape, data: Array.from(data) }]),
        ),
      );
      cursor = next;
    }
    writeFileSync(file, JSON.stringify(list));
    const rows = model.tokenizers.target.vocabulary.size;
    return await speed(
      { kind: "node", script: "ours_translator.mjs", options },
      { kind: "python", script: "torch_translator.py", options: { ...options, rows, batches: file } },
    )(settings);
  } finally {
    rmSync(folder, { recursive: true });
  }
};
