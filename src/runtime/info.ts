// What a module needs of a model besides graphs and weights.

import { contentToJSON } from "../data/pieces.ts";
import type { Model, TaskModel } from "../tasks/index.ts";

/** Plain data: the `info` that the task's entry in kit/tasks reads. */
export function infoOf(model: TaskModel): unknown {
  return withoutCounts(info(model as Model));
}

function info(model: Model): unknown {
  switch (model.task) {
    case "language-model":
      return { tokenizer: model.tokenizer.toJSON() };
    case "classifier":
      return {
        tokenizer: model.tokenizer?.toJSON(),
        features: model.config.features,
        labels: model.config.labels,
        multiLabel: model.config.multiLabel,
        maxLength: model.config.maxLength,
        window: model.window,
      };
    case "regressor":
      return {
        tokenizer: model.tokenizer?.toJSON(),
        features: model.config.features,
        scale: model.config.scale,
        maxLength: model.config.maxLength,
        window: model.window,
      };
    case "forecaster": {
      const { inputs, target, length, horizon } = model.config;
      return { inputs, target, length, horizon };
    }
    case "tagger":
      return {
        vocabulary: model.vocabulary.toJSON(),
        characterLimit: model.encoding.characterLimit,
        shapes: model.encoding.shapes,
        features: model.config.features,
        crf: model.config.decoder.type === "crf",
      };
    case "translator": {
      const { source, target } = model.tokenizers;
      return {
        source: source.toJSON(),
        ...(source === target ? {} : { target: target.toJSON() }),
        maxTokens: model.config.maxTokens,
        lengthPenalty: model.lengthPenalty,
        lengthReward: model.lengthReward,
      };
    }
    case "generator":
      return { content: contentToJSON(model.content), fields: model.config.fields };
    case "toy":
      return {
        toy: model.toy.name,
        ...(model.toy.kind === "regression" ? {} : { symbols: model.toy.vocabulary.tokens }),
      };
    default:
      return {}; // a task of the user's own
  }
}

/** Vocabularies without how often each token occurred: only training asks for that. */
function withoutCounts(value: unknown): unknown {
  if (Array.isArray(value) || typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, part]) =>
      key === "counts" && "tokens" in value ? [] : [[key, withoutCounts(part)]],
    ),
  );
}
