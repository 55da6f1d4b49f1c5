// unrolled compare: a standard network and recurrent networks on the same data, with the same budget.
import { makeCommand } from "../command.ts";
import { runCompare } from "../compare/compare.ts";
import { compareFlags as flags } from "../compare/flags.ts";
import type { Host } from "../host.ts";

export const compareCommand = (host: Host) =>
  makeCommand(
    "compare",
    {
      arguments: [["[file]", "labeled texts, texts with numbers, tagged text, plain text or series, as for train"]],
      flags,
    },
    (values, file) => runCompare(host, file, values),
  );
