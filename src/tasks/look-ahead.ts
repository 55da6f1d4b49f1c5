// Which layers may write: those that read from the past only.
import { fail } from "../base/index.ts";
import type { LayerConfig } from "../nn/index.ts";

/** Throws where a layer, or one inside it, reads from the end. */
export function refuseLookAhead(where: string, config: LayerConfig): void {
  if (lookAhead(config))
    fail({
      where,
      expected: "layers that read from the past only",
      received: "bidirectional",
      hint: "the state of the backward direction has seen the token that is to be predicted",
    });
}

function lookAhead(config: LayerConfig): boolean {
  if (config.type === "bidirectional") return true;
  const inner = [config.layer, ...((config.layers as unknown[] | undefined) ?? [])];
  return inner.some((part) => part !== undefined && lookAhead(part as LayerConfig));
}
