// Writes the small files that the pages' commands train on (data/). All of it is generated, from a seed, but the names, which the
// package has.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { dinosaurNames } from "../dist/index.web.js";

let seed = 20;
const below = (n) => {
  seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
  return (seed >> 8) % n;
};
const pick = (list) => list[below(list.length)];
const write = (name, lines) => writeFileSync(join(import.meta.dirname, "data", name), `${lines.join("\n")}\n`);
const times = (n, make) => Array.from({ length: n }, make);
mkdirSync(join(import.meta.dirname, "data"), { recursive: true });

write("names.txt", dinosaurNames);

const [good, bad] = ["great good fine lovely superb".split(" "), "bad awful dull poor boring".split(" ")];
const filler = "the film is was a an it acting story and very so i saw music plot".split(" ");
function review() {
  const [positive, not] = [below(2) === 1, below(3) === 0];
  const words = [...times(below(3), () => pick(filler)), ...(not ? ["not"] : []), pick(positive !== not ? good : bad)];
  return { text: [...words, ...times(1 + below(4), () => pick(filler))].join(" "), label: positive ? "good" : "bad" };
}
write("reviews.tsv", [
  "text\tlabel",
  ...times(400, () => {
    const { text, label } = review();
    return `${text}\t${label}`;
  }),
]);

const people = ["sally johnson", "robert lin", "ada smith", "harry potter", "mina park", "john brown"];
write(
  "people.conll",
  times(200, () => {
    const [person, kind] = [pick(people).split(" "), below(3)];
    const named = [`${person[0]} B-PER`, `${person[1]} I-PER`];
    const plain = (text) => text.split(" ").map((word) => `${word} O`);
    const fruit = pick(["orange", "apple", "pear"]);
    if (kind === 0) return [...named, ...plain(`is an ${fruit} farmer`), ""].join("\n");
    if (kind === 1) return [...named, ...plain("lives in"), `${pick(["paris", "seoul", "lima"])} B-LOC`, ""].join("\n");
    return [...plain(`the ${fruit} farmer met`), ...named, ""].join("\n");
  }),
);

write(
  "pairs.tsv",
  times(500, () => {
    const source = times(2 + below(4), () => pick([..."abcdefgh"])).join("");
    return `${source}\t${[...source].reverse().join("")}`;
  }),
);

const [subjects, verbs, objects] = [
  ["the cat", "the dog", "a bird", "the old farmer", "my sister"],
  ["sees", "likes", "feeds", "follows"],
  ["the horse", "a red apple", "the garden", "the river"],
];
write(
  "sentences.txt",
  times(400, () => `${pick(subjects)} ${pick(verbs)} ${pick(objects)} ${pick(["today", "again", "at night"])}`),
);

const roles = [
  [
    ["man", "woman"],
    ["person", "house", "street"],
  ],
  [
    ["king", "queen"],
    ["throne", "crown", "palace"],
  ],
  [
    ["father", "mother"],
    ["child", "home", "house"],
  ],
  [
    ["uncle", "aunt"],
    ["visit", "home", "family"],
  ],
];
const sexes = [
  ["he", "his", "him"],
  ["she", "her", "hers"],
];
const groups = [
  [
    ["cat", "dog", "horse", "cow"],
    ["barn", "grass", "tail", "feeds"],
  ],
  [
    ["apple", "orange", "pear", "plum"],
    ["juice", "tree", "sweet", "eats"],
  ],
];
write(
  "world.txt",
  times(2000, () => {
    if (below(3) > 0) {
      const [[pair, context], sex] = [pick(roles), below(2)];
      return [pair[sex], pick(sexes[sex]), pick(context), pick(sexes[sex]), pick(context)].join(" ");
    }
    const [members, context] = pick(groups);
    return [pick(members), pick(context), pick(context), pick(members)].join(" ");
  }),
);

write(
  "tunes.abc",
  times(60, (_, i) => {
    const [start, top] = [below(4), 4 + below(4)];
    const notes = [
      ...Array.from({ length: top - start }, (_, n) => start + n),
      ...Array.from({ length: top + 1 }, (_, n) => top - n),
    ];
    return `X:${i + 1}\nT:arch ${i + 1}\nR:arch\nM:4/4\nL:1/8\nK:C\n${notes.map((n) => "CDEFGABc"[n]).join("")}|]\n`;
  }),
);

write(
  "unlabeled.txt",
  times(3000, () => review().text),
);
