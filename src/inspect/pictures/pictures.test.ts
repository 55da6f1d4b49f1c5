import { describe, expect, it } from "vitest";
import { score } from "../../data/music/score.ts";
import { channels, colorOf, inkOn } from "./colors.ts";
import { attentionMap, confusionPicture, heatMap } from "./heat-map.ts";
import { lineChart } from "./line-chart.ts";
import { pianoRoll } from "./piano-roll.ts";
import { escapeXml, logTicks, tickLabel, ticks, tokenLabel } from "./svg.ts";
import { sparkline, terminalChart, terminalMap } from "./terminal.ts";

/** Checks that every element is closed and no attribute is NaN; returns how many elements of a name there are. */
function check(svg: string): (name: string) => number {
  expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  const open: string[] = [];
  for (const [tag, close, name, self] of svg.matchAll(/<(\/?)([a-z]+)(?:\s[^<>]*?)?(\/?)>/g)) {
    if (!close && !self) open.push(name!);
    else if (close && open.pop() !== name) expect.fail(`${tag} closes another element`);
  }
  expect(open).toEqual([]);
  expect(svg.replace(/<[^<>]*>/g, "")).not.toMatch(/[<>]/);
  return (name) => svg.split(new RegExp(`<${name}[ />]`)).length - 1;
}

describe("scales", () => {
  it("takes round steps that lie in the range", () => {
    expect(ticks(0, 1)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(ticks(-3, 17)).toEqual([0, 5, 10, 15]);
    expect(ticks(2, 2)).toEqual([2]);
    expect(logTicks(1e-3, 10)).toEqual([0.001, 0.01, 0.1, 1, 10]);
    expect(logTicks(1e-9, 1, 20)[4]).toBe(1e-5);
    expect(logTicks(1e-20, 1).length).toBeLessThan(9);
    expect([0.05, 1200, 1e-7, 2.5e6, 0].map(tickLabel)).toEqual(["0.05", "1,200", "1e-7", "2.5e6", "0"]);
  });

  it("has colors in order of lightness, and ink that can be read", () => {
    const luminance = (value: number) => channels(value).reduce((sum, c, i) => sum + c * [0.21, 0.72, 0.07][i]!, 0);
    for (let k = 0; k < 20; k++) expect(luminance((k + 1) / 20)).toBeLessThan(luminance(k / 20));
    expect(colorOf(0.5, "diverging")).toBe("#f7f7f7");
    expect(colorOf(Number.NaN)).toBe("#cccccc");
    expect([inkOn(colorOf(0)), inkOn(colorOf(1))]).toEqual(["#000000", "#ffffff"]);
  });
});

describe("svg", () => {
  it("escapes what is written into it", () => {
    expect(escapeXml(`<a & "b">\u0000`)).toBe("&#60;a &#38; &#34;b&#34;&#62;\ufffd");
    expect([tokenLabel("\n"), tokenLabel("  "), tokenLabel("x".repeat(40), 5)]).toEqual(["↵", "␣␣", "xxxx…"]);
    const svg = heatMap([[1, 2]], { rows: ["<&>"], columns: ['"', "\u0007"], title: "</svg>" });
    check(svg);
    expect(svg).toContain("&#60;&#38;&#62;");
  });

  it("draws a line for each series, with gaps where nothing can be drawn", () => {
    const svg = lineChart(
      [
        { name: "rnn", y: Array.from({ length: 50 }, (_, t) => 0.7 ** t) },
        { name: "lstm", y: [1, 0.9, 0, Number.NaN, 0.8, 0.8] },
      ],
      { logY: true, title: "gradient norm", xLabel: "distance", yLabel: "norm" },
    );
    const count = check(svg);
    expect(count("path")).toBe(2);
    const second = svg.match(/ d="([^"]*)"/g)![1]!;
    expect(second.split("M").length - 1).toBe(2); // two stretches
    for (const empty of [[], [{ name: "none", y: [] }], [{ name: "one", y: [3] }], [{ name: "flat", y: [2, 2] }]]) {
      check(lineChart(empty));
      check(lineChart(empty, { logY: true }));
    }
    check(lineChart(Array.from({ length: 30 }, (_, i) => ({ name: `line ${i}`, y: [i, 1] })))); // more names than room
  });

  it("puts higher values higher", () => {
    const svg = lineChart([{ name: "up", y: [1, 2, 3] }]);
    const ys = [.../ d="M([^"]*)"/.exec(svg)![1]!.matchAll(/[\d.]+ ([\d.]+)/g)].map((m) => Number(m[1]));
    expect(ys[0]! > ys[1]! && ys[1]! > ys[2]!).toBe(true);
  });

  it("draws a cell for each value, and counts into confusion matrices", () => {
    const weights = [
      [0.9, 0.1, 0],
      [0, 0.2, 0.8],
    ];
    const svg = attentionMap(weights, { source: ["ein", "Hund", "."], target: ["a", "dog"] });
    expect(check(svg)("rect")).toBe(2 * 3 + 1 + 32 + 1); // cells, ground, scale and its frame
    expect(svg).toContain("dog · .: 0.8");
    const confusion = confusionPicture(
      [
        [1200, 3],
        [0, 0],
      ],
      ["good", "bad"],
    );
    check(confusion);
    expect(confusion).toContain(">1,200<");
    check(heatMap([]));
    check(heatMap([[Number.NaN, 1]], { map: "diverging" }));
    check(heatMap(Array.from({ length: 200 }, () => new Float32Array(300))));
  });

  it("draws a bar for each note", () => {
    const notes = [60, 64, 67].map((pitch, k) => ({ pitch, start: k * 480, duration: 480, channel: k }));
    const svg = pianoRoll(score({ notes, title: "C & E" }));
    check(svg);
    expect(svg.match(/ rx=/g)).toHaveLength(3);
    check(pianoRoll(score({ notes: [] })));
  });
});

describe("terminal", () => {
  it("draws lines in Braille within the width, higher values higher", () => {
    const chart = terminalChart(
      [
        { name: "rnn", y: Array.from({ length: 100 }, (_, t) => 0.8 ** t) },
        { name: "lstm", y: Array.from({ length: 100 }, (_, t) => 0.98 ** t) },
      ],
      { logY: true, width: 60, height: 10, title: "norms", xLabel: "distance" },
    );
    const rows = chart.split("\n");
    expect(Math.max(...rows.map((row) => [...row].length))).toBeLessThanOrEqual(60);
    expect(rows).toHaveLength(1 + 10 + 3);
    expect(rows.at(-1)).toContain("● rnn   ◆ lstm");
    const rowOf = (sign: string) => rows.findLastIndex((row, i) => i < 11 && row.includes(sign));
    expect(rowOf("●")).toBeGreaterThan(rowOf("◆"));
    expect(rows.slice(1, 11).join("")).toMatch(/[\u2801-\u28ff]/);
    expect(terminalChart([])).toContain("└");
  });

  it("draws tables in shades or colors, and lines of eight heights", () => {
    const map = terminalMap([[0, 0.5, 1]], { rows: ["dog"], columns: ["a", "bc", "개"], range: [0, 1] });
    expect(map).toBe("      b\n    a c 개\ndog   ▒▒██");
    expect(terminalMap([[1]], { color: true })).toContain("\u001b[48;2;");
    expect(terminalMap([[Number.NaN, 1]])).toContain("??");
    expect(sparkline([0, 1, 2, 3, 4, 5, 6, 7])).toBe("▁▂▃▄▅▆▇█");
    expect(sparkline([1, Number.NaN, 1])).toBe("▅ ▅");
  });
});
