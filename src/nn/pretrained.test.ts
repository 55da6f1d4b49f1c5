import { expect, it } from "vitest";
import { modelOf, weightsOf } from "../networks/model.ts";
import { freeze } from "./freeze.ts";
import { lstm, pretrained } from "./index.ts";
import { layerFromConfig } from "./layer-from-config.ts";

const layer = lstm({ hiddenSize: 2 });
const built = layer.build(3);
const values = Object.fromEntries(
  built.parameters.map(({ name, shape }, i) => [name, new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(i + 1)]),
);

it("begins with the given parameters, whatever the seed", () => {
  const model = modelOf({ encoder: pretrained(layer, values).build(3) }, 7);
  for (const [name, { data }] of Object.entries(weightsOf(model)))
    expect(data).toEqual(values[name.replace("encoder.", "")]);
});

it("is saved as the plain layer, also in freeze", () => {
  expect(pretrained(layer, values).config).toEqual(layer.config);
  const frozen = freeze(pretrained(layer, values));
  expect(layerFromConfig(frozen.config).config).toEqual(freeze(layer).config);
  expect(frozen.build(3).parameters.every((spec) => spec.frozen)).toBe(true);
});

it("refuses parameters that lack, or are those of another size", () => {
  expect(() => pretrained(layer, {}).build(3)).toThrow("pretrained(weight_ih_l0): expected 24 values, got none");
  expect(() => pretrained(layer, values).build(4)).toThrow("pretrained(weight_ih_l0): expected 32 values, got 24");
});
