// The copying problem (Hochreiter and Schmidhuber 1997; in this form Arjovsky et al. 2016): ten symbols, a long silence, a
// signal; then the ten symbols again.
import { foldIn, type RandomKey, random } from "../../base/index.ts";
import { vocabularyFromJSON } from "../vocabulary.ts";
import type { TaggingToy } from "./kinds.ts";

const symbols = 8;
const length = 10;

/**
 * Inputs: 10 symbols, T - 1 blanks, the signal, 10 blanks (T + 20 steps). Targets: T + 10 blanks, then the symbols. Without
 * memory the best is to say nothing until the signal and then to guess: 10 ln 8 / (T + 20) nats a step.
 */
export function copying(T: number, key: RandomKey): TaggingToy {
  const tokens = ["blank", "signal", ..."ABCDEFGH"];
  const [blank, signal, first] = [0, 1, 2];
  const steps = T + 2 * length;
  return {
    kind: "tagging",
    name: "copy",
    spec: `copy:${T}`,
    task: `say ${length} symbols again after ${T} steps`,
    vocabulary: vocabularyFromJSON({ tokens, specials: [], counts: tokens.map(() => 0) }),
    baseline: (length * Math.log(symbols)) / steps,
    sample(n) {
      const r = random(foldIn(key, n));
      const ids = new Int32Array(steps).fill(blank);
      const targets = new Int32Array(steps).fill(blank);
      const scored = new Uint8Array(steps);
      for (let i = 0; i < length; i++) {
        const symbol = first + r.below(symbols);
        ids[i] = symbol;
        targets[steps - length + i] = symbol;
        scored[steps - length + i] = 1;
      }
      ids[length + T - 1] = signal;
      return { ids, targets, scored };
    },
  };
}
