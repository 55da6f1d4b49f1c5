// Small files of every kind, made here, to try a task without a file of one's own. The same on every machine.
import { toy } from "unrolled/data";
import type { RunFile } from "unrolled/run";

function drawing(seed: number) {
  let state = seed;
  const below = (n: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
  const pick = (list: readonly string[]): string => list[below(list.length)]!;
  return { below, pick };
}
const words = (text: string): string[] => text.split(" ");
const times = (count: number, row: (i: number) => string): string =>
  `${Array.from({ length: count }, (_, i) => row(i)).join("\n")}\n`;

function reviews(): string {
  const { below, pick } = drawing(7);
  const filler = words("the a film plot scene actor music and of this with story one long short it camera end");
  const praise = { good: words("lovely bright moving clever"), bad: words("dull weak tired empty") };
  return `text\tlabel\n${times(1200, () => {
    const label = below(2) ? "good" : "bad";
    const text = Array.from({ length: 3 + below(14) }, () => pick(filler));
    text.splice(below(text.length + 1), 0, pick(praise[label]));
    return `${text.join(" ")}\t${label}`;
  })}`;
}

function people(): string {
  const { below, pick } = drawing(11);
  const names = words("Anna Omar Mina Tomas Yuki Sally Robert");
  const cities = words("Paris Seoul Oslo Lima Cairo Busan Quito");
  return times(600, () => {
    const rows = [`${pick(names)} B-PER`, `${pick(words("left saw likes reached"))} O`, `${pick(cities)} B-LOC`];
    if (below(2)) rows.push("with O", `${pick(names)} B-PER`);
    return `${[...rows, ". O"].join("\n")}\n`;
  });
}

function dates(): string {
  const made = toy("dates", { seed: 1337 });
  if (made.kind !== "pairs") return "";
  return times(2000, (i) => {
    const { source, target } = made.sample(i);
    return `${source}\t${target}`;
  });
}

function load(): string {
  const { below } = drawing(3);
  const hour = (t: number) =>
    100 +
    30 * Math.sin((2 * Math.PI * t) / 24) +
    10 * Math.sin((2 * Math.PI * t) / 168) +
    8 * (below(1000) / 1000 - 0.5);
  return `load\n${times(1200, (t) => hour(t).toFixed(1))}`;
}

function tunes(): string {
  const { below } = drawing(5);
  const scale = words("D E F G A B c d e f g");
  return times(60, (i) => {
    const [rhythm, meter, bar] = i % 2 ? (["jig", "6/8", 6] as const) : (["reel", "4/4", 8] as const);
    let at = 3;
    const step = () => {
      at = Math.max(0, Math.min(scale.length - 1, at + below(5) - 2));
      return scale[at]!;
    };
    const bars = Array.from({ length: 7 }, () => Array.from({ length: bar }, step).join(""));
    return `X:${i + 1}\nT:Tune ${i + 1}\nR:${rhythm}\nM:${meter}\nL:1/8\nK:${i % 3 ? "G" : "D"}\n${bars.join("|")}|G${bar}|]\n`;
  });
}

const makers = {
  reviews: ["reviews.tsv", reviews],
  people: ["people.conll", people],
  dates: ["dates.tsv", dates],
  load: ["load.csv", load],
  tunes: ["tunes.abc", tunes],
} as const satisfies Record<string, readonly [string, () => string]>;

export type SampleName = keyof typeof makers;

export function sampleFile(which: SampleName): RunFile {
  const [name, make] = makers[which];
  return { name, bytes: new TextEncoder().encode(make()) };
}
