// Draws docs/network.svg: the time of a training step against the rate of the network, from the rows of bench/RESULTS.md that
// bench/mpi-network.mjs records. The line is the formula of docs/scale.md, through its values at the rates that were measured.
//   node bench/mpi-curve.mjs
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const text = readFileSync(join(import.meta.dirname, "RESULTS.md"), "utf8");
const row = /^\| step, LSTM 512, (\d+) (G|M)b\/s, TCP (\w+) \| ([\d.]+) \| ([\d.]+) \|/gm;
const points = [...text.matchAll(row)].map(([, rate, unit, tcp, measured, formula]) => ({
  rate: Number(rate) * (unit === "G" ? 1000 : 1),
  tcp,
  measured: Number(measured),
  formula: Number(formula),
}));
// The formula is linear in the time of a byte.
const [slow, fast] = [100, 1000].map((rate) => points.find((point) => point.rate === rate && point.tcp === "reno"));
const slope = (slow.formula - fast.formula) / (1 / slow.rate - 1 / fast.rate);
const formula = (rate) => fast.formula + slope * (1 / rate - 1 / fast.rate);

const [width, height, left, top, right, bottom] = [640, 340, 60, 20, 600, 290];
const [rates, times] = [
  [50, 10_000],
  [50, 1000],
];
const place = (value, [from, to], begin, end) =>
  (begin + (Math.log(value / from) / Math.log(to / from)) * (end - begin)).toFixed(1);
const x = (rate) => place(rate, rates, left, right);
const y = (ms) => place(ms, times, bottom, top);
const line = Array.from({ length: 61 }, (_, i) => rates[0] * (rates[1] / rates[0]) ** (i / 60));
const tick = (at, name, anchor, dx, dy) =>
  `<text x="${Number(at[0]) + dx}" y="${Number(at[1]) + dy}" text-anchor="${anchor}">${name}</text>`;
const names = { 100: "100 Mb/s", 1000: "1 Gb/s", 10000: "10 Gb/s" };
const marks = points.map(({ rate, tcp, measured }) => {
  const dot = `<circle cx="${x(rate)}" cy="${y(measured)}" r="4" fill="#c2410c"/>`;
  return dot + tick([x(rate), y(measured)], `${measured} ms, TCP ${tcp}`, "start", 8, -6);
});
const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12" fill="#444">
<title>Time of a training step on two ranks against the rate of the network</title>
<rect width="${width}" height="${height}" fill="#fff"/>
<path d="M${left} ${top}V${bottom}H${right}" fill="none" stroke="#888"/>
${Object.entries(names)
  .map(([rate, name]) => tick([x(Number(rate)), bottom], name, "middle", 0, 18))
  .join("\n")}
${[50, 100, 200, 500, 1000].map((ms) => tick([left, y(ms)], `${ms} ms`, "end", -6, 4)).join("\n")}
<polyline points="${line.map((rate) => `${x(rate)},${y(formula(rate))}`).join(" ")}" fill="none" stroke="#1d4ed8" stroke-width="2"/>
${marks.join("\n")}
<text x="${right - 8}" y="${Number(y(formula(10_000))) - 8}" text-anchor="end" fill="#1d4ed8">formula</text>
<text x="${(left + right) / 2}" y="${height - 8}" text-anchor="middle">rate of the network</text>
</svg>
`;
writeFileSync(join(import.meta.dirname, "..", "docs", "network.svg"), svg.replaceAll("\n\n", "\n"));
