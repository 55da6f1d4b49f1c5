// Columns of numbers become a forecaster.
import { fail } from "../../base/index.ts";
import { findSeason, readWhole, seenSeries } from "../../data/index.ts";
import {
  type ForecasterOptions,
  type ForecasterRecipe,
  fitForecast,
  forecaster,
  forecasterTask,
} from "../../tasks/index.ts";
import type { OpenedFile } from "../file.ts";
import { chosenOf, lighten, type RunRecipe, type Subject, type SubjectOptions } from "../subject.ts";

const leastSteps = 20;

export function seriesSubject(file: OpenedFile, options: SubjectOptions): Subject {
  const { name: source, recognized, bytes } = file;
  const { seed, light } = options;
  const chosen = chosenOf(options.chosen) as Partial<ForecasterRecipe>;
  const series = readWhole("series", bytes, { source, recognized });
  if (series.length < leastSteps)
    fail({
      where: source,
      expected: `${leastSteps} or more rows of numbers`,
      received: String(series.length),
      code: "data",
    });
  const testFrom = Math.floor(series.length * 0.9);
  const validFrom = Math.floor(series.length * 0.8);
  const season = findSeason(series.series[0]!.subarray(0, validFrom));
  const facts = { rows: validFrom, season };
  const usual = forecasterTask.recipe(facts, chosen);
  const picked = light ? lighten(chosen, usual, validFrom * usual.length, validFrom) : chosen;
  const recipe = forecasterTask.recipe(facts, picked as Partial<ForecasterRecipe>);
  const model = forecaster({
    ...(forecasterTask.options(recipe) as Pick<ForecasterOptions, "encoder" | "length">),
    ...fitForecast({ series, to: testFrom }, { ...recipe, target: 0 }),
    seen: seenSeries({ series, to: testFrom }),
    seed,
  });
  return {
    task: "forecaster",
    model: model as unknown as Subject["model"],
    train: { series, to: validFrom },
    valid: { series, from: validFrom, to: testFrom },
    recipe: { ...recipe, seed } as RunRecipe,
    facts: {
      file: source,
      recognized: recognized.message,
      rows: validFrom,
      validRows: testFrom - validFrom,
      tokens: validFrom,
      validTokens: testFrom - validFrom,
      vocabulary: 0,
      unit: "time steps",
    },
    examples: [{ input: "" }],
    series,
  };
}
