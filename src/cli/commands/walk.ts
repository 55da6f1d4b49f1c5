// unrolled walk: prints the graphs of a small language model on their way to ONNX.
import { fail } from "../../base/index.ts";
import { type Stage, walk } from "../../inspect/walk.ts";
import { cellNames } from "../../nn/index.ts";
import { plural } from "../../terminal/index.ts";
import { jsonFlag, makeCommand } from "../command.ts";
import { choice, text, type Values } from "../flags.ts";
import type { Host } from "../host.ts";
import { output } from "../output.ts";

const flags = {
  cell: choice("--cell <name>", "the recurrent cell; rnn has the shortest graphs", cellNames, { value: "rnn" }),
  stage: text("--stage <name>", "show only this stage: trace, hoist, gradient, onnx ...", {
    fallback: "all that change the graph",
  }),
  ...jsonFlag,
};

export const walkCommand = (host: Host) => makeCommand("walk", { flags }, (values) => runWalk(host, values));

function runWalk(host: Host, { cell, stage: only, json }: Values<typeof flags>): void {
  const all = walk(cell);
  const chosen = only === undefined ? all : all.filter(({ name }) => name === only);
  if (chosen.length === 0) {
    fail({
      where: "--stage",
      expected: `one of ${[...new Set(all.map(({ name }) => name))].join(", ")}`,
      received: only!,
    });
  }
  const show = output(host, json);
  const { bold, dim } = host.colors;
  for (const { name, about, text, size } of chosen) {
    show.event("stage", { stage: name, about, size, text });
    show.line(`${bold(`== ${name}`)}  ${about}\n${size ? `${dim(sizeText(size))}\n` : ""}\n${text}`);
  }
}

function sizeText({ outside, loops }: NonNullable<Stage["size"]>): string {
  const each = loops.map(
    ({ operations, products }, i) =>
      `loop${i + 1} repeats ${plural(operations, "operation")} (${plural(products, "matrix product")})`,
  );
  return [`${plural(outside, "operation")} once`, ...each].join("; ");
}
