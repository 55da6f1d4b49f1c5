// Dates as people write them, and as ISO 8601 does: a translation that a small network learns in minutes.
import { foldIn, type Random, type RandomKey, random } from "../../base/index.ts";
import type { PairsToy } from "./kinds.ts";

const months = "January February March April May June July August September October November December".split(" ");
const weekdays = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split(" ");

interface Day {
  year: number;
  month: number;
  day: number;
  weekday: string;
}

/** Each way of writing names the month, or puts it where no reader doubts it. */
const ways: ((d: Day, r: Random) => string)[] = [
  ({ day, month, year }) => `${day} ${months[month]} ${year}`,
  ({ day, month, year }) => `${months[month]} ${day}, ${year}`,
  ({ day, month, year }) => `${day} ${short(month)} ${year}`,
  ({ day, month, year }) => `${short(month)} ${ordinal(day)}, ${year}`,
  ({ day, month, year, weekday }) => `${weekday}, ${day} ${months[month]} ${year}`,
  ({ day, month, year, weekday }) => `${weekday.slice(0, 3)}, ${ordinal(day)} of ${months[month]} ${year}`,
  ({ day, month, year, weekday }) => `${weekday} ${months[month]} ${ordinal(day)} ${year}`,
  ({ day, month, year }) => `the ${ordinal(day)} of ${months[month]}, ${year}`,
  ({ day, month, year }) => `${day}-${short(month)}-${year}`,
  ({ day, month, year }) => `${two(day)} ${short(month)}. ${year}`,
  ({ day, month, year }) => `${year}, ${months[month]} ${day}`,
  ({ day, month, year }) => `${day}.${month + 1}.${year}`,
  ({ day, month, year }) => `${two(day)}.${two(month + 1)}.${year}`,
  ({ day, month, year }) => `${year}/${month + 1}/${day}`,
  ({ day, month, year }, r) => `${months[month]}${r.below(2) ? "" : ","} the ${ordinal(day)} in ${year}`,
];

/** Days from 1900 to 2099, in upper and lower case. Source: as written; target: `1979-05-03`. */
export function dates(_: number, key: RandomKey): PairsToy {
  return {
    kind: "pairs",
    name: "dates",
    spec: "dates",
    task: "write a date in ISO 8601",
    sample(n) {
      const r = random(foldIn(key, n));
      const year = 1900 + r.below(200);
      const month = r.below(12);
      const day = 1 + r.below(new Date(Date.UTC(year, month + 1, 0)).getUTCDate());
      const weekday = weekdays[new Date(Date.UTC(year, month, day)).getUTCDay()]!;
      const text = ways[r.below(ways.length)]!({ year, month, day, weekday }, r);
      const letters = r.below(4);
      const source = letters === 0 ? text.toLowerCase() : letters === 1 ? text.toUpperCase() : text;
      return { source, target: `${year}-${two(month + 1)}-${two(day)}` };
    },
  };
}

const short = (month: number) => months[month]!.slice(0, 3);
const two = (n: number) => String(n).padStart(2, "0");

function ordinal(day: number): string {
  const ending = day % 100 > 10 && day % 100 < 14 ? "th" : (["th", "st", "nd", "rd"][day % 10] ?? "th");
  return `${day}${ending}`;
}
