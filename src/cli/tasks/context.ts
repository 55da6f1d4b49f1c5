// `--context MODEL` for taggers: a trained language model of characters whose hidden states are read.
import { resolve } from "node:path";
import { fail } from "../../base/index.ts";
import { describeLayer } from "../../inspect/summary.ts";
import { load } from "../../node/index.ts";
import { contextOf, type TaggerContext, unlikeCharacters } from "../../tasks/index.ts";
import { formatWhole } from "../../terminal/index.ts";
import type { Output } from "../output.ts";
import { shown } from "../source.ts";

/** @throws UnrolledError where the folder holds no language model of characters */
export async function contextFor(show: Output, folder: string): Promise<TaggerContext> {
  const model = await load(folder);
  const other = model.task === "language-model" ? unlikeCharacters(model) : undefined;
  if (model.task !== "language-model" || other)
    return fail({
      where: `--context ${folder}`,
      expected: "a language model of characters",
      received: other ? `one of ${other}` : `a ${model.task}`,
      hint: "npx unrolled train TEXT --tokens char",
      code: "data",
    });
  const { encoder } = model.config;
  const { size } = model.tokenizer.vocabulary;
  show.event("context", { file: resolve(folder), vocabulary: size });
  show.fact(
    "states",
    `${shown(resolve(folder))}: character language model, ${formatWhole(size)} in its vocabulary, ${describeLayer(encoder)}`,
  );
  show.fact("", "its hidden states are read at the end of each token; it is not trained further");
  return contextOf(model);
}
