// Layers and models in words.
import type { LayerConfig } from "../../nn/index.ts";
import { type Model, taskOf } from "../../tasks/index.ts";
import { withArticle } from "../../terminal/index.ts";

/** `a language model` */
export const aModel = (model: Model): string => withArticle(taskOf(model).title);

/** `bidirectional lstm 128` */
export function describeLayer(config: LayerConfig): string {
  const layer = config as LayerConfig & {
    layer?: LayerConfig;
    layers?: LayerConfig[];
    cell?: { name: string; cell?: { name: string } };
    hiddenSize?: number;
  };
  if (layer.type === "bidirectional") return `bidirectional ${describeLayer(layer.layer!)}`;
  if (layer.type === "stacked") {
    const each = layer.layers!.map(describeLayer);
    return each.every((one) => one === each[0]) ? `${each.length} x ${each[0]}` : each.join(" + ");
  }
  if (layer.type === "recurrent") {
    const { name, cell } = layer.cell!;
    return `${name === "weightDrop" ? cell!.name : name} ${layer.hiddenSize}`;
  }
  return String(layer.type);
}
