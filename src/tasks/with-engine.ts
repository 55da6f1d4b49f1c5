// The long-running functions with an engine filled in where the caller gives none: what the packaged entry points export.
import type { Engine } from "../engine/index.ts";
import * as loop from "../train/index.ts";
import * as writing from "./generate.ts";
import type { LanguageModel } from "./language-model.ts";

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
  };
}
