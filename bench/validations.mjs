// A training in a process of its own that prints JSON (`unrolled train ... --json`): what it found on the validation data.
import { spawnSync } from "node:child_process";

/** @returns the validations in order: `{ step, elapsed, valid }` */
export function validationsOf([command, ...args], env = process.env) {
  const { stdout, stderr, status } = spawnSync(command, args, { env, encoding: "utf8" });
  if (status !== 0) throw new Error(`${stdout}${stderr}`);
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line))
    .filter(({ event }) => event === "validation");
}
