// The small files of docs/tasks.md. Made from a seed: the same on every machine.
let seed = 7;
const below = (n) => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return Math.floor((seed / 2 ** 32) * n);
};
const pick = (list) => list[below(list.length)];
const words = (text) => text.split(" ");
const rows = (count, row) => `${Array.from({ length: count }, (_, i) => row(i)).join("\n")}\n`;

const filler = words("the a film plot scene actor music and of this with story one long short it camera end");
const praise = { good: words("lovely bright moving clever"), bad: words("dull weak tired empty") };
/** The word that decides stands anywhere in 4 to 30 words. */
function review() {
  const label = pick(["good", "bad"]);
  const text = Array.from({ length: 3 + below(27) }, () => pick(filler));
  text.splice(below(text.length + 1), 0, pick(praise[label]));
  return `${text.join(" ")}\t${label}`;
}
function tagged() {
  const tokens = [
    [pick(words("Anna Omar Mina Tomas Yuki")), "B-PER"],
    [pick(words("left saw likes reached")), "O"],
    [pick(words("Paris Seoul Oslo Lima Cairo")), "B-LOC"],
    ...(below(2)
      ? [
          ["with", "O"],
          [pick(words("Anna Omar Mina Tomas Yuki")), "B-PER"],
        ]
      : []),
    [".", "O"],
  ];
  return `${tokens.map((pair) => pair.join(" ")).join("\n")}\n`;
}
const hour = (t) => 100 + 30 * Math.sin((2 * Math.PI * t) / 24) + 12 * (below(1000) / 1000 - 0.5);
const syllables = { north: words("vin tor hal gud ske rik"), south: words("ma lo ri ta sa no") };
const name = (from) => {
  const made = Array.from({ length: 2 + below(2) }, () => pick(syllables[from])).join("");
  return made[0].toUpperCase() + made.slice(1);
};
/** Bars of the chord's notes and their neighbors: tunes to try the format on. */
function tune(i) {
  const [rhythm, meter, bar] = i % 2 ? ["jig", "6/8", 6] : ["reel", "4/4", 8];
  const scale = words("D E F G A B c d e f g");
  let at = 3;
  const step = () => {
    at = Math.max(0, Math.min(scale.length - 1, at + below(5) - 2));
    return scale[at];
  };
  const bars = Array.from({ length: 7 }, () => Array.from({ length: bar }, step).join(""));
  return `X:${i + 1}\nT:Tune ${i + 1}\nR:${rhythm}\nM:${meter}\nL:1/8\nK:${i % 3 ? "G" : "D"}\n${bars.join("|")}|G${bar}|]\n`;
}

export const tasksFiles = {
  "reviews.tsv": `text\tlabel\n${rows(1500, review)}`,
  "people.conll": rows(300, tagged),
  "load.csv": `load\n${rows(600, (t) => hour(t).toFixed(1))}`,
  "tunes.abc": rows(24, tune),
  "north.txt": rows(150, () => name("north")),
  "south.txt": rows(150, () => name("south")),
};
