// What the tables "Results on data" and "Word vectors" of RESULTS.md hold: a row a measure, with the line of JSON that it
// is made of. Published numbers have their source in the README of the corpus or in docs/tasks.md.

/** By bench/tasks/defaults.mjs. */
const byDefaults = (name, flags = "--seeds 1,2,3") => ({
  command: `node bench/tasks/defaults.mjs ${name} --test ${flags}`.trim(),
  is: (line) => line.data === name && line.test !== undefined,
  found: (line) => line.test,
});

/** A row of this data with these flags, and without the others of transfer. */
const withFlags =
  (name, ...wanted) =>
  (line) =>
    line.data === name &&
    line.test !== undefined &&
    ["--embeddings", "--context"].every((flag) => (line.flags ?? "").includes(flag) === wanted.includes(flag));

/** `is` knows the line, `found` reads the number; `seed` and the seconds of training stand in every line. */
export const dataRows = [
  {
    name: "wikitext-2",
    measure: "test perplexity a word, the end of a line too; 33,278 words, two hours",
    must: 105,
    aim: 87,
    published: "LSTM 99.3, LSTM of 33 M parameters (AWD) 65.8",
    ...byDefaults("wikitext-2", "-- --minutes 120 --threads 1"),
  },
  {
    name: "tinyshakespeare, one hour",
    measure: "nats a character, the last tenth",
    must: 1.45,
    aim: 1.42,
    published: "nanoGPT (10.7 M parameters, on a GPU) 1.4697",
    command: "node bench/tasks/defaults.mjs shakespeare -- --minutes 60 --threads 1",
    is: (line) => line.data === "shakespeare" && line.flags?.includes("--minutes 60"),
    found: (line) => line.valid,
  },
  ...[
    "",
    "--cell lstm --layers 1 --no-pre-norm",
    "--cell lstm --layers 1 --no-pre-norm --dropout 0",
    "--cell lstm-mogrifier --layers 1 --no-pre-norm --dropout 0",
    "--cell qrnn --layers 2",
  ].map((cell) => ({
    name: `enwiki, ${cell.replace("--cell ", "") || "defaults"}, one hour`,
    measure: "bits a character, the last 5 MB of 96 MB",
    published: "-",
    command: `node bench/tasks/defaults.mjs enwiki --test -- --minutes 60 --threads 1 ${cell}`.trim(),
    is: (line) => line.data === "enwiki" && line.flags === `--minutes 60 --threads 1 ${cell}`.trim(),
    found: (line) => line.test,
  })),
  {
    name: "nsmc",
    measure: "test accuracy, trained within 20 min",
    must: 0.87,
    aim: 0.885,
    published: "LSTM .854, three BiLSTMs .862, ensemble of BiLSTMs .8895",
    ...byDefaults("nsmc", ""),
  },
  {
    name: "sst-2",
    measure: "test accuracy, sentences only; one model, one vector file",
    must: 0.825,
    aim: 0.863,
    published: "two-layer LSTM, phrases too: .863",
    ...byDefaults("sst-2", "--seeds 1,2,3 -- --embeddings ENWIKI-300D --freeze"),
  },
  {
    name: "sst-2, five models",
    measure: "test accuracy, sentences only; two vector files",
    must: 0.825,
    aim: 0.863,
    published: "two-layer LSTM, phrases too: .863",
    command: "node bench/tasks/classify.mjs sst2 --vectors ENWIKI-100D --test --vectors FOLDER",
    is: (line) => line.name === "sst2",
    found: (line) => line.testAccuracy,
  },
  {
    name: "wnut17",
    measure: "test entity F1",
    must: 0.37,
    aim: 0.42,
    published: "best of seven systems .4186",
    ...byDefaults("wnut17", "--seeds 1,2,3 -- --threads 1 --embeddings ENWIKI-300D --freeze"),
    is: withFlags("wnut17", "--embeddings"),
  },
  {
    name: "wnut17, language model too",
    measure: "test entity F1; ENWIKI-LM: that of the row `enwiki, defaults, one hour`",
    must: 0.37,
    aim: 0.42,
    published: "best of seven systems .4186",
    ...byDefaults("wnut17", "-- --threads 1 --embeddings ENWIKI-300D --freeze --context ENWIKI-LM"),
    is: withFlags("wnut17", "--embeddings", "--context"),
  },
  {
    name: "klue-ner",
    measure: "dev entity F1, characters",
    must: 0.77,
    aim: 0.8,
    published: "-",
    ...byDefaults("klue-ner", "-- --threads 1"),
    is: withFlags("klue-ner"),
  },
  {
    name: "klue-ner, word vectors",
    measure:
      "dev entity F1, characters; KOWIKI-100D: `embed train kowiki.txt --dim 100 --epochs 5 --learning-rate 0.025`",
    must: 0.77,
    aim: 0.8,
    published: "-",
    ...byDefaults("klue-ner", "-- --threads 1 --embeddings KOWIKI-100D"),
    is: withFlags("klue-ner", "--embeddings"),
  },
  {
    name: "klue-ner, word vectors and language model",
    measure:
      "dev entity F1, characters; KOWIKI-LM: `train kowiki.txt.gz --tokens char --minutes 30 --threads 1 --seed 1`, 3.88 bits",
    must: 0.77,
    aim: 0.8,
    published: "-",
    ...byDefaults("klue-ner", "-- --threads 1 --context KOWIKI-LM --embeddings KOWIKI-100D"),
    is: withFlags("klue-ner", "--embeddings", "--context"),
  },
  {
    name: "ud-english-ewt",
    measure: "test accuracy, parts of speech",
    must: 0.953,
    aim: 0.96,
    published: "-",
    ...byDefaults("ud-english-ewt", "--seeds 1,2,3 -- --threads 1"),
    is: withFlags("ud-english-ewt"),
  },
  {
    name: "ud-english-ewt, language model",
    measure: "test accuracy, parts of speech; ENWIKI-LM: that of the row `enwiki, defaults, one hour`",
    must: 0.953,
    aim: 0.96,
    published: "-",
    ...byDefaults("ud-english-ewt", "-- --threads 1 --context ENWIKI-LM"),
    is: withFlags("ud-english-ewt", "--context"),
  },
  {
    name: "ud-korean-gsd",
    measure: "test accuracy, parts of speech",
    published: "-",
    ...byDefaults("ud-korean-gsd", "-- --threads 1"),
  },
  {
    name: "multi30k en-de",
    measure: "test2016 BLEU (sacreBLEU 13a)",
    must: 36.5,
    aim: 38.1,
    published: "text-only RNNs with attention 33.7, 36.8, 38.1",
    ...byDefaults("multi30k", "-- --threads 1"),
  },
  {
    name: "tatoeba kor-eng",
    measure: "test BLEU (sacreBLEU 13a)",
    must: 12,
    aim: 18,
    published: "-",
    ...byDefaults("tatoeba", "-- --threads 1"),
  },
  {
    name: "scan simple",
    measure: "test exact match",
    must: 0.999,
    aim: 1,
    published: "LSTM .998",
    ...byDefaults("scan", "--seeds 1,2,3 -- --threads 1"),
  },
  {
    name: "scitldr",
    measure: "test ROUGE-1 (as rouge-score, no stemmer), best of the references",
    aim: 30,
    published: "BART 43.3, oracle sentence 47.7",
    ...byDefaults("scitldr", "-- --max-length 1024 --minutes 15 --threads 1"),
  },
  {
    name: "jsb-chorales-quarter",
    measure: "test NLL, nats a time step",
    must: 8.05,
    aim: 8,
    published: "GRU 8.43, LSTM 8.45, TCN 8.10",
    ...byDefaults("chorales"),
  },
  {
    name: "adding T = 600",
    measure: "test mean squared error",
    must: 2e-4,
    aim: 5.3e-5,
    published: "GRU 5.3e-5, LSTM .164, RNN .177",
    ...byDefaults("adding", ""),
  },
  {
    name: "agreement original",
    measure: "right form preferred (colorless-english), by the model of the row wikitext-2",
    must: 0.7,
    aim: 0.805,
    published: "LSTM .805",
    command: "node bench/agreement.mjs --corpus wikitext --only-evaluate --out MODEL",
    is: (line) => line.bench === "agreement colorless-english",
    found: (line) => line.original,
  },
  {
    name: "agreement nonce",
    measure: "right form preferred (colorless-english), by the model of the row wikitext-2",
    must: 0.58,
    aim: 0.718,
    published: "LSTM .718",
    command: "node bench/agreement.mjs --corpus wikitext --only-evaluate --out MODEL",
    is: (line) => line.bench === "agreement colorless-english",
    found: (line) => line.nonce,
  },
];

/** Rows of bench/embeddings/run.mjs and bench/projection/run.mjs; `cells` where a line is not { ours, peer, ratio }. */
export const vectorRows = [
  { name: "speed-gensim", peerName: "gensim 4.2", must: 1, aim: 2 },
  { name: "speed-word2vec", peerName: "word2vec.c -Ofast", must: 1.8, aim: 4 },
  { name: "speed-fasttext", peerName: "fastText, no subwords", must: 2, aim: 4 },
  { name: "speed-subwords", peerName: "fastText, subwords", must: 2, aim: 4 },
  { name: "accuracy-gensim", peerName: "gensim 4.2", must: "-1 point", aim: "above" },
  { name: "accuracy-gensim, one thread", peerName: "gensim 4.2", must: "-1 point", aim: "above" },
  { name: "accuracy-gensim, learning rate 0.025, one thread", peerName: "gensim 4.2", must: "-1 point", aim: "above" },
  { name: "accuracy-gensim, learning rate 0.05, one thread", peerName: "gensim 4.2", must: "-1 point", aim: "above" },
  { name: "accuracy-word2vec", peerName: "word2vec.c -Ofast", must: "-1 point", aim: "above" },
  { name: "hierarchical-gensim", peerName: "gensim 4.2", must: "-1 point", aim: "above" },
  { name: "hierarchical-word2vec", peerName: "word2vec.c -Ofast", must: "-1 point", aim: "above" },
  { name: "rare-words", peerName: "fastText", must: "-1 point", aim: "above" },
  { name: "korean", peerName: "fastText", must: "1 x", aim: "1.2 x" },
  { name: "load", peerName: "gensim 4.2", must: 3, aim: 10 },
  { name: "load-memory", peerName: "gensim 4.2", must: 0.7, aim: 0.5 },
  { name: "nearest", must: 40, aim: 15 },
  { name: "tsne", peerName: "scikit-learn", must: 1, aim: 3 },
  { name: "umap", peerName: "umap-learn", must: 1, aim: 3 },
];
