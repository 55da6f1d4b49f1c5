// The tagger as a task.
import type { RowsOrList } from "../../data/index.ts";
import { bidirectional, encoderOf, type Layer, stacked } from "../../nn/index.ts";
import { type ConfigShape, checkConfig } from "../config.ts";
import { budgetOf, type DataFacts, epochsFor, given, type Recipe } from "../recipe.ts";
import type { Task } from "../task.ts";
import type { Tagger, TaggerConfig } from "./model.ts";
import {
  predictTags,
  reportTags,
  type TaggedText,
  type TaggerReport,
  type TagTextsOptions,
  taggerGraph,
} from "./predict.ts";
import { type TaggerOptions, taggerFromConfig } from "./tagger.ts";
import type { Tagged } from "./vocabulary.ts";

export interface TaggerRecipe extends Recipe {
  readonly embeddingSize: number;
  readonly direction: "both" | "forward";
  /** Whether tokens are characters: pairs of neighbors then get rows of their own. */
  readonly characters: boolean;
}

/** Facts: `rows` (sentences); `kind: "characters"` where tokens are single characters. */
function recipe({ rows, kind }: DataFacts, chosen: Partial<TaggerRecipe> = {}): TaggerRecipe {
  const characters = chosen.characters ?? kind === "characters";
  const { steps: _, epochs: __, minutes: ___, ...sizes } = chosen;
  return {
    cell: "lstm",
    hiddenSize: 128,
    numLayers: 1,
    embeddingSize: characters ? 64 : 100,
    direction: "both",
    dropout: 0.4,
    batchSize: rows >= 8000 ? 32 : 16,
    learningRate: 0.004,
    ...given(sizes),
    characters,
    ...budgetOf(chosen, { epochs: epochsFor(rows, 50_000, 4, 30) }),
  };
}

const shape: ConfigShape<TaggerConfig> = {
  encoder: "layer",
  decoder: "object",
  embeddingSize: "number",
  embedding: "layer?",
  characters: ["object", "boolean"],
  shapes: "number?",
  dropout: "dropout",
};

export const taggerTask: Task<
  Tagger,
  RowsOrList<Tagged>,
  string | readonly string[],
  TaggedText,
  TaggerReport,
  TaggerRecipe,
  TagTextsOptions,
  Pick<TaggerOptions, "encoder" | "embeddingSize" | "characters" | "dropout">
> = {
  name: "tagger",
  title: "tagger",
  assets: ["vocabulary.json"],
  pack: ({ config, vocabulary }) => ({ config, assets: { "vocabulary.json": vocabulary.toJSON() } }),
  unpack: ({ config, assets }, options = {}) =>
    taggerFromConfig(checkConfig(config, shape), assets["vocabulary.json"], options),
  recipe,
  options({ cell, hiddenSize, numLayers, dropout, direction, embeddingSize, characters }) {
    const one = encoderOf(cell, { hiddenSize, dropout });
    const layer = direction === "both" ? bidirectional(one) : one;
    return {
      encoder: numLayers === 1 ? layer : stacked(new Array<Layer>(numLayers).fill(layer)),
      embeddingSize,
      ...(characters ? { characters: { embeddingSize: 64 } } : {}),
      dropout,
    };
  },
  predict: predictTags,
  report: reportTags,
  graphs: (model) => ({ model: taggerGraph(model) }),
};
