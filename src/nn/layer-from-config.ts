// From a saved configuration back to a layer.
import { fail } from "../base/index.ts";
import type { Cell, CellConfig } from "./cell.ts";
import { type GruCellOptions, gruCell } from "./cells/gru.ts";
import { gruSimplifiedCell } from "./cells/gru-simplified.ts";
import { lstmCell } from "./cells/lstm.ts";
import { peepholeLstmCell } from "./cells/peephole-lstm.ts";
import { type RnnCellOptions, rnnCell } from "./cells/rnn.ts";
import { freeze, type Layer, type LayerConfig } from "./layer.ts";
import { bidirectional } from "./layers/bidirectional.ts";
import { type DenseOptions, dense } from "./layers/dense.ts";
import { type DropoutOptions, dropout } from "./layers/dropout.ts";
import { type EmbeddingOptions, embedding } from "./layers/embedding.ts";
import { layerNorm } from "./layers/layer-norm.ts";
import { recurrent } from "./layers/recurrent.ts";
import { residual } from "./layers/residual.ts";
import { stacked } from "./layers/stacked.ts";
import type { TrainingLength } from "./parameters.ts";

type CellMaker = (config: CellConfig) => Cell;

const builtIn: Readonly<Record<string, CellMaker>> = {
  rnn: (config) => rnnCell(config as RnnCellOptions),
  gru: (config) => gruCell(config as GruCellOptions),
  gruSimplified: () => gruSimplifiedCell(),
  lstm: () => lstmCell(),
  peepholeLstm: () => peepholeLstmCell(),
};

/** Cells of one's own that a saved model uses. */
export interface LayerFromConfigOptions {
  cells?: readonly Cell[];
}

/** The layer that has this `config`. Initial values are not part of it: a saved model brings its own. */
export function layerFromConfig(config: LayerConfig, { cells = [] }: LayerFromConfigOptions = {}): Layer {
  const inner = (part: unknown): Layer => layerFromConfig(part as LayerConfig, { cells });
  const makers: Readonly<Record<string, () => Layer>> = {
    recurrent: () => {
      const { cell, hiddenSize, dropout } = config as unknown as RecurrentConfig;
      return recurrent(cellFromConfig(cell, cells), { hiddenSize, dropout });
    },
    stacked: () => {
      const { layers, dropout } = config as unknown as { layers: LayerConfig[]; dropout: DropoutOptions };
      return stacked(layers.map(inner), { dropout });
    },
    bidirectional: () => bidirectional(inner(config.layer)),
    residual: () => residual(inner(config.layer)),
    freeze: () => freeze(inner(config.layer), { unfreezeAfter: config.unfreezeAfter as TrainingLength | undefined }),
    dropout: () => dropout(config as unknown as DropoutOptions),
    embedding: () => embedding(config as unknown as EmbeddingOptions),
    dense: () => dense(config as unknown as DenseOptions),
    layerNorm: () => layerNorm(config as { epsilon?: number }),
  };
  const known = Object.keys(makers).join(", ");
  const make = Object.hasOwn(makers, config?.type) ? makers[config.type] : undefined;
  return make?.() ?? fail({ where: "layer", code: "file", expected: `one of ${known}`, received: `${config?.type}` });
}

interface RecurrentConfig {
  cell: CellConfig;
  hiddenSize: number;
  dropout: DropoutOptions;
}

function cellFromConfig(config: CellConfig, own: readonly Cell[]): Cell {
  const mine = own.find((cell) => cell.config.name === config.name);
  if (mine) return mine;
  if (Object.hasOwn(builtIn, config.name)) return builtIn[config.name]!(config);
  const known = [...Object.keys(builtIn), ...own.map((cell) => cell.config.name)].join(", ");
  return fail({
    where: "cell",
    code: "missing",
    expected: `one of ${known}`,
    received: config.name,
    hint: "a cell of your own must be handed in: load(folder, { cells: [myCell] })",
  });
}
