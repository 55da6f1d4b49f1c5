// Held-out rows to ask a model: the first of its validation data.
import type { Model } from "../tasks/index.ts";
import type { Example } from "./subject.ts";

const most = 8;

interface Row {
  readonly text?: string;
  readonly label?: string;
  readonly source?: string;
  readonly target?: string;
  readonly tokens?: readonly string[];
  readonly tags?: readonly string[];
}

/** @param data what `train` is given as `valid`, of the model's own kind */
export function examplesOf(model: Model, data: unknown): Example[] {
  const rows = (some: unknown): Row[] => {
    const found: Row[] = [];
    for (const row of (some ?? []) as Iterable<Row>) if (found.push(row) === most) break;
    return found;
  };
  switch (model.task) {
    case "classifier":
    case "regressor":
      return rows((data as { rows?: unknown } | undefined)?.rows).map(({ text = "", label }) => ({
        input: text,
        ...(label === undefined ? {} : { expected: label }),
      }));
    case "tagger":
      return rows(data).map(({ text, tokens = [], tags = [] }) => ({
        input: text ?? tokens.join(model.vocabulary.characters ? "" : " "),
        expected: tags.join(" "),
      }));
    case "translator":
      return rows(data).map(({ source = "", target = "" }) => ({ input: source, expected: target }));
    case "language-model":
      return Array.isArray(data)
        ? [{ input: String(data[0] ?? "") }]
        : [{ input: model.tokenizer.decode(Array.from((data as Int32Array | undefined)?.subarray(0, 80) ?? [])) }];
    default:
      return [{ input: "" }];
  }
}
