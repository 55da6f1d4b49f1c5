// The forecaster's defaults against a linear autoregression on growing seasonal series, drawn from seeds: months (12) and days (7),
// with swings that grow with the level. Both see the same steps before the test part, the last tenth. Needs `npm run build`.
// node bench/series.mjs [series]
const root = new URL("../dist/", import.meta.url);
const { random } = await import(new URL("base/index.js", root));
const { findSeason, fitForecast, forecaster, report, train } = await import(new URL("index.js", root));
const { forecasterTask, trainOptions } = await import(new URL("tasks/index.js", root));

const count = Number(process.argv[2] ?? 6);

/** 144 months or 700 days: growth, a season, noise that is multiplied, and a level that wanders. */
function sales(seed) {
  const r = random(seed);
  const [season, steps] = seed % 2 ? [12, 144] : [7, 700];
  const shape = Array.from({ length: season }, () => 0.25 * r.normal());
  let level = Math.log(200);
  return Float64Array.from({ length: steps }, (_, t) => {
    level += 1.5 / steps + 0.01 * r.normal();
    return Math.exp(level + shape[t % season] + 0.04 * r.normal());
  });
}

const ratios = [];
for (let seed = 1; seed <= count; seed++) {
  const values = sales(seed);
  const series = { names: ["sales"], series: [values], length: values.length };
  const [validFrom, testFrom] = [0.8, 0.9].map((share) => Math.floor(share * values.length));
  const season = findSeason(values.subarray(0, validFrom));
  const recipe = forecasterTask.recipe({ rows: validFrom, season }, { epochs: 40 });
  const model = forecaster({
    ...forecasterTask.options(recipe),
    ...fitForecast({ series, to: testFrom }, recipe),
  });
  const valid = { series, from: validFrom, to: testFrom };
  for await (const _ of train(model, { series, to: validFrom }, { ...trainOptions(recipe), valid }));
  const { rmse, linear, naive, seasonal } = await report(model, { series, from: testFrom });
  ratios.push(rmse / linear.rmse);
  console.log(
    `${values.length} steps, season ${season}: RMSE ${rmse.toFixed(2)}, linear ${linear.rmse.toFixed(2)} (${ratios.at(-1).toFixed(3)} x), last value ${naive.rmse.toFixed(2)}, season ${seasonal.rmse.toFixed(2)}`,
  );
}
const mean = Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length);
console.log(`geometric mean ${mean.toFixed(3)} x, at most ${Math.max(...ratios).toFixed(3)} x`);
