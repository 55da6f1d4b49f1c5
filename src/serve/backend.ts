// What answers a server's requests: models in this thread (`localBackend`) or in another one (`remoteBackend`).

/** A model that is served, as `/v1/models` lists it. */
export interface ServedModel {
  readonly name: string;
  /** Its task's name, or `embeddings` for word vectors. */
  readonly task: string;
  /** Number of parameters, frozen ones included. */
  readonly parameters: number;
  /** A generator's labels by field, a forecaster's series: what a request may ask for. */
  readonly asks?: Readonly<Record<string, readonly string[]>>;
  /** Steps that a forecaster reads. */
  readonly length?: number;
}

/** One completion: a prompt and how to go on. */
export interface CompletionRequest {
  readonly prompt: string;
  /** Most tokens to draw. */
  readonly maxTokens: number;
  readonly temperature: number;
  readonly topP: number;
  readonly topK?: number;
  readonly minP?: number;
  readonly repetitionPenalty?: number;
  /** Of the draws. The same seed gives the same text, whatever else the server does. */
  readonly seed: number;
  /** The text ends before the first of these. */
  readonly stop: readonly string[];
  /** Likeliest tokens to list at each step; none by default. */
  readonly logprobs?: number;
  /** State that an earlier completion returned: the prompt is read after it. */
  readonly state?: string;
  /** Return the state after the text. */
  readonly returnState?: boolean;
}

/** A token as it was drawn, with natural logarithms of probabilities before temperature and filters. */
export interface TokenLogprob {
  readonly token: string;
  readonly logprob: number;
  readonly top: readonly { readonly token: string; readonly logprob: number }[];
}

export interface CompletionPiece {
  readonly text: string;
  readonly logprobs?: readonly TokenLogprob[];
}

export interface CompletionEnd {
  /** `stop`: the end of the text or a stop string; `length`: `maxTokens`. */
  readonly end: "stop" | "length";
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly state?: string;
}

/** Pieces of the text, and at last how it ended. */
export type CompletionPart = CompletionPiece | CompletionEnd;

export interface PredictOptions {
  /** Translators: hypotheses kept at each step, and translations to return. */
  readonly beamSize?: number;
  readonly nBest?: number;
  readonly maxTokens?: number;
  /** Generators. */
  readonly temperature?: number;
  readonly seed?: number;
}

/** Counts since the start, for `/metrics`. */
export interface BackendStats {
  /** Requests that wait for a place. */
  readonly waiting: number;
  /** Completions that are being written. */
  readonly running: number;
  /** Steps of language models, by the number of texts that took part. */
  readonly stepRows: readonly number[];
  readonly stepSeconds: number;
  readonly tokensRead: number;
  readonly tokensWritten: number;
  /** Batches of other tasks, by their number of inputs (1, 2, 4 ... 256). */
  readonly batchInputs: readonly number[];
  readonly batchSeconds: number;
}

export interface Backend {
  readonly models: readonly ServedModel[];
  /** @throws UnrolledError where the prompt or the state does not fit the model */
  complete(model: string, request: CompletionRequest, signal: AbortSignal): AsyncIterable<CompletionPart>;
  /** Results in the order of the inputs, as plain data for JSON. @throws UnrolledError where an input does not fit */
  predict(
    model: string,
    inputs: readonly unknown[],
    options: PredictOptions,
    signal: AbortSignal,
  ): Promise<readonly unknown[]>;
  /** Vectors of texts: means of word vectors, the state of a language model after the text, or a reader's vector of `encode`. */
  embed(model: string, texts: readonly string[], signal: AbortSignal): Promise<readonly Float32Array[]>;
  /** Also a sign of life. */
  stats(): Promise<BackendStats>;
  close(): Promise<void>;
}
