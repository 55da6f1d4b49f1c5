import { describe, expect, it } from "vitest";
import { view } from "../tensor/parameters.ts";
import { lstm } from "./cells/lstm.ts";
import { freeze } from "./freeze.ts";
import { bidirectional } from "./layers/bidirectional.ts";
import { dense } from "./layers/dense.ts";
import { embedding } from "./layers/embedding.ts";
import { collect, initialize, parameter, parameterInputs, parameterLayouts, under } from "./parameters.ts";

const tree = () => {
  const table = embedding({ embeddingSize: 3 }).build(7);
  const encoder = lstm({ hiddenSize: 4 }).build(table.outputSize);
  return { embedding: table, encoder, heads: { project: dense({ outputSize: 7 }).build(encoder.outputSize) } };
};

describe("parameters of a model", () => {
  it("are named by the paths to them, as PyTorch names them", () => {
    expect(collect(tree()).map(({ name, shape }) => [name, ...shape])).toEqual([
      ["embedding.weight", 7, 3],
      ["encoder.weight_ih_l0", 16, 3],
      ["encoder.weight_hh_l0", 16, 4],
      ["encoder.bias_ih_l0", 16],
      ["heads.project.weight", 7, 4],
      ["heads.project.bias", 7],
    ]);
  });

  it("begin at values that depend on the seed and the name alone", () => {
    const specs = collect(tree());
    const values = (list: typeof specs, name: string, seed = 1) => {
      const { trainable } = parameterLayouts(list);
      const flat = initialize(list, trainable, seed);
      return [...view(flat, trainable.slots.find((slot) => slot.name === name)!)];
    };
    const name = "encoder.weight_hh_l0";
    const whole = values(specs, name);
    expect(values(specs.slice(2), name)).toEqual(whole);
    expect(values(specs, name, 2)).not.toEqual(whole);
    expect(whole.every((value) => value !== 0 && Math.abs(value) <= 0.5)).toBe(true); // 1 / sqrt(4)
    const bias = values(specs, "encoder.bias_ih_l0");
    expect(bias.slice(4, 8)).toEqual([1, 1, 1, 1]); // the forget gate
    expect(bias.filter((value) => value === 1)).toHaveLength(4);
  });

  it("are told apart into trainable and frozen ones", () => {
    const model = {
      embedding: freeze(embedding({ embeddingSize: 3 })).build(7),
      both: bidirectional(lstm({ hiddenSize: 4 })).build(3),
    };
    const { trainable, frozen } = parameterLayouts(collect(model));
    expect(frozen.slots.map(({ name }) => name)).toEqual(["embedding.weight"]);
    expect(trainable.slots.map(({ name }) => name)).toContain("both.bias_ih_l0_reverse");
    expect(trainable.count).toBe(2 * (16 * 3 + 16 * 4 + 16));
  });

  it("are found by name", () => {
    const all = parameterInputs(collect(tree()));
    expect(Object.keys(under(all, "heads.project"))).toEqual(["weight", "bias"]);
    expect(under(all, "encoder").bias_ih_l0).toBe(all["encoder.bias_ih_l0"]);
    expect(() => parameter(under(all, "embedding"), "bias")).toThrow('parameters: expected "bias", got weight');
  });
});
