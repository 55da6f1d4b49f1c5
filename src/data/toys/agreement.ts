// Subject and verb agree in number, however many other nouns stand between them: "the keys to the cabinet near the doors
// are" (after Linzen et al. 2016). A small grammar; every word of it is in the vocabulary.
import { foldIn, type Random, type RandomKey, random } from "../../base/index.ts";
import { vocabularyFromJSON } from "../vocabulary.ts";
import type { LanguageToy } from "./kinds.ts";

/** Singular and plural. */
const nouns = pairsOf(
  "baker bakers, pilot pilots, nurse nurses, farmer farmers, dog dogs, horse horses, ship ships, bridge bridges, garden gardens, letter letters, child children, woman women, man men, mouse mice, tower towers, clock clocks",
);
const verbs = pairsOf(
  "waits wait, sleeps sleep, falls fall, shines shine, arrives arrive, sings sing, moves move, is are, was were, has have",
);
const transitive = pairsOf("sees see, likes like, follows follow, knows know");
const adjectives = words("old small green quiet heavy lucky distant wooden");
const prepositions = words("near behind under beside above with");
const adverbs = words("today slowly again often there");
const rest: Record<string, string> = { is: "here", are: "here", was: "late", were: "late", has: "time", have: "time" };

/**
 * "the {adjective} NOUN [preposition the NOUN | that the NOUN likes | that likes the NOUN]* VERB ...". Verbs of relative
 * clauses agree too; `verb` marks that of the whole sentence.
 *
 * @param most distractors between the subject and its verb; each sample has 0 to `most`
 */
export function agreement(most: number, key: RandomKey): LanguageToy {
  const specials = ["<pad>", "<bos>", "<eos>"];
  const all = [nouns, verbs, transitive].flat(2);
  const others = [...adjectives, ...prepositions, ...adverbs, ...Object.values(rest), "the", "that", "."];
  const tokens = [...specials, ...[...new Set([...all, ...others])].sort()];
  const ids = new Map(tokens.map((token, id) => [token, id]));
  return {
    kind: "language",
    name: "agreement",
    spec: `agreement:${most}`,
    task: `the verb agrees with its subject past 0 to ${most} other nouns`,
    vocabulary: vocabularyFromJSON({ tokens, specials, counts: tokens.map(() => 0) }),
    sample(n) {
      const r = random(foldIn(key, n));
      const out = ["<bos>"];
      const plural = r.below(2);
      nounPhrase(r, plural, out);
      const subject = out.length - 1;
      const count = r.below(most + 1);
      let distractors = 0;
      for (let k = 0; k < count; k++) {
        const number = r.below(2);
        if (number !== plural) distractors++;
        const kind = k === count - 1 ? r.below(3) : 0; // a clause only last, so that "that" has one reading
        if (kind === 0) {
          out.push(pick(r, prepositions));
          nounPhrase(r, number, out);
        } else if (kind === 1) {
          out.push("that");
          nounPhrase(r, number, out);
          out.push(pick(r, transitive)[number]!);
        } else {
          // "that likes the doors": the clause's verb agrees with the noun just before it
          const nearest = out.at(-1)!;
          out.push("that", pick(r, transitive)[nouns.some(([, many]) => many === nearest) ? 1 : 0]!);
          nounPhrase(r, number, out);
        }
      }
      const verb = pick(r, verbs);
      const at = out.push(verb[plural]!) - 1;
      const more = rest[verb[plural]!];
      if (more) out.push(more);
      else if (r.below(2)) out.push(pick(r, adverbs));
      out.push(".", "<eos>");
      const scored = new Uint8Array(out.length);
      scored[out.length - 1] = 1; // after the full stop
      return {
        ids: Int32Array.from(out, (word) => ids.get(word)!),
        scored,
        verb: { at, wrong: ids.get(verb[1 - plural]!)!, distance: at - subject, distractors },
      };
    },
  };
}

function nounPhrase(r: Random, plural: number, out: string[]): void {
  out.push("the");
  if (r.below(3) === 0) out.push(pick(r, adjectives));
  out.push(pick(r, nouns)[plural]!);
}

function pick<T>(r: Random, list: readonly T[]): T {
  return list[r.below(list.length)]!;
}

function words(list: string): string[] {
  return list.split(" ");
}

function pairsOf(list: string): [string, string][] {
  return list.split(", ").map((pair) => pair.split(" ") as [string, string]);
}
