// The long-running functions with an engine filled in where the caller gives none: what the packaged entry points export.
import type { LabeledData } from "../data/index.ts";
import type { Engine } from "../engine/index.ts";
import * as loop from "../train/index.ts";
import * as writing from "./generate.ts";
import * as composing from "./generation/index.ts";
import * as inspecting from "./inspect.ts";
import type { LanguageModel } from "./language-model.ts";
import * as reading from "./many-to-one/index.ts";
import type { Tagged, Tagger } from "./tagging/index.ts";
import * as tagging from "./tagging/index.ts";
import type { ToyModel, ToySamples } from "./toys/index.ts";
import * as playing from "./toys/index.ts";
import * as translating from "./translation/index.ts";

type Classifiers = Parameters<typeof reading.classify>[0];

/** `make` is called once, at the first use. */
export function withEngine(make: () => Engine) {
  let made: Engine | undefined;
  function engine(): Engine {
    made ??= make();
    return made;
  }
  return {
    train: <Data>(model: loop.Trainable<Data>, data: Data, options: loop.TrainOptions<Data> = {}) =>
      loop.train(model, data, { ...options, engine: options.engine ?? engine() }),
    evaluate: <Data>(model: loop.Trainable<Data>, data: Data, options: loop.EvaluateOptions = {}) =>
      loop.evaluate(model, data, { ...options, engine: options.engine ?? engine() }),
    generate: (model: LanguageModel, options: writing.GenerateOptions = {}) =>
      writing.generate(model, { ...options, engine: options.engine ?? engine() }),
    generateTexts: (model: LanguageModel, options: writing.GenerateOptions & { count?: number } = {}) =>
      writing.generateTexts(model, { ...options, engine: options.engine ?? engine() }),
    classify: (model: Classifiers, texts: readonly string[], options: reading.ForwardOptions = {}) =>
      reading.classify(model, texts, { ...options, engine: options.engine ?? engine() }),
    classifierReport: (model: Classifiers, data: LabeledData, options: reading.ForwardOptions = {}) =>
      reading.classifierReport(model, data, { ...options, engine: options.engine ?? engine() }),
    rate: (model: reading.Regressor, texts: readonly string[], options: reading.ForwardOptions = {}) =>
      reading.rate(model, texts, { ...options, engine: options.engine ?? engine() }),
    regressorReport: (model: reading.Regressor, data: LabeledData, options: reading.ForwardOptions = {}) =>
      reading.regressorReport(model, data, { ...options, engine: options.engine ?? engine() }),
    forecast: (
      model: reading.Forecaster,
      series: reading.ForecastData["series"],
      at?: ArrayLike<number>,
      options: reading.ForwardOptions = {},
    ) => reading.forecast(model, series, at, { ...options, engine: options.engine ?? engine() }),
    forecasterReport: (model: reading.Forecaster, data: reading.ForecastData, options: reading.ForwardOptions = {}) =>
      reading.forecasterReport(model, data, { ...options, engine: options.engine ?? engine() }),
    inspectGradients: <Data>(model: loop.Trainable<Data>, data: Data, options: inspecting.InspectOptions = {}) =>
      inspecting.inspectGradients(model, data, { ...options, engine: options.engine ?? engine() }),
    tagSentences: (model: Tagger, sentences: readonly (readonly string[])[], options: tagging.TagOptions = {}) =>
      tagging.tagSentences(model, sentences, { ...options, engine: options.engine ?? engine() }),
    tagTexts: (model: Tagger, texts: readonly string[], options: tagging.TagTextsOptions = {}) =>
      tagging.tagTexts(model, texts, { ...options, engine: options.engine ?? engine() }),
    scoreTagger: (model: Tagger, data: readonly Tagged[], options: tagging.TagOptions = {}) =>
      tagging.scoreTagger(model, data, { ...options, engine: options.engine ?? engine() }),
    toyReport: (model: ToyModel, samples: ToySamples, options: playing.ToyReportOptions = {}) =>
      playing.toyReport(model, samples, { ...options, engine: options.engine ?? engine() }),
    toyAnswers: (model: ToyModel, samples: ToySamples, options: playing.ToyReportOptions = {}) =>
      playing.toyAnswers(model, samples, { ...options, engine: options.engine ?? engine() }),
    toySentences: (model: ToyModel, options: Parameters<typeof playing.toySentences>[1] = {}) =>
      playing.toySentences(model, { ...options, engine: options.engine ?? engine() }),
    compose: (model: composing.Generator, options: composing.ComposeOptions = {}) =>
      composing.compose(model, { ...options, engine: options.engine ?? engine() }),
    translate: (model: translating.Translator, texts: readonly string[], options: translating.TranslateOptions = {}) =>
      translating.translate(model, texts, { ...options, engine: options.engine ?? engine() }),
    translateAll: (
      model: translating.Translator,
      texts: readonly string[],
      options: translating.TranslateOptions = {},
    ) => translating.translateAll(model, texts, { ...options, engine: options.engine ?? engine() }),
    translationReport: (
      model: translating.Translator,
      pairs: readonly translating.Translation[],
      options: Parameters<typeof translating.translationReport>[2] = {},
    ) => translating.translationReport(model, pairs, { ...options, engine: options.engine ?? engine() }),
    attentionOf: (
      model: translating.Translator,
      pair: translating.Translation,
      options: Parameters<typeof translating.attentionOf>[2] = {},
    ) => translating.attentionOf(model, pair, { ...options, engine: options.engine ?? engine() }),
  };
}
