// The adding problem (Hochreiter and Schmidhuber 1997): two of many numbers are marked; what is their sum?
import { foldIn, type RandomKey, random } from "../../base/index.ts";
import type { RegressionToy } from "./kinds.ts";

/**
 * Inputs [T, 2]: a number in [0, 1), and a mark that is 1 at one step of each half, else 0. The target is the sum of the two
 * marked numbers. Always answering 1 has mean squared error 2 * 1/12.
 */
export function adding(T: number, key: RandomKey): RegressionToy {
  return {
    kind: "regression",
    name: "adding",
    spec: `adding:${T}`,
    task: `add the two marked numbers among ${T}`,
    inputSize: 2,
    baseline: 1 / 6,
    sample(n) {
      const r = random(foldIn(key, n));
      const inputs = new Float32Array(2 * T);
      const half = Math.floor(T / 2);
      const marked = [r.below(half), half + r.below(T - half)];
      for (let t = 0; t < T; t++) inputs[2 * t] = r.uniform();
      let target = 0;
      for (const t of marked) {
        inputs[2 * t + 1] = 1;
        target += inputs[2 * t]!;
      }
      return { inputs, T, target };
    },
  };
}
