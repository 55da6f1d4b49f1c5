// a^n b^n (Gers and Schmidhuber 2001): the simplest language that needs counting.
import { foldIn, type RandomKey, random } from "../../base/index.ts";
import { vocabularyFromJSON } from "../vocabulary.ts";
import type { LanguageToy } from "./kinds.ts";

/** Sentences a..ab..b with n of each, n from 1 to `most`. From the first b on, all that follows is determined. */
export function anbn(most: number, key: RandomKey): LanguageToy {
  const tokens = ["<pad>", "<bos>", "<eos>", "a", "b"];
  const [bos, eos, a, b] = [1, 2, 3, 4];
  return {
    kind: "language",
    name: "anbn",
    spec: `anbn:${most}`,
    task: `as many b as a, up to ${most}`,
    vocabulary: vocabularyFromJSON({ tokens, specials: tokens.slice(0, 3), counts: tokens.map(() => 0) }),
    sample(index) {
      const n = 1 + random(foldIn(key, index)).below(most);
      const ids = new Int32Array(2 * n + 2).fill(a, 1, n + 1).fill(b, n + 1, 2 * n + 1);
      ids[0] = bos;
      ids[2 * n + 1] = eos;
      return { ids, scored: new Uint8Array(ids.length).fill(1, n + 2) };
    },
  };
}
