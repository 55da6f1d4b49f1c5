// Options of another task are refused: what would be ignored must not look as if it counted.
import { fail } from "../base/index.ts";
import { type Flags, flagName } from "./flags.ts";
import { command } from "./host.ts";
import { aTask } from "./tasks/describe.ts";
import { allCommands } from "./tasks/registry.ts";
import type { AnyTask } from "./tasks/task.ts";

/** @throws UnrolledError for the first option that the task does not read */
export async function refuseForeign(
  { name: task }: AnyTask,
  flags: Flags,
  given: Readonly<Record<string, unknown>>,
): Promise<void> {
  const foreign = Object.keys(given).find((name) => given[name] !== undefined && !Object.hasOwn(flags, name));
  if (foreign === undefined) return;
  const readers = (await allCommands()).filter((one) => Object.hasOwn(one.flags, foreign)).map((one) => one.name);
  const help = task === "toy" ? command("help", "train") : command("help", "train", "--task", task);
  fail({
    where: flagName(foreign),
    problem: `${aTask(task)} does not read this option`,
    hint: `${readers.length > 0 ? `it belongs to ${readers.join(", ")}; ` : ""}${help} lists the options of ${aTask(task)}`,
  });
}
