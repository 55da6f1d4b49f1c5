// Every option of a layer function reaches its cell, and every option of a cell reaches its parameters or its config.
import { describe, expect, it } from "vitest";
import { random } from "../../base/index.ts";
import type { Cell } from "../cell.ts";
import { fill, type Layer, layerFromConfig, type RecurrentOptions, recurrent } from "../index.ts";
import * as cells from "./built-in.ts";
import { builtInCell, cellNameOf, cellNames } from "./built-in.ts";

/** A value that differs from the default, for each option: a new option without a row does not compile. */
type Rows<O> = { [K in keyof Required<O>]: O[K] };

interface Subject<O extends object> {
  layer: (options: O & RecurrentOptions) => Layer;
  cell: (options?: O) => Cell;
  options: Rows<O>;
}

const subject = <O extends object>(one: Subject<O>) => one as unknown as Subject<object>;

const subjects: Record<string, Subject<object>> = {
  rnn: subject<cells.RnnCellOptions>({
    layer: cells.rnn,
    cell: cells.rnnCell,
    options: { activation: "relu", recurrentInit: fill(0.5) },
  }),
  gru: subject<cells.GruCellOptions>({
    layer: cells.gru,
    cell: cells.gruCell,
    options: { reset: "before", recurrentInit: fill(0.5), timescale: 50 },
  }),
  gruSimplified: subject<cells.GruSimplifiedCellOptions>({
    layer: cells.gruSimplified,
    cell: cells.gruSimplifiedCell,
    options: { recurrentInit: fill(0.5) },
  }),
  lstm: subject<cells.LstmCellOptions>({
    layer: cells.lstm,
    cell: cells.lstmCell,
    options: { forgetBias: 3, recurrentInit: fill(0.5), timescale: 50 },
  }),
  peepholeLstm: subject<cells.LstmCellOptions>({
    layer: cells.peepholeLstm,
    cell: cells.peepholeLstmCell,
    options: { forgetBias: 3, recurrentInit: fill(0.5), timescale: 50 },
  }),
  minGru: subject<object>({ layer: cells.minGru, cell: cells.minGruCell, options: {} }),
  minLstm: subject<cells.MinLstmCellOptions>({
    layer: cells.minLstm,
    cell: cells.minLstmCell,
    options: { forgetBias: 3 },
  }),
  sru: subject<cells.SruCellOptions>({ layer: cells.sru, cell: cells.sruCell, options: { highwayBias: -1 } }),
  qrnn: subject<object>({ layer: cells.qrnn, cell: cells.qrnnCell, options: {} }),
  rgLru: subject<cells.RgLruCellOptions>({ layer: cells.rgLru, cell: cells.rgLruCell, options: { lowerBound: 0.5 } }),
  mogrifierLstm: subject<cells.MogrifierLstmCellOptions>({
    layer: cells.mogrifierLstm,
    cell: cells.mogrifierLstmCell,
    options: { rounds: 3, forgetBias: 3, recurrentInit: fill(0.5), timescale: 50 },
  }),
  layerNormLstm: subject<cells.LstmCellOptions>({
    layer: cells.layerNormLstm,
    cell: cells.layerNormLstmCell,
    options: { forgetBias: 3, recurrentInit: fill(0.5), timescale: 50 },
  }),
};

/** What a layer is made of: its config and its initial values. */
const content = (layer: Layer) => ({
  config: layer.config,
  parameters: layer.build(3).parameters.map(({ name, shape, init }) => [name, shape, [...init(shape, random(1))]]),
});

describe.each(Object.entries(subjects))("%s", (_, { layer, cell, options }) => {
  const size = { hiddenSize: 4 };
  it.each(Object.entries(options))("%s reaches the cell and changes it", (name, value) => {
    const withOption = content(layer({ ...size, [name]: value }));
    expect(withOption).toEqual(content(recurrent(cell({ [name]: value }), size)));
    expect(withOption).not.toEqual(content(layer(size)));
  });
  it("numLayers and dropout reach the layer", () => {
    expect(layer({ ...size, numLayers: 2, dropout: 0.25 }).config).toEqual(
      recurrent(cell(), { ...size, numLayers: 2, dropout: 0.25 }).config,
    );
  });
});

it("every layer function is tested here", () => {
  const functions = Object.keys(cells).filter((name) => name.endsWith("Cell") && !/^(builtIn|[A-Z])/.test(name));
  const wrappers = ["layerNorm", "residual", "weightDrop", "zoneout"];
  expect(functions.map((name) => name.slice(0, -4)).sort()).toEqual([...Object.keys(subjects), ...wrappers].sort());
});

describe.each(cellNames)("--cell %s", (name) => {
  const cell = builtInCell(name);
  it("is found by its config and read back from a saved layer", () => {
    expect(cellNameOf(cell.config)).toBe(name);
    const { config } = recurrent(cell, { hiddenSize: 3 });
    const again = layerFromConfig(JSON.parse(JSON.stringify(config)));
    expect(again.config).toEqual(config);
    expect(again.build(4).parameters.map(({ shape }) => shape)).toEqual(
      recurrent(cell, { hiddenSize: 3 })
        .build(4)
        .parameters.map(({ shape }) => shape),
    );
  });
  it("has facts that fit its weights", () => {
    const blocks = cell.gates.length;
    expect(cell.lecture?.letters.length ?? blocks).toBe(blocks);
    expect(cell.onnx?.blocks.toSorted() ?? [...Array(blocks).keys()]).toEqual([...Array(blocks).keys()]);
  });
});
