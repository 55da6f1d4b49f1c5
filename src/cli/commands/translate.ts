// unrolled translate: predictions of a translator with the options of its search.
import { fail } from "../../base/index.ts";
import { attentionOf, load } from "../../index.ts";
import { attentionMap } from "../../inspect/index.ts";
import { writeOutput } from "../../node/index.ts";
import { jsonFlag, makeCommand, threadsFlag } from "../command.ts";
import { int, real, text, type Values } from "../flags.ts";
import { command, type Host } from "../host.ts";
import { interruptible } from "../interrupt.ts";
import { output } from "../output.ts";
import { aModel, anInput } from "../tasks/describe.ts";
import { translations } from "../tasks/pairs.ts";
import { showPredictions } from "./predict.ts";

const flags = {
  beam: int("--beam <n>", "beam size; 1 is greedy", { min: 1, max: 1000 }, { fallback: "5" }),
  lengthPenalty: real(
    "--length-penalty <x>",
    "0 ranks by probability alone, which favors short texts; 1 nearly by the mean per token",
    { min: 0, max: 10 },
    { fallback: "the model's, chosen on validation data; 0 if only a --length-reward above 0 is given" },
  ),
  lengthReward: real(
    "--length-reward <x>",
    "added to the log-probability for each token: a higher value gives longer texts",
    { min: 0, max: 10 },
    { fallback: "the model's, chosen on validation data; 0 if only --length-penalty is given" },
  ),
  nBest: int("--n-best <n>", "translations of each text, with their scores", { min: 1, max: 1000 }, { fallback: "1" }),
  attention: text("--attention <file.svg>", "draw the attention of the first translation"),
  ...threadsFlag,
  ...jsonFlag,
};

export const translateCommand = (host: Host) =>
  makeCommand(
    "translate",
    {
      arguments: [
        ["<model>", "folder of a trained translator"],
        ["<input...>", "texts, or files whose lines are texts; - is standard input"],
      ],
      flags,
    },
    (values, folder, inputs) => runTranslate(host, folder, inputs, values),
  );

async function runTranslate(
  host: Host,
  folder: string,
  inputs: readonly string[],
  given: Values<typeof flags>,
): Promise<void> {
  const { attention: file, json, threads } = given;
  const model = await load(folder);
  if (model.task !== "translator")
    return fail({
      where: folder,
      expected: "a translator",
      received: aModel(model),
      hint: `${command(...(model.task === "language-model" || model.task === "generator" ? ["sample", folder] : ["predict", folder, ...anInput(model)]))} uses it`,
    });
  if (file !== undefined && model.config.attention === "none")
    fail({ where: "--attention", expected: "a translator with attention", received: `${folder}, which has none` });
  await interruptible(host, async ({ signal }) => {
    const show = output(host, json);
    const found = translations(model, inputs, { ...given, host, show, signal });
    await showPredictions(show, "translator", found, signal, async ({ found: first }, index) => {
      if (index > 0 || file === undefined) return;
      const pair = { source: first.source, target: first.translations[0]!.text };
      const { weights, ...tokens } = await attentionOf(model, pair, { threads });
      await writeOutput(file, attentionMap(weights, { ...tokens, title: first.source }));
    });
  });
}
