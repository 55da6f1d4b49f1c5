import { fail } from "../../base/index.ts";
import { adam, adamW } from "./adam.ts";
import { averaged } from "./averaged.ts";
import type { Optimizer } from "./optimizer.ts";
import { rmsprop } from "./rmsprop.ts";
import { sgd } from "./sgd.ts";

export { type AdamOptions, adam, adamW } from "./adam.ts";
export { type AverageOptions, averaged } from "./averaged.ts";
export type { Optimizer, UpdateInputs, UpdateResult } from "./optimizer.ts";
export { type RmspropOptions, rmsprop } from "./rmsprop.ts";
export { type SgdOptions, sgd } from "./sgd.ts";

const makers: Readonly<Record<string, (config: object) => Optimizer>> = { sgd, rmsprop, adam, adamW };

/** Rebuilds an optimizer from the name and config that a checkpoint holds. */
export function optimizerFrom({ name, config }: { name: string; config: object }): Optimizer {
  const make = Object.hasOwn(makers, name) ? makers[name] : undefined;
  if (!make) return fail({ where: "optimizer", expected: "sgd, rmsprop, adam or adamW", received: name, code: "file" });
  const { average, ...own } = config as { average?: number };
  return average === undefined ? make(own) : averaged(make(own), { decay: average });
}
