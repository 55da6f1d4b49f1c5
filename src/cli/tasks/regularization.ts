// Options of language models that keep a network of words from over-fitting (Merity et al., 2018), and its output layer.
import { InvalidArgumentError } from "commander";
import { fail } from "../../base/index.ts";
import { choice, custom, int, real, toggle, type Values } from "../flags.ts";
import { preNormFlags } from "../train-flags.ts";

const share = { min: 0, below: 1 };
const byWords = "0; for words as --dropout";
const above = "above a dropout of 0.2";

export const wordFlags = {
  layerSizes: custom("--layer-sizes <n,...>", "units of each layer, from the bottom up: 1150,1150,400", sizes, {
    field: "layerSizes",
    fallback: "--hidden for each; the top one as --embedding with a tied output",
    conflicts: ["hidden", "layers"],
  }),
  ...preNormFlags,
  preNorm: {
    ...preNormFlags.preNorm,
    fallback:
      "on for tokens other than words if --layers is 2 by default, and for min-gru, min-lstm, sru, qrnn and rg-lru; off for lines",
  },
  tie: toggle("--tie", "share the embedding table with the output layer (the default for words)", {
    field: "tieWeights",
    conflicts: ["untied"],
  }),
  untied: toggle("--untied", "give the output layer separate weights (the default for characters)"),
  candidates: int(
    "--candidates <n>",
    "tokens in the softmax of each training step, the others left out; evaluation uses all",
    { min: 1 },
    { field: "candidates", fallback: "all; 2,000 of more than 8,000 words, 500 of more than 1,000 other tokens" },
  ),
  dropoutPer: choice(
    "--dropout-per <what>",
    "draw dropout for each element, or once for a sequence (locked, variational)",
    ["element", "sequence"],
    { field: "dropoutPer", fallback: `element; sequence for words, and ${above}` },
  ),
  inputDropout: real("--input-dropout <p>", "share of the embedded input to drop", share, {
    field: "inputDropout",
    fallback: byWords,
  }),
  embeddingDropout: real("--embedding-dropout <p>", "share of the vocabulary to drop in each window", share, {
    field: "embeddingDropout",
    fallback: "0; for words 0.05",
  }),
  weightDrop: real("--weight-drop <p>", "share of the recurrent weights to drop (DropConnect)", share, {
    field: "weightDrop",
    fallback: `0; as --dropout for words, and ${above}`,
  }),
  ar: real(
    "--ar <x>",
    "activation regularization: penalty on the top layer's outputs",
    { min: 0 },
    { field: "activationPenalty", fallback: "0" },
  ),
  tar: real(
    "--tar <x>",
    "temporal activation regularization: penalty on changes of the top layer's outputs",
    { min: 0 },
    { field: "temporalPenalty", fallback: "0" },
  ),
};

type TieValues = Values<typeof wordFlags> & {
  hidden?: number;
  layers?: number;
  embedding?: number;
  embeddings?: string;
};

/** A single layer with a tied output has the width of the embedding: both cannot be chosen apart. */
export function checkTie({ tie, hidden, embedding, layers = 1, embeddings }: TieValues): void {
  if (tie && layers === 1 && embeddings === undefined && embedding !== undefined && embedding !== (hidden ?? embedding))
    fail({
      where: "--tie",
      expected: `--embedding ${hidden}, as --hidden`,
      received: String(embedding),
      hint: "with one layer a tied output is as wide as the embedding; --layers 2 or more lets the two differ",
    });
}

/** `1150,1150,400` */
function sizes(given: string): readonly number[] {
  const values = given.split(",").map(Number);
  if (values.every((value) => Number.isInteger(value) && value >= 1 && value <= 16_384) && values.length <= 64)
    return values;
  throw new InvalidArgumentError("Expected whole numbers from 1 to 16384 with commas between: 1150,1150,400.");
}
