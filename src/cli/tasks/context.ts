// `--context MODEL` for taggers: a trained language model of characters whose hidden states are read.
import { resolve } from "node:path";
import { describeLayer } from "../../inspect/summary.ts";
import { unfreeze } from "../../nn/index.ts";
import { load } from "../../node/index.ts";
import { contextOf, type TaggerContext } from "../../tasks/index.ts";
import { formatWhole } from "../../terminal/index.ts";
import type { Output } from "../output.ts";
import { shown } from "../source.ts";

/** @throws UnrolledError where the folder holds no language model of characters */
export async function contextFor(show: Output, folder: string): Promise<TaggerContext> {
  const model = await load(folder);
  const context = contextOf(model, { where: `--context ${folder}` });
  const size = context.tokens.length;
  show.event("context", { file: resolve(folder), vocabulary: size });
  show.fact(
    "states",
    `${shown(resolve(folder))}: character language model, ${formatWhole(size)} in its vocabulary, ${describeLayer(unfreeze(context.encoder).config)}`,
  );
  show.fact("", "its hidden states are read at the end of each token; it is not trained further");
  return context;
}
