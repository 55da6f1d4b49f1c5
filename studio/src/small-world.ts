// A small world to learn words from: families, capitals, animals and what they do. Made here; the same everywhere.
const families = [
  ["king", "queen", "prince", "princess"],
  ["man", "woman", "boy", "girl"],
  ["actor", "actress", "son", "daughter"],
  ["father", "mother", "brother", "sister"],
] as const;
const capitals = [
  ["france", "paris"],
  ["korea", "seoul"],
  ["norway", "oslo"],
  ["peru", "lima"],
  ["egypt", "cairo"],
  ["italy", "rome"],
  ["japan", "tokyo"],
  ["spain", "madrid"],
] as const;
const animals = ["dog", "cat", "horse", "cow", "sheep", "goat"] as const;
const deeds = ["runs", "sleeps", "eats", "drinks", "waits", "rests"] as const;
const foods = ["bread", "rice", "soup", "apples", "cheese", "fish"] as const;
const drinks = ["tea", "coffee", "milk", "water", "juice"] as const;

const words = (text: string): string[] => text.split(" ");

/** Sentences of this world, one a line. */
export function smallWorld(sentences = 10_000): string {
  let state = 1337;
  const below = (n: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
  const pick = <T>(list: readonly T[]): T => list[below(list.length)]!;
  const his = words("he him his beard crown");
  const hers = words("she her hers dress tiara");
  const old = words("old grown wise");
  const young = words("young little small");
  const royal = words("palace throne kingdom");
  const plain = words("street market village");
  const stage = words("theater stage film");
  const home = words("house kitchen garden");
  const places = [royal, plain, stage, home];
  const lines = Array.from({ length: sentences }, () => {
    switch (below(5)) {
      case 0:
      case 1: {
        const f = below(families.length);
        const who = below(4);
        const about = who % 2 === 0 ? his : hers;
        const age = who < 2 ? old : young;
        return `the ${pick(age)} ${families[f]![who]} and ${pick(about)} in the ${pick(places[f]!)} with ${pick(about)}`;
      }
      case 2: {
        const [country, city] = pick(capitals);
        return below(2)
          ? `${city} is the capital city of ${country} with many streets`
          : `the country of ${country} has fields around ${city} and its border`;
      }
      case 3:
        return `the ${pick(animals)} ${pick(deeds)} on the farm near the barn`;
      default:
        return below(2) ? `we eat ${pick(foods)} from a plate at noon` : `we drink ${pick(drinks)} from a cup at noon`;
    }
  });
  return lines.join("\n");
}
