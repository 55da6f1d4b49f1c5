// What `unrolled train` says before it trains.
import { relative } from "node:path";
import type { Corpus } from "./corpus.ts";
import { type Host, writeJson } from "./host.ts";
import type { LanguageModel } from "./library.ts";
import type { Recipe } from "./recipe.ts";
import { formatCount, formatDuration, formatWhole } from "./terminal/index.ts";

/** Says what will be trained on what, and for how long. `chosen`: the length was not given but follows from the text. */
export function describeRun(
  host: Host,
  json: boolean,
  {
    recipe,
    corpus,
    model,
    out,
    resumed,
    chosen,
  }: { recipe: Recipe; corpus: Corpus; model: LanguageModel; out: string; resumed: boolean; chosen: boolean },
): void {
  const { files, cell, hidden, layers, embedding, batch, bptt, steps, epochs, minutes } = recipe;
  const parameters = model.layout.count;
  const { vocabulary } = corpus.tokenizer;
  const { trainTokens, validTokens } = corpus;
  if (json) {
    const { fingerprint: _, ...told } = recipe;
    writeJson(host, {
      event: "start",
      out,
      resumed,
      ...told,
      parameters,
      frozen: model.frozenLayout.count,
      vocabulary: vocabulary.size,
      trainTokens,
      validTokens,
    });
    return;
  }
  const { dim } = host.colors;
  const unit = recipe.tokens === "word" ? "words" : "characters";
  const perStep = tokensInStep(recipe, corpus);
  const read = (steps ?? 0) * perStep;
  const why = chosen
    ? "\n       (about what a text of this size repays; --steps, --epochs or --minutes say otherwise)"
    : "";
  const length =
    steps !== undefined
      ? `${formatWhole(steps)} updates of ${recipe.lines ? `${batch} lines` : `${batch} x ${bptt}`} = ${formatCount(read)} ${unit}, ${(read / trainTokens).toPrecision(2)} times through the text${why}`
      : epochs !== undefined
        ? `${epochs} times through the text, ${recipe.lines ? `${batch} lines` : `${batch} x ${bptt} ${unit}`} an update`
        : `${formatDuration(minutes! * 60)}, ${recipe.lines ? `${batch} lines` : `${batch} x ${bptt} ${unit}`} an update`;
  const layerText = `${layers > 1 ? `${layers} x ` : ""}${cell} ${hidden}`;
  const line = (name: string, text: string) => host.out(`${dim(name.padEnd(6))} ${text}\n`);
  line(
    "text",
    `${files.map(shown).join(", ")}: ${formatWhole(trainTokens)} ${unit} to train on, ${formatWhole(validTokens)} to validate, ${formatWhole(vocabulary.size)} different`,
  );
  line("model", `embedding ${embedding}, ${layerText}, output ${vocabulary.size}: ${describeParameters(model)}`);
  line("run", `${length}${resumed ? `; going on after step ${formatWhole(model.training?.step ?? 0)}` : ""}`);
  line("keep", `${out}\n`);
}

/** `1,234 parameters, 1,000 of them frozen`. */
export function describeParameters({
  layout,
  frozenLayout,
  specs,
}: Pick<LanguageModel, "layout" | "frozenLayout" | "specs">): string {
  const held = specs.filter(({ unfreezeAfter }) => unfreezeAfter);
  const atFirst = held.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
  const frozen = frozenLayout.count > 0 ? `, ${formatWhole(frozenLayout.count)} of them frozen` : "";
  const first = atFirst > 0 ? `, ${formatWhole(atFirst)} of them frozen at first` : "";
  return `${formatWhole(layout.count + frozenLayout.count)} parameters${frozen}${first}`;
}

/** Tokens that an update learns from; of lines, on average. */
export function tokensInStep({ batch, bptt, lines }: Recipe, { train: data, trainTokens }: Corpus): number {
  return lines ? (Math.min(batch, data.length) * trainTokens) / data.length : batch * bptt;
}

/** A path as people write it: relative where it lies below. */
export function shown(path: string): string {
  const below = relative(process.cwd(), path);
  return below.startsWith("..") || below === "" ? path : below;
}
