// Only layers that read from the past may predict the next step.
import { fail } from "../base/index.ts";
import type { Block } from "../nn/index.ts";

/**
 * Throws if an output of the layer depends on later steps.
 *
 * @param hint why it must not; that the next token is what is predicted, by default
 */
export function refuseLookAhead(
  where: string,
  { causal }: Block,
  hint = "its outputs depend on the token that the model has to predict",
): void {
  if (!causal)
    fail({
      where,
      expected: "layers that read from the past only",
      received: "a layer that reads later steps, such as a bidirectional one",
      hint,
    });
}
