import { expect, it } from "vitest";
import { noise } from "../../test/gradient-check.ts";
import { referenceEngine } from "../engine/index.ts";
import { collect, type Layer, parameterInputs, under } from "../nn/index.ts";
import { input } from "../tensor/index.ts";
import { stepLayer, windowLayer } from "./standard-network.ts";

const [D, H] = [2, 3];

/** Outputs [T, 1, H] for the first T of six steps. */
async function read(layer: Layer, T: number, change: (x: Float64Array) => void = () => {}): Promise<number[][]> {
  const block = layer.build(D);
  const specs = collect({ encoder: block });
  const { outputs } = block.apply(under(parameterInputs(specs), "encoder"), input("x", ["T", "B", D]));
  const x = Float64Array.from(noise([6, 1, D], 1).data);
  change(x);
  const executable = await referenceEngine().compile({ outputs: { outputs } });
  const feeds = {
    x: { shape: [T, 1, D], dtype: "float" as const, data: x.subarray(0, T * D) },
    ...Object.fromEntries(specs.map(({ name, shape }, i) => [name, noise(shape, 5 + i)])),
  };
  const { data } = (await executable.run(feeds)).outputs!;
  return Array.from({ length: T }, (_, t) => Array.from(data.subarray(t * H, (t + 1) * H)));
}

it("reads the window as one vector: every output hangs on every place, and nothing on what is past it", async () => {
  const layer = windowLayer({ window: 4, hiddenSize: H });
  const plain = await read(layer, 6);
  const first = await read(layer, 6, (x) => x.fill(x[0]! + 1, 0, 1));
  expect(plain.slice(0, 4).some((row, t) => row.some((value, i) => value !== first[t]![i]))).toBe(true);
  expect(plain.slice(4)).toEqual([
    [0, 0, 0],
    [0, 0, 0],
  ]);
  expect(await read(layer, 6, (x) => x.fill(9, 4 * D))).toEqual(plain);
  // Shorter rows are padded with zeros.
  const short = await read(layer, 3);
  expect(short).toEqual((await read(layer, 4, (x) => x.fill(0, 3 * D))).slice(0, 3));
});

it("reads each step alone", async () => {
  const layer = stepLayer({ hiddenSize: H });
  const plain = await read(layer, 3);
  const changed = await read(layer, 3, (x) => x.fill(7, 0, D));
  expect(changed.slice(1)).toEqual(plain.slice(1));
  expect(changed[0]).not.toEqual(plain[0]);
  expect(plain.flat().every((value) => value >= 0)).toBe(true);
});
