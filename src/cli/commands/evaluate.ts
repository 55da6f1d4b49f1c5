// unrolled evaluate: how well a model predicts a text.
import { Command } from "commander";
import { type Host, writeJson } from "../host.ts";
import { jsonOption, threadsOption, withOption } from "../options.ts";
import type { EvaluateFlags } from "../tasks/registry.ts";

export function evaluateCommand(host: Host): Command {
  return new Command("evaluate")
    .argument("<model>", "a folder that unrolled train wrote")
    .argument("[file]", "a file of the kind that the model was trained on; UTF-8; .gz too; a toy needs none")
    .option("--toy <name>", "in place of a file: the toy that the model learned, in another size: adding:1000, dates")
    .addOption(withOption())
    .addOption(threadsOption())
    .addOption(jsonOption())
    .action(async (folder: string, file: string | undefined, flags: EvaluateFlags) => {
      const { evaluateTask } = await import("../tasks/dispatch.ts");
      if (await evaluateTask(host, folder, file, flags)) return;
      const { evaluateText } = await import("../run-evaluate.ts");
      const result = await evaluateText(folder, file!, flags.threads);
      if (flags.json) return writeJson(host, result);
      const { bold } = host.colors;
      const { nats, bitsPerToken, perplexity, tokens, tokensPerSecond, unit, unknown } = result;
      const n = (value: number) => Math.round(value).toLocaleString("en-US");
      host.out(
        `${bold(`${nats.toFixed(4)} nats`)}, ${bitsPerToken.toFixed(4)} bits a ${unit}, perplexity ${perplexity.toPrecision(4)}\n`,
      );
      host.out(`${n(tokens)} ${unit}s at ${n(tokensPerSecond)} a second\n`);
      if (unknown > 0) host.out(`${n(unknown)} of them unknown to the model, which are cheap to predict\n`);
    });
}
