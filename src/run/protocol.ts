// A training that is watched from another thread or over a network: what is asked of it, and what it posts. Plain data.
import type { Score } from "../data/index.ts";
import type { TaskName } from "../tasks/index.ts";
import type { RunFile } from "./file.ts";
import type { DataFactsShown, Example, RunRecipe } from "./subject.ts";

export type Lens = "units" | "gradient" | "saliency" | "attention" | "words" | "parameters";

/** A gate that is held at a value, of all units or of one. */
export interface GateHold {
  /** As the trace names it: `encoder l0`. */
  readonly layer: string;
  readonly gate: string;
  readonly unit?: number | undefined;
  /** 0 shut, 1 open. */
  readonly value: number;
}

/** A question to the model. */
export interface Ask {
  readonly text: string;
  readonly temperature?: number;
  readonly seed?: number;
  /** Labels of a piece to write. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Hypotheses of a translation. */
  readonly beam?: number;
  /** Where a forecast begins, as a share of the series: 1 is its end. */
  readonly at?: number;
}

export type ToRun =
  | {
      readonly kind: "start";
      readonly recipe: Partial<RunRecipe>;
      /** A text for a language model. */
      readonly text?: string;
      /** Any file that `unrolled train` takes; it decides the task. */
      readonly file?: RunFile;
      readonly task?: TaskName;
      /** Sizes that train within about a minute. */
      readonly light?: boolean;
      readonly paused?: boolean;
      /** Files of a kept run, to go on where it stood. The recipe and the data must be those that it began with. */
      readonly resume?: Readonly<Record<string, Uint8Array>>;
    }
  /** A trained model, to use and to look into. */
  | {
      readonly kind: "open";
      readonly name: string;
      readonly files: Readonly<Record<string, Uint8Array>>;
      readonly file?: RunFile;
    }
  /** `at`: the time of the click in milliseconds. `paused` returns it, so that a page can ignore a pause from before its last click. */
  | { readonly kind: "pause" | "go" | "step"; readonly at?: number }
  | { readonly kind: "stop" }
  /** What is on the screen; the rest is not computed. */
  | { readonly kind: "watch"; readonly lens: Lens | null; readonly probe: string; readonly hold?: GateHold | undefined }
  | ({
      readonly kind: "write";
      readonly id: number;
      readonly prompt: string;
      readonly hold?: GateHold | undefined;
    } & Required<Pick<Ask, "temperature" | "seed">>)
  | ({ readonly kind: "ask"; readonly id: number } & Ask)
  | { readonly kind: "keep" };

/** A text with what the network thought of each of its characters. */
export interface Written {
  readonly text: string;
  /** -log2 p of each character after the prompt, in bits. */
  readonly surprise: readonly number[];
  /** The likeliest characters at each place with their probabilities, best first. */
  readonly alternatives?: readonly (readonly (readonly [token: string, probability: number])[])[];
}

/** A layer over a probe text; matrices [T, H], row-major. */
export interface LayerTrace {
  readonly name: string;
  /** The axis it runs along: `T`, or `S` where a source is read. */
  readonly time: string;
  readonly H: number;
  readonly states: Readonly<Record<string, Float32Array>>;
  readonly gates: Readonly<Record<string, Float32Array>>;
}

/** A parameter as a picture: its values, at most 64 x 64, and its norm. */
export interface ParameterPicture {
  readonly name: string;
  /** As the lecture writes it: Waa, Wax. */
  readonly lecture?: string;
  readonly shape: readonly number[];
  readonly gates?: readonly string[];
  readonly rows: number;
  readonly columns: number;
  readonly values: Float32Array;
  readonly norm: number;
}

export type Answer =
  | {
      readonly task: "classifier";
      readonly text: string;
      readonly label: string;
      readonly classes: readonly { readonly label: string; readonly probability: number }[];
      readonly expected?: string;
    }
  | {
      readonly task: "regressor";
      readonly text: string;
      readonly value: number;
      readonly mean: number;
      readonly deviation: number;
      readonly expected?: string;
    }
  | {
      readonly task: "tagger";
      readonly text: string;
      readonly tokens: readonly string[];
      readonly tags: readonly string[];
      readonly offsets: readonly (readonly [start: number, end: number])[];
      readonly spans: readonly { readonly start: number; readonly end: number; readonly label: string }[];
      readonly expected?: string;
    }
  | {
      readonly task: "translator";
      readonly text: string;
      readonly translations: readonly { readonly text: string; readonly score: number }[];
      readonly expected?: string;
    }
  | {
      readonly task: "forecaster";
      readonly name: string;
      readonly at: number;
      readonly past: readonly number[];
      readonly future: readonly number[];
      readonly actual: readonly number[];
    }
  | {
      readonly task: "generator";
      readonly text?: string;
      readonly music?: Score;
      readonly labels: Readonly<Record<string, string>>;
    };

export type FromRun =
  /** A `start` or an `open` was taken: what comes after it is of that run. */
  | { readonly kind: "begun" }
  | ({
      readonly kind: "ready";
      readonly task: TaskName;
      readonly recipe: RunRecipe;
      readonly engine: string;
      readonly parameters: number;
      readonly examples: readonly Example[];
      /** Labels that a piece can be asked to have, by field; classes of a classifier. */
      readonly labels: Readonly<Record<string, readonly string[]>>;
      /** Lenses that have something to show for this model. */
      readonly lenses: readonly Lens[];
      /** A trained model that was opened: it does not learn. */
      readonly opened?: string;
    } & DataFactsShown)
  | {
      readonly kind: "tick";
      readonly step: number;
      readonly steps: number;
      /** Losses of the steps since the last tick, in nats. */
      readonly losses: Float32Array;
      /** Norm of the last gradient before clipping. */
      readonly norm?: number;
      readonly tokensPerSecond: number;
      readonly remaining: number;
    }
  | {
      readonly kind: "valid";
      readonly step: number;
      readonly nats: number;
      readonly best: boolean;
      /** Further measures of the task: accuracy, say. */
      readonly means?: Readonly<Record<string, number>>;
    }
  /** What a language model writes now. */
  | { readonly kind: "samples"; readonly step: number; readonly texts: readonly Written[] }
  | { readonly kind: "written"; readonly id: number; readonly step: number; readonly texts: readonly Written[] }
  /** What any other model makes of examples that were held out. */
  | { readonly kind: "shown"; readonly step: number; readonly answers: readonly Answer[] }
  | { readonly kind: "answered"; readonly id: number; readonly step: number; readonly answer: Answer }
  | {
      readonly kind: "units";
      readonly step: number;
      readonly characters: readonly string[];
      /** Of layers that write: what they have written before each step. */
      readonly targets?: readonly string[];
      readonly surprise: readonly number[];
      /** What the network expected next at each place, best first. */
      readonly alternatives?: Written["alternatives"];
      readonly layers: readonly LayerTrace[];
      readonly held?: GateHold;
    }
  /** ||d loss / d h<t>|| by distance from the last output, for each layer and state. */
  | {
      readonly kind: "gradient";
      readonly step: number;
      readonly lines: readonly { name: string; values: readonly number[] }[];
    }
  /** ||d loss / d x<t>|| of each token. */
  | {
      readonly kind: "saliency";
      readonly step: number;
      readonly tokens: readonly string[];
      readonly values: readonly number[];
    }
  | {
      readonly kind: "attention";
      readonly step: number;
      readonly source: readonly string[];
      readonly target: readonly string[];
      readonly weights: readonly Float32Array[];
    }
  /** Rows of the embedding matrix, as points that stay put from frame to frame. */
  | { readonly kind: "words"; readonly step: number; readonly words: readonly string[]; readonly points: Float32Array }
  | { readonly kind: "parameters"; readonly step: number; readonly pictures: readonly ParameterPicture[] }
  | { readonly kind: "kept"; readonly files: Readonly<Record<string, Uint8Array>> }
  /** `at` is that of the last `pause`, `go` or `step` that was handled; 0 before the first. */
  | { readonly kind: "paused"; readonly step: number; readonly at: number }
  | { readonly kind: "done"; readonly step: number }
  | {
      readonly kind: "failed";
      readonly message: string;
      readonly hint?: string;
      /** The file can be read as text, though not as what its name promises: `task: "language-model"` trains on it. */
      readonly plain?: true;
    };
