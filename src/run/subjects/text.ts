// A text becomes a language model, as `unrolled train` makes one of it.
import { fail } from "../../base/index.ts";
import { drawValidation } from "../../data/hold-out.ts";
import { charTokenizer, isList, linesOf, splitData, type Tokenizer, wordTokenizer } from "../../data/index.ts";
import { stepLayer } from "../../networks/standard-network.ts";
import { type Layer, recurrent, stacked } from "../../nn/index.ts";
import { type LanguageModelOptions, languageModel, languageModelTask } from "../../tasks/index.ts";
import { cellOfEquations } from "../equations.ts";
import type { OpenedFile } from "../file.ts";
import { chosenOf, type RunRecipe, type Subject, type SubjectOptions } from "../subject.ts";

/** Sizes that learn names in ten seconds on one thread. */
const lightSizes = {
  cell: "lstm",
  hiddenSize: 96,
  numLayers: 1,
  preNorm: false,
  embeddingSize: 32,
  learningRate: 0.01,
  steps: 1500,
} as const;

export function textSubject(
  file: Pick<OpenedFile, "name" | "text"> & { recognized?: { message: string } },
  options: SubjectOptions,
): Subject {
  const { name, text } = file;
  const { seed, light, chosen } = options;
  const lines = [...linesOf(text)].filter((line) => line !== "");
  const kind = chosen.kind ?? kindOf(text);
  const tokens = chosen.tokens ?? "char";
  const enough = kind === "lines" ? lines.length >= 10 : text.length >= 200;
  if (!enough)
    fail({
      where: name,
      expected: kind === "lines" ? "at least 10 lines" : "at least 200 characters",
      received: kind === "lines" ? String(lines.length) : String(text.length),
      hint: "a network learns from repetition: give it more text",
      code: "data",
    });
  const tokenizer = tokenizerFor(kind === "lines" ? lines : [text], kind, tokens);
  if (tokenizer.vocabulary.size - tokenizer.vocabulary.specials.length < 2)
    fail({
      where: name,
      expected: "more than one character",
      received: JSON.stringify([...text.trim()][0]),
      hint: "there is nothing to predict in this text",
      code: "data",
    });
  const count = (rows: readonly string[]) => rows.reduce((sum, row) => sum + tokenizer.encode(row).length + 1, 0);
  const parts = kind === "lines" ? linesApart(lines, seed, name) : splitData(tokenizer.encode(text), { valid: 0.1 });
  const size = (part: typeof parts.train) =>
    Array.isArray(part) ? count(part as readonly string[]) : (part as Int32Array).length;
  const facts = { rows: kind === "lines" ? parts.train.length : size(parts.train), tokens: size(parts.train), kind };
  const picked = { ...(light ? lightSizes : {}), ...chosenOf(chosen) };
  const { equations, standard } = chosen;
  const own = { ...(equations === undefined ? {} : { equations }), ...(standard ? { standard } : {}) };
  const recipe = { ...languageModelTask.recipe(facts, picked as object), ...own, kind, seed } as RunRecipe;
  const model = languageModel({
    ...(languageModelTask.options(recipe as never) as Pick<LanguageModelOptions, "encoder">),
    ...ownEncoder(recipe),
    tokenizer,
    seed,
  });
  return {
    task: "language-model",
    model: model as Subject["model"],
    train: parts.train,
    valid: parts.valid,
    recipe,
    facts: {
      file: name,
      recognized:
        kind === "lines"
          ? `${lines.length.toLocaleString("en")} lines, each a sequence of its own`
          : (file.recognized?.message ?? "plain text"),
      rows: kind === "lines" ? parts.train.length : 1,
      validRows: kind === "lines" ? parts.valid.length : 1,
      tokens: facts.tokens,
      validTokens: size(parts.valid),
      vocabulary: tokenizer.vocabulary.size,
      unit: tokens === "word" ? "words" : "letters",
    },
    examples: [
      {
        input:
          kind === "lines"
            ? ((parts.valid as readonly string[])[0] ?? lines[0]!)
            : text.slice(0, 80).replaceAll(/\s+/g, " "),
      },
    ],
  };
}

/** A cell of one's own, or the standard network: it reads one letter, and nothing of what came before. */
function ownEncoder({ equations, standard, hiddenSize, numLayers }: RunRecipe): { encoder?: Layer } {
  if (standard) return { encoder: stepLayer({ hiddenSize: 2 * hiddenSize }) };
  if (equations === undefined) return {};
  const own = cellOfEquations(equations);
  return { encoder: stacked(Array.from({ length: numLayers }, () => recurrent(own, { hiddenSize }))) };
}

function linesApart(lines: readonly string[], seed: number, source: string) {
  const [train, valid = []] = drawValidation(lines, 0.1, { seed, source });
  return { train: [...train], valid };
}

function tokenizerFor(texts: readonly string[], kind: "lines" | "stream", tokens: string): Tokenizer {
  const specials = kind === "lines" ? (["pad", "bos", "eos"] as const) : [];
  if (tokens === "word")
    return wordTokenizer.fit(texts, { specials: [...specials, "unk"], minCount: 2, maxSize: 20_000 });
  return charTokenizer.fit(texts, { unit: tokens === "grapheme" ? "grapheme" : "codePoint", specials });
}

/** As `unrolled train` decides it: the lines of a list, such as names, are sequences of their own. */
export const kindOf = (text: string): "lines" | "stream" => (isList(text.split(/\r?\n/)) ? "lines" : "stream");
