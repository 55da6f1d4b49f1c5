// Cells around cells: what they do to the cell inside, with and without masks.
import { describe, expect, it } from "vitest";
import { noise } from "../../../test/gradient-check.ts";
import { referenceEngine, type Value } from "../../engine/index.ts";
import { add, input, linear, maskInput, type Tensor, tanh } from "../../tensor/index.ts";
import {
  type ApplyOptions,
  type Cell,
  cell,
  gruCell,
  type Layer,
  layerFromConfig,
  layerNorm,
  layerNormCell,
  lstmCell,
  minGruCell,
  parameterInputs,
  preNorm,
  recurrent,
  residual,
  residualCell,
  stacked,
  weightDropCell,
  zoneoutCell,
} from "../index.ts";

const [T, B, D, H] = [4, 3, 2, 2];
type Values = Record<string, Value>;

/** Parameters, input and initial states by name; the same values for the same names. */
function values(layer: Layer): Values {
  const block = layer.build(D);
  const shapes = [
    ...block.parameters.map(({ name, shape }) => [name, shape] as const),
    ["x", [T, B, D]] as const,
    ...Object.entries(block.state).map(([name, shape]) => [name, [B, ...shape]] as const),
  ];
  const seed = (name: string) => [...name].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7) % 100_003;
  return Object.fromEntries(shapes.map(([name, shape]) => [name, noise(shape, seed(name))]));
}

async function run(layer: Layer, feeds: Values, options: ApplyOptions = {}): Promise<Values> {
  const block = layer.build(D);
  const states = Object.entries(block.state).map(([name, shape]) => [name, input(name, ["B", ...shape])] as const);
  const { outputs, final } = block.apply(parameterInputs(block.parameters), input("x", ["T", "B", D]), {
    state: Object.fromEntries(states),
    ...options,
  });
  const program = await referenceEngine().compile({ outputs: { outputs, ...final } });
  return program.run(feeds);
}

/** Masks by the order in which a layer asks for them, and their shapes. */
function numbered() {
  const asked: string[] = [];
  const next = (shape: readonly (number | string)[], keep: number): Tensor => {
    asked.push(`[${shape}] ${keep}`);
    return maskInput(`mask.${asked.length - 1}`, shape, keep);
  };
  return { asked, masks: { next } };
}

const mask = (shape: readonly number[], at: (i: number) => number): Value => {
  const size = shape.reduce((a, b) => a * b, 1);
  return { shape, dtype: "bool", data: Uint8Array.from({ length: size }, (_, i) => at(i)) };
};

const layerOf = (one: Cell) => recurrent(one, { hiddenSize: H });

const expectSame = (actual: Values, expected: Values) => {
  expect(Object.keys(actual).sort()).toEqual(Object.keys(expected).sort());
  for (const [name, { data }] of Object.entries(expected))
    data.forEach((value, i) => void expect(actual[name]!.data[i]).toBeCloseTo(value, 12));
};

describe("zoneout", () => {
  const plain = layerOf(lstmCell());
  const zoned = layerOf(zoneoutCell(lstmCell(), { rate: { h: 0.25, c: 0.5 } }));
  const feeds = values(plain);

  it("asks for a mask per step and state", async () => {
    const { asked, masks } = numbered();
    await run(zoned, { ...feeds, "mask.0": mask([T, B, H], () => 1), "mask.1": mask([T, B, H], () => 1) }, { masks });
    expect(asked).toEqual([`[T,B,${H}] 0.75`, `[T,B,${H}] 0.5`]);
  });

  it("with all units updated, is the cell; with none, keeps the state", async () => {
    for (const update of [1, 0]) {
      const drawn = { "mask.0": mask([T, B, H], () => update), "mask.1": mask([T, B, H], () => update) };
      const result = await run(zoned, { ...feeds, ...drawn }, { masks: numbered().masks });
      if (update) expectSame(result, await run(plain, feeds));
      else {
        expectSame({ h: result.h_l0!, c: result.c_l0! }, { h: feeds.h_l0!, c: feeds.c_l0! });
        for (let t = 0; t < T; t++)
          expect([...result.outputs!.data.slice(t * B * H, (t + 1) * B * H)]).toEqual([...feeds.h_l0!.data]);
      }
    }
  });

  it("in training each unit is the cell's new value or the old one; outside it is their mean by the rate", async () => {
    const first = { ...feeds, x: { ...feeds.x!, shape: [1, B, D], data: feeds.x!.data.slice(0, B * D) } };
    const stepped = await run(plain, first);
    const bits = (offset: number) => mask([1, B, H], (i) => (i + offset) % 2);
    const training = await run(zoned, { ...first, "mask.0": bits(0), "mask.1": bits(1) }, { masks: numbered().masks });
    const expected = await run(zoned, first);
    for (let i = 0; i < B * H; i++) {
      const h = [feeds.h_l0!.data[i]!, stepped.h_l0!.data[i]!] as const;
      const c = [feeds.c_l0!.data[i]!, stepped.c_l0!.data[i]!] as const;
      expect(training.h_l0!.data[i]).toBe(h[i % 2]);
      expect(training.c_l0!.data[i]).toBe(c[(i + 1) % 2]);
      expect(expected.h_l0!.data[i]).toBeCloseTo(0.25 * h[0] + 0.75 * h[1], 12);
      expect(expected.c_l0!.data[i]).toBeCloseTo(0.5 * c[0] + 0.5 * c[1], 12);
    }
  });

  it("refuses a rate of 1", () => {
    expect(() => zoneoutCell(gruCell(), { rate: 1 })).toThrow(
      "zoneout(rate): expected a number at least 0 and below 1, got 1",
    );
  });
});

describe("weight drop", () => {
  it("is the cell with dropped weights, the same at all steps and rows; outside training it is the cell", async () => {
    const plain = layerOf(lstmCell());
    const dropping = layerOf(weightDropCell(lstmCell(), { p: 0.5 }));
    const feeds = values(plain);
    expectSame(await run(dropping, feeds), await run(plain, feeds));
    const { asked, masks } = numbered();
    const drawn = mask([4 * H, H], (i) => Number(i % 3 > 0));
    const result = await run(dropping, { ...feeds, "mask.0": drawn }, { masks });
    expect(asked).toEqual([`[${4 * H},${H}] 0.5`]);
    const weights = { ...feeds.weight_hh_l0!, data: feeds.weight_hh_l0!.data.map((w, i) => 2 * w * drawn.data[i]!) };
    expectSame(result, await run(plain, { ...feeds, weight_hh_l0: weights as Value }));
  });

  it("refuses a cell without that weight", () => {
    const one = recurrent(weightDropCell(minGruCell()), { hiddenSize: H }).build(D);
    const trace = () => one.apply(parameterInputs(one.parameters), input("x", ["T", "B", D]), numbered());
    expect(trace).toThrow('weightDrop(minGru): expected a cell with the parameter "weight_hh", got weight_ih, bias_ih');
  });
});

describe("residual and layer norm", () => {
  it("are the layers of the same names", async () => {
    const one = layerOf(minGruCell());
    const feeds = values(preNorm(one));
    expectSame(await run(layerOf(residualCell(minGruCell())), values(one)), await run(residual(one), values(one)));
    expectSame(await run(layerOf(layerNormCell(minGruCell())), feeds), await run(stacked([layerNorm(), one]), feeds));
    expectSame(await run(layerOf(residualCell(layerNormCell(minGruCell()))), feeds), await run(preNorm(one), feeds));
  });

  it("residual refuses another width", () => {
    expect(() => recurrent(residualCell(gruCell()), { hiddenSize: 5 }).build(D)).toThrow(
      "residual(gru): expected an output of width 2, the width of its input, got 5",
    );
  });
});

describe("saved", () => {
  const own = cell({
    name: "own",
    parameters: ({ inputSize, hiddenSize }) => ({ W: [hiddenSize, inputSize], U: [hiddenSize, hiddenSize] }),
    state: ["a"],
    step: ({ W, U }, x, { a }) => {
      const next = tanh(add(linear(x, W), linear(a, U)));
      return { output: next, state: { a: next } };
    },
  });
  const wrapped: Cell[] = [
    zoneoutCell(lstmCell(), { rate: { h: 0.1, c: 0.3 } }),
    weightDropCell(zoneoutCell(gruCell({ reset: "before" })), { p: 0.25 }),
    residualCell(layerNormCell(own)),
  ];
  it.each(wrapped.map((one) => [JSON.stringify(one.config), one]))("%s comes back the same", async (text, one) => {
    const { config } = layerOf(one as Cell);
    const again = layerFromConfig(JSON.parse(JSON.stringify(config)), { cells: [own] });
    expect(JSON.stringify((again.config as { cell?: unknown }).cell)).toBe(text);
    const feeds = values(layerOf(one as Cell));
    expectSame(await run(again, feeds), await run(layerOf(one as Cell), feeds));
  });
  it("refuses an option of the wrong type", () => {
    const { config } = layerOf(zoneoutCell(lstmCell()));
    const broken = { ...config, cell: { name: "zoneout", cell: { name: "lstm" }, rate: "high" } };
    expect(() => layerFromConfig(broken)).toThrow(/^layer\.cell: zoneout\(rate\): expected .*, got/);
    const nothing = { ...config, cell: { name: "zoneout" } };
    expect(() => layerFromConfig(nothing)).toThrow("layer.cell: zoneout: expected the cell inside, got none");
  });
});
