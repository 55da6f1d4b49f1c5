import { describe, expect, it } from "vitest";
import {
  colors,
  displayWidth,
  formatBytes,
  formatCount,
  formatDuration,
  pad,
  progress,
  stripAnsi,
  table,
  truncate,
  wantsColor,
} from "./index.ts";

describe("formats", () => {
  it("counts, with the carry into the next unit", () => {
    const pairs = [
      [0, "0"],
      [12.4, "12"],
      [999.6, "1.00k"],
      [41234, "41.2k"],
      [999_950, "1.00M"],
      [1.4e6, "1.40M"],
      [5e15, "5000T"],
    ] as const;
    for (const [n, text] of pairs) expect(formatCount(n)).toBe(text);
    expect(formatBytes(512)).toBe("512 B");
    expect(formatBytes(5_600_000)).toBe("5.60 MB");
  });
  it("durations, with the carry into the next unit", () => {
    const pairs = [
      [0.42, "0.4 s"],
      [9.96, "10 s"],
      [59.6, "1 min 00 s"],
      [75, "1 min 15 s"],
      [3599.7, "1 h 00 min"],
      [3725, "1 h 02 min"],
      [86399, "1 d 00 h"],
      [90000, "1 d 01 h"],
      [Infinity, "?"],
    ] as const;
    for (const [s, text] of pairs) expect(formatDuration(s)).toBe(text);
  });
});

describe("colors", () => {
  it("FORCE_COLOR, then NO_COLOR, then the terminal", () => {
    expect(wantsColor({ isTTY: true, env: {} })).toBe(true);
    expect(wantsColor({ isTTY: false, env: {} })).toBe(false);
    expect(wantsColor({ isTTY: true, env: { NO_COLOR: "1" } })).toBe(false);
    expect(wantsColor({ isTTY: true, env: { NO_COLOR: "" } })).toBe(true);
    expect(wantsColor({ isTTY: true, env: { TERM: "dumb" } })).toBe(false);
    expect(wantsColor({ isTTY: false, env: { FORCE_COLOR: "1", NO_COLOR: "1" } })).toBe(true);
    expect(wantsColor({ isTTY: true, env: { FORCE_COLOR: "0" } })).toBe(false);
  });
  it("the outer color comes back after an inner one; off, text is as it was", () => {
    const on = colors({ isTTY: true });
    expect(on.red(`a${on.green("b")}c`)).toBe("\x1b[31ma\x1b[32mb\x1b[39m\x1b[31mc\x1b[39m");
    expect(colors({}).red("a")).toBe("a");
  });
});

describe("width", () => {
  it("counts columns, not code units", () => {
    const pairs = [
      ["abc", 3],
      ["한글", 4],
      ["日本語", 6],
      ["ｱ", 1],
      ["é", 1],
      ["e\u0301", 1],
      ["👍🏽", 2],
      ["👩‍👩‍👧", 2],
      ["❤️", 2],
      ["✓", 1],
      ["\x1b[31mred\x1b[39m", 3],
      ["각", 2],
      ["—…█⣿", 4],
    ] as const;
    for (const [text, width] of pairs) expect(displayWidth(text), text).toBe(width);
  });
  it("cuts between graphemes and closes colors", () => {
    expect(truncate("한글 텍스트", 6)).toBe("한글 …");
    expect(truncate("abcdef", 6)).toBe("abcdef");
    expect(truncate("\x1b[31mabcdef\x1b[39m", 4)).toBe("\x1b[31mabc…\x1b[0m");
    for (let n = 0; n < 12; n++) expect(displayWidth(truncate("a한b글👍🏽c", n))).toBeLessThanOrEqual(n);
    expect(pad("한", 4, "right")).toBe("  한");
  });
  it("a table's columns line up whatever the script", () => {
    const text = table(
      [
        ["안녕", "1", "x"],
        ["hello", "12,000", "y"],
      ],
      { header: ["word", "count", ""], align: ["left", "right"] },
    );
    expect(text).toBe("word    count\n안녕        1  x\nhello  12,000  y\n");
    const narrow = table([["a".repeat(50), "1"]], { columns: 20 });
    expect(displayWidth(narrow.trimEnd())).toBe(20);
    expect(table([])).toBe("");
  });
});

describe("progress", () => {
  function run(options: { isTTY: boolean; silent?: boolean; unicode?: boolean; columns?: number }) {
    let time = 0;
    const written: string[] = [];
    const bar = progress({
      ...options,
      columns: () => options.columns ?? 80,
      write: (text) => written.push(text),
      now: () => time,
    });
    for (let step = 1; step <= 500; step++) {
      time += 50;
      bar.update({
        at: `step ${step}/1,000`,
        loss: 2 - step / 1000,
        perSecond: 40_960,
        secondsLeft: (1000 - step) / 20,
        done: step / 1000,
      });
    }
    bar.print("valid 1.234");
    bar.end();
    return written;
  }
  it("redraws at most ten times a second, in one line, with speed and time left", () => {
    const written = run({ isTTY: true });
    const bars = written.filter((text) => text.includes("loss"));
    expect(bars.length).toBe(251); // 25 s, and once more under the printed line
    const last = stripAnsi(bars.at(-1)!).replace("\r", "");
    expect(last).toMatch(/^ 50 % █+▌?░+ {2}step 500\/1,000 {2}loss 1\.500 {2}41\.0k tokens\/s {2}25 s left$/);
    for (const text of bars) expect(displayWidth(text.replace("\r", ""))).toBeLessThan(80);
    expect(written.at(-1)).toBe("\r\x1b[K");
    expect(written[written.indexOf("valid 1.234\n") - 1]).toBe("\r\x1b[K");
  });
  it("never wraps, however narrow", () => {
    for (const columns of [11, 20, 40, 60, 75, 200])
      for (const text of run({ isTTY: true, columns }))
        if (text.includes("step")) expect(displayWidth(text.replace("\r", ""))).toBeLessThan(columns);
  });
  it("writes a plain line every ten seconds, and the last step, where there is no terminal", () => {
    const written = run({ isTTY: false });
    expect(written).toHaveLength(4);
    expect(written[0]).toBe("step 200/1,000  loss 1.800  41.0k tokens/s  40 s left\n");
    expect(written[3]).toMatch(/^step 500/);
    expect(written.join("")).not.toContain("\x1b");
  });
  it("writes nothing when silent", () => {
    expect(run({ isTTY: true, silent: true })).toEqual([]);
  });
});
