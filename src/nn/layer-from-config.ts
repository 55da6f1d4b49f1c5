// From a saved configuration back to a layer. Each layer's own file says how it is read; this is the list of them.
import { fail, UnrolledError } from "../base/index.ts";
import type { Cell } from "./cell.ts";
import { cellFromOptions } from "./cells/built-in.ts";
import { freezeKind } from "./freeze.ts";
import type { Layer, LayerConfig } from "./layer.ts";
import { bidirectionalKind } from "./layers/bidirectional.ts";
import { denseKind } from "./layers/dense.ts";
import { dropoutKind } from "./layers/dropout.ts";
import { embeddingKind } from "./layers/embedding.ts";
import { layerNormKind } from "./layers/layer-norm.ts";
import { learnedRowsKind } from "./layers/learned-rows.ts";
import { recurrentKind } from "./layers/recurrent.ts";
import { residualKind } from "./layers/residual.ts";
import { stackedKind } from "./layers/stacked.ts";
import type { LayerKind } from "./saved-config.ts";
import { type ConfigReader, configReader } from "./saved-config.ts";

/** Every layer that a saved model can contain: a new layer is its own file and a line here. */
const layerKinds: readonly LayerKind[] = [
  recurrentKind,
  stackedKind,
  bidirectionalKind,
  residualKind,
  freezeKind,
  dropoutKind,
  embeddingKind,
  learnedRowsKind,
  denseKind,
  layerNormKind,
];

export interface LayerFromConfigOptions {
  /** Your own cells that the saved model uses. */
  cells?: readonly Cell[];
  /** Where the layer is in the saved configuration, for errors: `encoder`. */
  path?: string;
}

/**
 * The layer that has this `config`. Initial values are not part of it: a saved model brings its own.
 * @throws UnrolledError of code `file` with the path and the value of a field that is wrong
 */
export function layerFromConfig(
  config: LayerConfig,
  { cells = [], path = "layer" }: LayerFromConfigOptions = {},
): Layer {
  const count = layersIn(config);
  if (count > mostLayers)
    fail({ where: path, expected: `at most ${mostLayers} layers`, received: String(count), code: "file" });
  const makers = {
    layer: (reader: ConfigReader): Layer => {
      const kind = layerKinds.find(({ type }) => type === reader.fields.type);
      const known = layerKinds.map(({ type }) => type).join(", ");
      return kind?.from(reader) ?? reader.refuse("type", `one of ${known}`);
    },
    cell: (reader: ConfigReader): Cell => cellFrom(reader, cells),
  };
  return makers.layer(configReader(config, path, makers));
}

/** Nested bidirectional layers double what is inside them: a few hundred bytes could describe a million layers. */
const mostLayers = 4096;

/** Layers that would be built. */
function layersIn(config: unknown): number {
  if (typeof config !== "object" || config === null) return 0;
  const inside = Object.values(config).reduce((sum: number, part: unknown) => sum + layersIn(part), 0);
  const twice = (config as { type?: unknown }).type === "bidirectional" ? 2 : 1;
  return ("type" in config ? 1 : 0) + twice * inside;
}

function cellFrom(reader: ConfigReader, own: readonly Cell[]): Cell {
  const name = reader.string("name");
  const mine = own.find(({ config }) => config.name === name);
  if (mine) return mine;
  const inner = reader.has("cell") ? reader.cell("cell") : undefined;
  try {
    const made = cellFromOptions(name, reader.fields, inner);
    if (made) return made;
  } catch (error) {
    if (!(error instanceof UnrolledError)) throw error;
    const { where, expected, received } = error;
    return fail({ where: `${reader.path}: ${where}`, code: "file", expected, received });
  }
  return fail({
    where: reader.path,
    code: "missing",
    expected: "a built-in cell",
    received: JSON.stringify(name),
    hint: "pass your own cells: load(folder, { cells: [myCell] })",
  });
}
