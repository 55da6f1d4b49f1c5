// The page of a forecaster: numbers in, a curve that goes on.
import { h, resting, results, s } from "./dom.ts";

interface Forecaster {
  series: readonly string[];
  target: string;
  length: number;
  horizon: number;
  forecast(series: Readonly<Record<string, readonly number[]>>): number[];
}

const numbersIn = (text: string): number[] =>
  text
    .split(/[\s,;]+/)
    .filter(Boolean)
    .map(Number);

export function forecasterPage(model: Forecaster, sample: Readonly<Record<string, readonly number[]>>): HTMLElement[] {
  const found = results();
  const areas = model.series.map((name) =>
    h("textarea", { rows: 3, spellcheck: "false", "aria-label": name, input: resting(() => show()) }),
  );
  areas.forEach((area, i) => {
    area.value = (sample[model.series[i]!] ?? []).join(", ");
  });
  const show = () =>
    found.show(() => {
      const given = Object.fromEntries(model.series.map((name, i) => [name, numbersIn(areas[i]!.value)]));
      const next = model.forecast(given);
      const past = given[model.target]!.slice(-Math.max(model.length, 2 * model.horizon));
      return [
        chart(past, next),
        h("p", { class: "large" }, next.slice(0, 12).map(shown).join("   ") + (next.length > 12 ? " ..." : "")),
        h(
          "p",
          { class: "note" },
          `The next ${next.length === 1 ? "value" : `${next.length} values`} of ${model.target}.`,
        ),
      ];
    });
  setTimeout(show, 0);
  return [
    ...areas.map((area, i) =>
      h(
        "label",
        { class: "field" },
        h("span", {}, `${model.series[i]}: the last ${model.length} values or more`),
        area,
      ),
    ),
    found.element,
  ];
}

const shown = (x: number): string => String(Number(x.toPrecision(5)));

function chart(past: readonly number[], next: readonly number[]): Element {
  const [width, height, left, bottom] = [640, 220, 44, 8];
  const all = [...past, ...next];
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const x = (t: number) => left + ((width - left - 8) * t) / Math.max(1, all.length - 1);
  const y = (v: number) => 8 + (height - 16 - bottom) * (1 - (v - low) / (high - low || 1));
  const line = (values: readonly number[], from: number) => values.map((v, i) => `${x(from + i)},${y(v)}`).join(" ");
  return s(
    "svg",
    { viewBox: `0 0 ${width} ${height}`, class: "chart", role: "img", "aria-label": "The series and its forecast" },
    ...[low, high].map((v) =>
      s("text", { x: left - 6, y: y(v) + 4, "text-anchor": "end" }, String(Number(v.toPrecision(4)))),
    ),
    s("rect", { x: x(past.length - 1), y: 0, width: width - x(past.length - 1), height, class: "ahead" }),
    s("polyline", { points: line(past, 0), class: "past" }),
    s("polyline", { points: line([past.at(-1)!, ...next], past.length - 1), class: "next" }),
    ...next.map((v, i) => s("circle", { cx: x(past.length + i), cy: y(v), r: next.length > 40 ? 0 : 3 })),
  );
}
