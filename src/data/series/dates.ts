// Dates of a column of time steps: read, checked for order and gaps, and continued. All times are UTC: a series has no
// place, and a day of 23 hours would be a gap.

/** How a column writes its dates. */
export interface DateStyle {
  readonly order: "ymd" | "dmy" | "mdy";
  /** Read off the numbers themselves, or a guess: 03/04/2020 in every row that has both below 13. */
  readonly certain: boolean;
}

interface Parts {
  /** In the order in which they are written; a month's name is given as its number and always second or first. */
  numbers: number[];
  /** The place of the year where it is clear: four digits, or a month's name beside. */
  year: "first" | "last";
  /** The place of a month that is written as a name. */
  named?: 0 | 1;
  time: number;
}

const months = "jan feb mar apr may jun jul aug sep oct nov dec".split(" ");
const clock = /(?:[ T,]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d+))?)?\s*([ap]m)?\s*(z|[+-]\d{2}:?\d{2})?)?$/i;
const shapes: readonly [RegExp, (m: RegExpExecArray) => Omit<Parts, "time"> | undefined][] = [
  [/^(\d{4})([-/.])(\d{1,2})\2(\d{1,2})$/, (m) => ({ numbers: [+m[1]!, +m[3]!, +m[4]!], year: "first" })],
  [/^(\d{4})[-/.](\d{1,2})$/, (m) => ({ numbers: [+m[1]!, +m[2]!, 1], year: "first" })],
  [/^(\d{4})[ -]?q([1-4])$/i, (m) => ({ numbers: [+m[1]!, 3 * +m[2]! - 2, 1], year: "first" })],
  [/^(\d{4})\. ?(\d{1,2})\. ?(\d{1,2})\.?$/, (m) => ({ numbers: [+m[1]!, +m[2]!, +m[3]!], year: "first" })],
  [/^(\d{4})년 ?(\d{1,2})월(?: ?(\d{1,2})일)?$/, (m) => ({ numbers: [+m[1]!, +m[2]!, +(m[3] ?? 1)], year: "first" })],
  [/^(\d{4})(\d{2})(\d{2})$/, (m) => ({ numbers: [+m[1]!, +m[2]!, +m[3]!], year: "first" })],
  [/^(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})$/, (m) => ({ numbers: [+m[1]!, +m[3]!, year(m[4]!)], year: "last" })],
  [/^(\d{1,2})[ -]([a-z]{3,9})\.?[ ,-]+(\d{4}|\d{2})$/i, (m) => named([+m[1]!, month(m[2]!), year(m[3]!)], 1)],
  [/^([a-z]{3,9})\.? (\d{1,2}),? (\d{4})$/i, (m) => named([month(m[1]!), +m[2]!, year(m[3]!)], 0)],
  [/^([a-z]{3,9})\.?[ -](\d{4})$/i, (m) => named([month(m[1]!), 1, year(m[2]!)], 0)],
];

const year = (digits: string) => (digits.length === 4 ? +digits : +digits + (+digits < 69 ? 2000 : 1900));
const month = (name: string) => months.indexOf(name.slice(0, 3).toLowerCase()) + 1;
const named = (numbers: number[], place: 0 | 1) =>
  numbers[place]! > 0 ? { numbers, year: "last" as const, named: place } : undefined;

function partsOf(cell: string): Parts | undefined {
  const text = cell.trim();
  if (text.length > 40 || !/\d/.test(text)) return undefined;
  const found = /^\d{1,4}:/.test(text) ? null : clock.exec(text);
  const day = found ? text.slice(0, found.index) : text;
  const [, h, min, s, fraction, half, zone] = found ?? [];
  if (h !== undefined && (+h > 24 || +min! > 59 || +(s ?? 0) > 60 || (half !== undefined && (+h > 12 || +h < 1))))
    return undefined;
  const hours = h === undefined ? 0 : half ? (+h % 12) + (/p/i.test(half) ? 12 : 0) : +h;
  const shift = zone && !/z/i.test(zone) ? +`${zone[0]}1` * (+zone.slice(1, 3) * 60 + +zone.slice(-2)) : 0;
  const time = ((hours * 60 + +(min ?? 0) - shift) * 60 + +(s ?? 0)) * 1000 + Math.floor(+`0.${fraction ?? 0}` * 1000);
  for (const [shape, take] of shapes) {
    const match = shape.exec(day);
    const parts = match && take(match);
    if (parts) return { ...parts, time };
  }
  return undefined;
}

/** Milliseconds since 1970 of a cell; NaN where it is no date in this style. */
export function parseDate(cell: string, { order }: Pick<DateStyle, "order">): number {
  const parts = partsOf(cell);
  if (!parts) return Number.NaN;
  const [a, b, c] = parts.numbers as [number, number, number];
  const dayFirst = parts.named === undefined ? order === "dmy" : parts.named === 1;
  const [y, m, d] = parts.year === "first" ? [a, b, c] : dayFirst ? [c, b, a] : [c, a, b];
  if (m < 1 || m > 12 || d < 1 || y < 1000) return Number.NaN;
  const day = Date.UTC(y, m - 1, d);
  return new Date(day).getUTCDate() === d ? day + parts.time : Number.NaN;
}

/**
 * How a column writes its dates, or undefined where fewer than 95 % of its filled cells are dates. Where day and month could
 * be either, points mean day first; else the order in which the dates go up (or down) evenly is taken, and month first if
 * that leaves a doubt.
 */
export function dateStyle(cells: readonly string[]): DateStyle | undefined {
  const filled = cells.filter((cell) => cell.trim() !== "");
  if (filled.length === 0 || filled.filter((cell) => partsOf(cell)).length < 0.95 * filled.length) return undefined;
  const count = (order: DateStyle["order"]) =>
    filled.filter((cell) => !Number.isNaN(parseDate(cell, { order }))).length;
  const [dmy, mdy] = [count("dmy"), count("mdy")];
  if (Math.max(dmy, mdy) < 0.95 * filled.length) return undefined;
  const free = filled.some((cell) => {
    const parts = partsOf(cell);
    return parts?.year === "last" && parts.named === undefined;
  });
  if (!free) return { order: "ymd", certain: true };
  if (dmy !== mdy) return { order: dmy > mdy ? "dmy" : "mdy", certain: true };
  if (filled.some((cell) => /^\d{1,2}\.\d{1,2}\./.test(cell.trim()))) return { order: "dmy", certain: true };
  const [uneven, other] = [unevenness(filled, "dmy"), unevenness(filled, "mdy")];
  return { order: uneven < other ? "dmy" : "mdy", certain: uneven !== other };
}

/** Steps that go the other way than most, and gaps. */
function unevenness(cells: readonly string[], order: DateStyle["order"]): number {
  const dates = cells.map((cell) => parseDate(cell, { order })).filter((date) => !Number.isNaN(date));
  const steps = dates.slice(1).map((date, i) => date - dates[i]!);
  const back = steps.filter((step) => step < 0).length;
  const upward = back > steps.length / 2 ? dates.reverse() : dates;
  return Math.min(back, steps.length - back) * 10 + findGaps(upward).length;
}

/** The distance between two rows: months (calendar), or milliseconds. */
export interface TimeStep {
  readonly months?: number;
  /** Each month's last day. */
  readonly monthEnd?: boolean;
  /** Monday to Friday only. */
  readonly weekdays?: boolean;
  readonly milliseconds?: number;
}

const day = 86_400_000;
const weekday = (date: number) => modulo(Math.floor(date / day) + 4, 7); // 0: Sunday
const modulo = (a: number, n: number) => ((a % n) + n) % n; // dates before 1970 are negative
const isMonthEnd = (date: number) => new Date(date + day).getUTCDate() === 1;
const monthOf = (date: number) => new Date(date).getUTCFullYear() * 12 + new Date(date).getUTCMonth();

/** The usual step of dates that go up; undefined for fewer than three. */
export function timeStep(dates: ArrayLike<number>): TimeStep | undefined {
  const all = Array.from(dates);
  if (all.length < 3) return undefined;
  const usual = mode(all.slice(1).map((date, i) => date - all[i]!));
  if (usual <= 0) return undefined;
  const days = new Set(all.map((date) => new Date(date).getUTCDate()));
  const monthly = usual >= 27 * day && (days.size === 1 || all.every(isMonthEnd));
  if (monthly) {
    const months = mode(all.slice(1).map((date, i) => monthOf(date) - monthOf(all[i]!)));
    return days.size === 1 && [...days][0]! < 28
      ? { months }
      : { months, ...(all.every(isMonthEnd) ? { monthEnd: true } : {}) };
  }
  const atWork = usual === day && all.length >= 10 && all.every((date) => weekday(date) % 6 !== 0);
  return atWork ? { weekdays: true } : { milliseconds: usual };
}

/** The date one step after another. */
export function nextDate(date: number, { months: count, monthEnd, weekdays, milliseconds = day }: TimeStep): number {
  if (weekdays) {
    const next = date + day;
    return weekday(next) === 6 ? next + 2 * day : weekday(next) === 0 ? next + day : next;
  }
  if (count === undefined) return date + milliseconds;
  const from = new Date(date);
  const wanted = monthEnd ? 31 : from.getUTCDate();
  const to = Date.UTC(from.getUTCFullYear(), from.getUTCMonth() + count, 1);
  const last = new Date(Date.UTC(from.getUTCFullYear(), from.getUTCMonth() + count + 1, 0)).getUTCDate();
  return to + (Math.min(wanted, last) - 1) * day + modulo(date, day);
}

/** The `count` dates after the last one, at the usual step; none where fewer than three dates show it. */
export function continueDates(dates: ArrayLike<number>, count: number): number[] {
  const step = timeStep(dates);
  if (!step) return [];
  const next: number[] = [];
  for (let date = dates[dates.length - 1]!; next.length < count; next.push(date)) date = nextDate(date, step);
  return next;
}

/** Places `i` where dates are missing between row i and row i + 1. Dates that do not go up at a usual step have none. */
export function findGaps(dates: ArrayLike<number>): number[] {
  const step = timeStep(dates);
  const gaps: number[] = [];
  if (!step) return gaps;
  for (let i = 0; i + 1 < dates.length; i++) {
    const expected = nextDate(dates[i]!, step);
    if (dates[i + 1]! > expected + 0.5 * (expected - dates[i]!)) gaps.push(i);
  }
  return gaps;
}

/** ISO 8601, as short as the time allows: `2024-03-01`, `2024-03-01T12:30`. */
export function isoDate(date: number): string {
  const text = new Date(date).toISOString();
  if (date % day === 0) return text.slice(0, 10);
  return date % 60_000 === 0 ? text.slice(0, 16) : date % 1000 === 0 ? text.slice(0, 19) : text.slice(0, -1);
}

function mode(values: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? 0;
}
