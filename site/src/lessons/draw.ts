// Drawing from lists, by seed: the data of lessons are generated.
import { foldIn, random, randomKey } from "unrolled/base";

export function drawer(seed: number, name: string) {
  const draw = random(foldIn(randomKey(seed), name));
  return {
    below: (n: number) => draw.below(n),
    pick: <T>(list: readonly T[]): T => list[draw.below(list.length)]!,
  };
}
