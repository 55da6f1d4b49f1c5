import { describe, expect, it } from "vitest";
import { wordTokenizer } from "../../data/index.ts";
import { type CellConfig, cellNameOf, cellNames } from "../../nn/index.ts";
import { nodeEngine } from "../../node/engine.ts";
import { evaluate, train } from "../../train/index.ts";
import { type DataFacts, trainOptions } from "../recipe.ts";
import { languageModel } from "./language-model.ts";
import { type LanguageModelRecipe, languageModelOptions, languageModelRecipe } from "./language-model-recipe.ts";
import { languageModelTask } from "./language-model-task.ts";

const engine = nodeEngine({ threads: 1 });
const text = "the cat sat , the <unk> sat too .\n".repeat(12);
const tokenizer = wordTokenizer.fit(text, { split: "whitespace" });
const facts = { rows: 120, tokens: 120, vocabulary: tokenizer.vocabulary.size };
const small = {
  hiddenSize: 6,
  embeddingSize: 4,
  numLayers: 2,
  bptt: 5,
  batchSize: 4,
  steps: 2,
  tokens: "word",
} as const;

describe("the recipe of characters", () => {
  const of = (tokens: number, chosen: Partial<LanguageModelRecipe> = {}) =>
    languageModelRecipe({ rows: tokens, tokens, vocabulary: 80 }, chosen);

  it("widens with the tokens that a run reads, and drops more of a text that is read more often", () => {
    expect(of(1e6)).toMatchObject({ hiddenSize: 256, dropout: 0.1, learningRate: 0.008 });
    expect(of(5e6)).toMatchObject({ hiddenSize: 512, dropout: 0.1, learningRate: 0.004 });
    expect(of(5e6, { minutes: 1 }).hiddenSize).toBe(256);
    expect(of(1e6, { minutes: 60 })).toMatchObject({ hiddenSize: 512, dropout: 0.28 });
    expect(of(1e6, { minutes: 10 })).toMatchObject({ hiddenSize: 256, dropout: 0.21 });
    expect(of(1e5, { minutes: 60 }).hiddenSize).toBe(256);
    const shares = [1e6, 2e5, 5e4, 5e3].map((tokens) => of(tokens).dropout);
    expect(shares).toEqual([...shares].sort());
    expect(shares.at(-1)).toBe(0.5);
    expect(of(5e4)).toMatchObject({ dropoutPer: "sequence", weightDrop: of(5e4).dropout });
    expect(of(5e4, { cell: "sru" }).weightDrop).toBeUndefined();
    expect(of(5e4, of(5e4))).toEqual(of(5e4));
  });

  it("stacks layers in residual blocks, unless told not to", () => {
    const layersOf = (chosen: Partial<LanguageModelRecipe>, facts: Partial<DataFacts> = {}) => {
      const recipe = languageModelRecipe({ rows: 1e6, tokens: 1e6, vocabulary: 80, ...facts }, chosen);
      const { layers, type } = languageModelOptions(recipe).encoder.config as {
        type: string;
        layers?: { type: string }[];
      };
      return layers?.map((layer) => layer.type) ?? [type];
    };
    expect(layersOf({})).toEqual(["recurrent", "residual", "layerNorm"]);
    const short = { rows: 1e5, tokens: 1e5 };
    expect(layersOf({}, short)).toEqual(["recurrent"]);
    expect(layersOf({ minutes: 0.5 })).toEqual(["recurrent"]);
    expect(layersOf({ numLayers: 2, cell: "gru" }, short)).toEqual(["recurrent", "recurrent"]);
    expect(layersOf({ numLayers: 2, cell: "sru" }, short)).toEqual(["recurrent", "residual", "layerNorm"]);
    expect(layersOf({ numLayers: 1 })).toEqual(["recurrent", "layerNorm"]);
    expect(layersOf({ cell: "sru", layerSizes: [8, 8, 6] })).toEqual(["recurrent", "residual", "stacked", "layerNorm"]);
    expect(layersOf({ preNorm: false })).toEqual(["recurrent", "recurrent"]);
    expect(layersOf({}, { kind: "lines" })).toEqual(["recurrent"]);
    const words = { tokens: "word", layerSizes: [8, 8] } as const;
    expect(layersOf(words)).toEqual(["recurrent", "recurrent"]);
    expect(layersOf({ ...words, cell: "qrnn" })).toEqual(["recurrent", "residual", "layerNorm"]);
  });

  it("samples the characters of a script that has thousands", () => {
    const korean = { rows: 1e6, tokens: 1e6, vocabulary: 2500 };
    expect(languageModelRecipe(korean).candidates).toBe(500);
    expect(languageModelRecipe(korean, { tokens: "subword" }).candidates).toBe(500);
    expect(languageModelRecipe({ ...korean, kind: "lines" }).candidates).toBeUndefined();
    expect(of(1e6).candidates).toBeUndefined();
  });

  it("leaves short lines and what was chosen alone", () => {
    expect(languageModelRecipe({ rows: 200, tokens: 2000, kind: "lines" }).dropout).toBe(0.1);
    expect(of(5e4, { dropout: 0 })).toMatchObject({ dropout: 0 });
    expect(of(5e4, { dropout: 0 }).weightDrop).toBeUndefined();
    expect(of(5e6, { hiddenSize: 64, dropout: 0 })).toMatchObject({ hiddenSize: 64, dropout: 0, learningRate: 0.008 });
  });
});

describe("the recipe of words", () => {
  it("ties the output, regularizes more the more often a text is read, and samples a large vocabulary", () => {
    const large = { rows: 2e6, tokens: 2e6, vocabulary: 33_278 };
    const shares = [5, 30, 120, 600].map((minutes) => languageModelRecipe(large, { tokens: "word", minutes }).dropout);
    expect(shares).toEqual([...shares].sort());
    expect(shares.at(-1)).toBe(0.4);
    const recipe = languageModelRecipe(large, { tokens: "word", minutes: 120 });
    expect(recipe).toMatchObject({
      tieWeights: true,
      candidates: 2000,
      dropoutPer: "sequence",
      weightDrop: recipe.dropout,
    });
    expect(languageModelRecipe(large, recipe)).toEqual(recipe);
    const light = languageModelRecipe(large, { tokens: "word", dropout: 0.2 });
    expect(light).toMatchObject({ inputDropout: 0.2, weightDrop: 0.2 });
    expect(languageModelRecipe(facts, { tokens: "word" }).candidates).toBeUndefined();
    expect(languageModelRecipe(large, { tokens: "word", cell: "sru" }).weightDrop).toBeUndefined();
  });

  it("unties where one layer and the embedding are chosen apart, and takes the width of the top layer", () => {
    const one = { tokens: "word", numLayers: 1, hiddenSize: 6 } as const;
    expect(languageModelRecipe(facts, one)).toMatchObject({ tieWeights: true, embeddingSize: 6 });
    expect(languageModelRecipe(facts, { ...one, embeddingSize: 4 }).tieWeights).toBe(false);
    const sizes = languageModelRecipe(facts, { tokens: "word", layerSizes: [8, 6, 4] });
    expect(sizes).toMatchObject({ embeddingSize: 4, tieWeights: true });
    const { encoder } = languageModelOptions(sizes);
    expect(encoder.config.layers).toMatchObject([{ hiddenSize: 8 }, { hiddenSize: 6 }, { hiddenSize: 4 }]);
  });

  it("has a network of every cell", () => {
    for (const cell of cellNames) {
      const recipe = languageModelRecipe(facts, { ...small, cell });
      const { specs, config } = languageModel({ ...languageModelOptions(recipe), tokenizer });
      expect(specs.length, cell).toBeGreaterThan(4);
      const [lowest] = config.encoder.layers as { cell: CellConfig }[];
      expect(cellNameOf(lowest!.cell)).toBe(cell);
    }
  });

  it.each(["lstm", "sru"] as const)("%s: trains, is the plain network at evaluation, and is saved", async (cell) => {
    const penalties = { activationPenalty: 2, temporalPenalty: 1, candidates: 4 };
    const recipe = languageModelRecipe(facts, { ...small, cell, ...penalties });
    const model = languageModel({ ...languageModelOptions(recipe), tokenizer });
    for await (const { loss } of train(model, text, { engine, ...trainOptions(recipe) })) expect(loss).toBeLessThan(9);
    const { nats } = await evaluate(model, text, { engine });
    const none: Partial<LanguageModelRecipe> = { dropout: 0, inputDropout: 0, embeddingDropout: 0, weightDrop: 0 };
    const plain = languageModel({ ...languageModelOptions({ ...recipe, ...none }), tokenizer });
    const again = languageModelTask.unpack(JSON.parse(JSON.stringify(languageModelTask.pack(model))));
    for (const other of [plain, again]) {
      other.parameters = model.parameters;
      expect((await evaluate(other, text, { engine })).nats).toBe(nats);
    }
  });
});
