// A training that is watched from another thread or over a network: what is asked of it, and what it posts. Plain data.
import type { Recipe } from "../tasks/index.ts";

/** What decides a run; the same recipe, seed and text give the same network. */
export interface RunRecipe extends Omit<Recipe, "steps" | "epochs" | "minutes"> {
  readonly embeddingSize: number;
  readonly steps: number;
  /** `lines`: each line is a sequence of its own, such as a name; `stream`: one long text. */
  readonly kind: "lines" | "stream";
  readonly seed: number;
}

export type Lens = "units" | "gradient" | "parameters";

export type ToRun =
  | { readonly kind: "start"; readonly recipe: Partial<RunRecipe>; readonly text: string; readonly paused?: boolean }
  | { readonly kind: "pause" }
  | { readonly kind: "go" }
  | { readonly kind: "step" }
  | { readonly kind: "stop" }
  /** What is on the screen; the rest is not computed. */
  | { readonly kind: "watch"; readonly lens: Lens | null; readonly probe: string }
  | {
      readonly kind: "write";
      readonly id: number;
      readonly prompt: string;
      readonly temperature: number;
      readonly seed: number;
    }
  | { readonly kind: "keep" };

/** A text with what the network thought of each of its characters. */
export interface Written {
  readonly text: string;
  /** -log2 p of each character after the prompt, in bits. */
  readonly surprise: readonly number[];
}

/** A layer over a probe text; matrices [T, H], row-major. */
export interface LayerTrace {
  readonly name: string;
  readonly H: number;
  readonly states: Readonly<Record<string, Float32Array>>;
  readonly gates: Readonly<Record<string, Float32Array>>;
}

/** A parameter as a picture: its values, at most 64 x 64, and its norm. */
export interface ParameterPicture {
  readonly name: string;
  readonly shape: readonly number[];
  readonly gates?: readonly string[];
  readonly rows: number;
  readonly columns: number;
  readonly values: Float32Array;
  readonly norm: number;
}

export type FromRun =
  | {
      readonly kind: "ready";
      readonly recipe: RunRecipe;
      readonly engine: string;
      readonly parameters: number;
      readonly vocabulary: number;
      readonly rows: number;
      readonly tokens: number;
      readonly validTokens: number;
    }
  | {
      readonly kind: "tick";
      readonly step: number;
      readonly steps: number;
      /** Losses of the steps since the last tick, in nats. */
      readonly losses: Float32Array;
      readonly tokensPerSecond: number;
      readonly remaining: number;
    }
  | { readonly kind: "valid"; readonly step: number; readonly nats: number; readonly best: boolean }
  | { readonly kind: "samples"; readonly step: number; readonly texts: readonly Written[] }
  | { readonly kind: "written"; readonly id: number; readonly step: number; readonly texts: readonly Written[] }
  | {
      readonly kind: "units";
      readonly step: number;
      readonly characters: readonly string[];
      readonly surprise: readonly number[];
      readonly layers: readonly LayerTrace[];
    }
  /** ||d loss / d h<t>|| by distance from the last character, for each layer and state. */
  | {
      readonly kind: "gradient";
      readonly step: number;
      readonly lines: readonly { name: string; values: readonly number[] }[];
    }
  | { readonly kind: "parameters"; readonly step: number; readonly pictures: readonly ParameterPicture[] }
  | { readonly kind: "kept"; readonly files: Readonly<Record<string, Uint8Array>> }
  | { readonly kind: "paused"; readonly step: number }
  | { readonly kind: "done"; readonly step: number }
  | { readonly kind: "failed"; readonly message: string; readonly hint?: string };
