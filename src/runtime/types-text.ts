// The declarations beside an exported module: what `load` gives, with the model's own labels and fields.
import type { Model, TaskModel } from "../tasks/index.ts";

const union = (names: readonly string[]): string => names.map((name) => JSON.stringify(name)).join(" | ") || "never";

const draw = `  /** Below 1 is more conservative, above 1 more random, 0 takes the likeliest token. 1 by default. */
  temperature?: number;
  /** Draw from the k likeliest tokens only. */
  topK?: number;
  /** Draw from the likeliest tokens that make up this share. */
  topP?: number;
  /** Draw from tokens at least this share as likely as the likeliest one. */
  minP?: number;
  /** Makes tokens that came before less likely; 1.2 is usual. */
  repetitionPenalty?: number;
  /** Seed of the draws; 42 by default. The same seed gives the same result. */
  seed?: number;
  /** Which of the results of this seed, from 0. */
  index?: number;
`;

/** What a reader reads: texts, or steps of numbers. */
const inputType = ({ config }: Extract<Model, { task: "classifier" | "regressor" }>): string =>
  config.features ? `steps: readonly (readonly [${config.features.map(() => "number").join(", ")}])[]` : "text: string";

interface Declarations {
  /** Interfaces in front of the model's. */
  before?: string;
  /** Members of the model. */
  members: string;
}

function declarations(model: Model): Declarations {
  switch (model.task) {
    case "language-model":
      return {
        before: `export interface GenerateOptions {
  /** What the text begins with; empty by default. */
  prompt?: string;
  /** Maximum number of tokens; 500 by default. */
  maxTokens?: number;
${draw}}
`,
        members: `  /** Text as it is drawn, piece by piece, without the prompt. */
  generate(options?: GenerateOptions): Generator<string, void, void>;
  /** The same as one string. */
  write(options?: GenerateOptions): string;
`,
      };
    case "classifier":
      return {
        before: `export type Label = ${union(model.config.labels)};

export interface Classification {
  label: Label;
  /** Of that label, 0 to 1. */
  probability: number;
  probabilities: Record<Label, number>;
${model.config.multiLabel ? "  /** The labels of probability `threshold` or more, likeliest first. */\n  labels: Label[];\n" : ""}  /** The tokens of the text and how much each counted, where the model pools by attention. */
  tokens?: string[];
  attention?: number[];
}
`,
        members: `  readonly labels: readonly Label[];
  classify(${inputType(model)}${model.config.multiLabel ? ", options?: { threshold?: number }" : ""}): Classification;
`,
      };
    case "regressor":
      return { members: `  /** In the unit of the training labels. */\n  rate(${inputType(model)}): number;\n` };
    case "forecaster": {
      const names = model.config.inputs.map(({ name }) => name);
      const lists = `Record<${union(names)}, ArrayLike<number>>`;
      return {
        members: `  /** The series that are read, and the one that is forecast. */
  readonly series: readonly (${union(names)})[];
  readonly target: string;
  /** Steps that are read, and steps that are forecast. */
  readonly length: number;
  readonly horizon: number;
  /** The next \`horizon\` values, from the last \`length\` values or more of each series. */
  forecast(series: ${names.length === 1 ? `ArrayLike<number> | ${lists}` : lists}): number[];
`,
      };
    }
    case "tagger":
      return {
        before: `export interface Tagged {
  text: string;
  tokens: string[];
  /** Places of the tokens, \`text.slice(start, end)\`. */
  offsets: [start: number, end: number][];
  tags: string[];
  /** How likely each tag is, 0 to 1. */
  confidences: number[];
  /** Empty where tags are not of spans. */
  spans: { start: number; end: number; label: string; text: string; confidence: number }[];
}
`,
        members: `  /** The tags that the model gives. */
  readonly tags: readonly string[];
  /** Tags a text, or a sentence that is cut into tokens already. An \`outsideBias\` above 0 finds more spans. */
  tag(${model.config.features ? "steps: readonly (readonly number[])[]" : "text: string | readonly string[]"}, options?: { outsideBias?: number }): Tagged;
`,
      };
    case "translator":
      return {
        before: `export interface TranslateOptions {
  /** Hypotheses kept alive; 1 is greedy. 5 by default. */
  beamSize?: number;
  /** Log-probabilities are divided by ((5 + length) / 6)^lengthPenalty. The model's by default; 0 where only a \`lengthReward\` is given. */
  lengthPenalty?: number;
  /** Nats added for each token. The model's by default; 0 where only \`lengthPenalty\` is given. */
  lengthReward?: number;
  /** Number of translations, at most \`beamSize\`. 1 by default. */
  nBest?: number;
  maxTokens?: number;
  /** Ids never to write. */
  exclude?: readonly number[];
}

export interface Translation {
  text: string;
  /** What it is ranked by. */
  score: number;
  logProbability: number;
  /** False where it was cut at \`maxTokens\`. */
  finished: boolean;
}
`,
        members: `  translate(text: string, options?: TranslateOptions): Promise<string>;
  /** Best first, with their scores. */
  translations(text: string, options?: TranslateOptions): Promise<Translation[]>;
`,
      };
    case "generator": {
      const { fields } = model.config;
      const labels = Object.entries(fields).map(([name, all]) => `${JSON.stringify(name)}?: ${union(all)}`);
      const music = `  /** Start and duration in seconds; pitch 69 is 440 Hz. */
  notes: { pitch: number; start: number; duration: number }[];
`;
      const { type } = model.content;
      return {
        before: `export interface Piece {
  labels: Record<string, string>;
${type === "text" ? "  text: string;\n" : music}${type === "frames" ? "  /** MIDI pitches that sound at each step. */\n  steps: number[][];\n" : ""}}

export interface ComposeOptions {
  /** Fields that are not given are drawn. */
  labels?: { ${labels.join("; ")} };
${type === "frames" ? "" : `  /** What the piece begins with. */\n  start?: ${type === "text" ? "string" : "readonly number[]"};\n`}  /** Maximum number of tokens or steps; 200 by default. */
  maxTokens?: number;
${draw}}
`,
        members: `  readonly content: ${JSON.stringify(type)};
  readonly fields: Readonly<Record<string, readonly string[]>>;
  compose(options?: ComposeOptions): Piece;
`,
      };
    }
    case "toy":
      return model.toy.kind === "regression"
        ? {
            members:
              "  /** From rows of numbers, a row a step. */\n  answer(steps: readonly (readonly number[])[]): number;\n",
          }
        : {
            members: `  readonly symbols: readonly string[];
  /** The likeliest answer at each step. */
  answer(symbols: readonly string[]): string[];
`,
          };
    default:
      return { members: "" };
  }
}

export function typesText(model: TaskModel): string {
  const { before = "", members } = declarations(model as Model);
  return `// Generated by unrolled export --js.
${before}${before && "\n"}export interface Tensor {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

export interface Model {
  readonly task: ${JSON.stringify(model.task)};
  /** What multiplies matrices: WebAssembly, or plain JavaScript where there is none. */
  readonly engine: "wasm" | "plain";
${members}  /** Runs a graph of the model by name: tensors in, tensors out. */
  run(graph: string, inputs: Readonly<Record<string, Tensor>>): Record<string, { readonly shape: readonly number[]; readonly data: Float32Array }>;
}

export interface LoadOptions {
  /** The compiled kernels (model.wasm), where the host compiles no bytes at run time; false: plain JavaScript. */
  wasm?: WebAssembly.Module | false;
}

/** @param weights the address of the weight file, a response with it, or its bytes */
export function load(
  weights: string | URL | Response | ArrayBuffer | ArrayBufferView,
  options?: LoadOptions,
): Promise<Model>;
`;
}
