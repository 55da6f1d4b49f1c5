import { describe, expect, it } from "vitest";
import { random } from "../../base/index.ts";
import { continueDates, dateStyle, findGaps, isoDate, nextDate, parseDate, timeStep } from "./dates.ts";

const read = (...cells: string[]) => {
  const style = dateStyle(cells);
  return style && cells.map((cell) => isoDate(parseDate(cell, style)));
};

describe("dates", () => {
  it.each([
    ["2024-03-01", "2024-03-01"],
    ["2024/3/1", "2024-03-01"],
    ["2024. 3. 1.", "2024-03-01"],
    ["2024년 3월 1일", "2024-03-01"],
    ["20240301", "2024-03-01"],
    ["2024-03", "2024-03-01"],
    ["2024-Q2", "2024-04-01"],
    ["1.3.2024", "2024-03-01"],
    ["1 Mar 2024", "2024-03-01"],
    ["March 1, 2024", "2024-03-01"],
    ["Mar 2024", "2024-03-01"],
    ["1-Mar-24", "2024-03-01"],
    ["2024-03-01 14:05", "2024-03-01T14:05"],
    ["2024-03-01T14:05:06.789Z", "2024-03-01T14:05:06.789"],
    ["2024-03-01T14:05+09:00", "2024-03-01T05:05"],
    ["3/14/2024 2:05 PM", "2024-03-14T14:05"],
    ["3/14/2024 12:05 AM", "2024-03-14T00:05"],
  ])("reads %s", (cell, expected) => {
    expect(read(cell)).toEqual([expected]);
  });

  it.each(["2024-13-01", "2024-02-30", "1.5", "12:30", "2024", "hello", "3 apples", "99999999"])(
    "refuses %s",
    (cell) => {
      expect(read(cell)).toBeUndefined();
    },
  );

  it("decides between day first and month first by evidence", () => {
    expect(read("03/04/2024", "14/04/2024")?.[0]).toBe("2024-04-03");
    expect(read("03/04/2024", "03/14/2024")?.[0]).toBe("2024-03-04");
    // No cell has a number above 12: one reading goes up by a month, the other by a day, with a gap of a year.
    const years = ["01/11/2023", "01/12/2023", "01/01/2024", "01/02/2024"];
    expect(dateStyle(years)).toEqual({ order: "dmy", certain: true });
    expect(dateStyle([...years].reverse())).toEqual({ order: "dmy", certain: true });
    expect(dateStyle(["01/02/2024", "01/03/2024", "01/04/2024"])).toMatchObject({ certain: false });
    expect(dateStyle(["03.04.2024"])).toEqual({ order: "dmy", certain: true });
    expect(dateStyle(["03/03/2024"])).toMatchObject({ certain: false });
  });

  it("continues every kind of step, and finds the gap that is cut into it", () => {
    const at = (text: string) => Date.parse(text);
    const starts: [string, (t: number) => number][] = [
      ["hours", (t) => at("2024-02-28") + t * 3_600_000],
      ["days", (t) => at("1969-12-20") + t * 86_400_000],
      ["weeks", (t) => at("2024-02-28") + t * 7 * 86_400_000],
      ["months", (t) => Date.UTC(2023, t, 1)],
      ["month ends", (t) => Date.UTC(2023, t + 1, 0)],
      ["quarters", (t) => Date.UTC(2023, 3 * t, 15)],
      ["years", (t) => Date.UTC(1960 + t, 0, 1)],
      ["weekdays", (t) => at("2024-01-01") + (t + 2 * Math.floor(t / 5)) * 86_400_000],
    ];
    const r = random(3);
    for (const [name, date] of starts) {
      const all = Array.from({ length: 30 }, (_, t) => date(t));
      expect(continueDates(all.slice(0, 20), 10), name).toEqual(all.slice(20));
      expect(findGaps(all), name).toEqual([]);
      const cut = 1 + r.below(28);
      expect(findGaps(all.filter((_, t) => t !== cut)), name).toEqual([cut - 1]);
      expect(nextDate(all[0]!, timeStep(all)!), name).toBe(all[1]);
    }
    expect(continueDates([1, 2], 3)).toEqual([]);
  });
});
