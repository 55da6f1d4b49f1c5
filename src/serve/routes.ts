// The routes that use a model: the fields of their bodies, and what they answer.
import type { Backend, PredictOptions, ServedModel } from "./backend.ts";
import { toBase64 } from "./base64.ts";
import { answerCompletion, completionFields } from "./completions.ts";
import type { Limits, RouteContext } from "./context.ts";
import {
  type Body,
  choice,
  type Field,
  type Fields,
  ignored,
  inputs,
  number,
  RequestError,
  readFields,
  text,
  texts,
} from "./fields.ts";

export interface Route {
  readonly about: string;
  /** Tasks whose models it takes. */
  readonly tasks: readonly string[];
  readonly fields: Fields;
  /** In words, for the OpenAPI description. */
  readonly answers: string;
  answer(body: unknown, context: RouteContext): Promise<Response>;
}

export const json = (value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Response =>
  new Response(JSON.stringify(value), { status, headers: { "content-type": "application/json", ...headers } });

/** The model that a request names, or the only one that the route takes. */
export function findModel({ models }: Backend, tasks: readonly string[], name: string | undefined): ServedModel {
  const fitting = models.filter(({ task }) => tasks.includes(task));
  const names = fitting.map((model) => model.name).join(", ");
  if (name === undefined) {
    if (fitting.length === 1) return fitting[0]!;
    const problem = fitting.length === 0 ? `no ${tasks.join(" or ")} is served` : `"model" must be one of ${names}`;
    throw new RequestError(fitting.length === 0 ? 404 : 400, problem, "model");
  }
  const found = models.find((model) => model.name === name);
  if (!found) throw new RequestError(404, `no such model; ${names ? `try ${names}` : "see /v1/models"}`, "model");
  if (!tasks.includes(found.task))
    throw new RequestError(400, `this route takes a ${tasks.join(" or ")}, and the model is a ${found.task}`, "model");
  return found;
}

const model: Field<string | undefined> = text("Name of the model; the only fitting one by default.", undefined);
const string = { type: "string" };

/** A route whose answer is a list of results, one for each input. */
function predictions<F extends Fields>(
  tasks: readonly string[],
  about: string,
  item: object,
  answers: string,
  limits: Limits,
  own: F,
  optionsOf: (body: Body<F>) => PredictOptions = () => ({}),
): Route {
  const fields = { model, inputs: inputs("One input or a list of them.", limits.inputs, item), ...own };
  return {
    about,
    tasks,
    fields,
    answers,
    async answer(given, { backend, signal }) {
      const body = readFields(fields, given) as Body<F> & { model?: string; inputs: readonly unknown[] };
      const served = findModel(backend, tasks, body.model);
      const results = await backend.predict(served.name, body.inputs, optionsOf(body), signal);
      return json({ model: served.name, results });
    },
  };
}

/** What gives a vector of a text. */
const embedders = ["embeddings", "language-model", "classifier", "regressor", "tagger"];

/** All routes that use a model, by path. */
export function modelRoutes(limits: Limits): Readonly<Record<string, Route>> {
  const completion = completionFields(limits);
  const embedding = {
    model,
    input: texts("One text or a list of them.", limits.inputs),
    encoding_format: choice("Lists of numbers, or base64 of float32 numbers, little-endian.", ["float", "base64"]),
    user: ignored,
  };
  const seed = number(
    "Seed of the draws; a random one by default.",
    { min: 0, max: 2 ** 32 - 1, integer: true },
    undefined,
  );
  return {
    "/v1/completions": {
      about: "Continues a text, as OpenAI's completions do; with `stream` as server-sent events.",
      tasks: ["language-model"],
      fields: completion,
      answers: "A `text_completion`, or a stream of them that ends with `data: [DONE]`.",
      async answer(given, context) {
        const body = readFields(completion, given);
        return answerCompletion(findModel(context.backend, ["language-model"], body.model).name, body, context);
      },
    },
    "/v1/embeddings": {
      about:
        "Vectors of texts: means of word vectors, the hidden state of a language model after the text, or what the output layer of a classifier or regressor reads (of a tagger, the mean of its states).",
      tasks: embedders,
      fields: embedding,
      answers: "A list of `embedding` objects.",
      async answer(given, { backend, signal }) {
        const body = readFields(embedding, given);
        const served = findModel(backend, embedders, body.model);
        const vectors = await backend.embed(served.name, body.input, signal);
        const write = body.encoding_format === "base64" ? floatsAsBase64 : (vector: Float32Array) => Array.from(vector);
        const data = vectors.map((vector, index) => ({ object: "embedding", index, embedding: write(vector) }));
        return json({ object: "list", model: served.name, data, usage: { prompt_tokens: 0, total_tokens: 0 } });
      },
    },
    "/classify": predictions(
      ["classifier", "regressor"],
      "Classifies or rates texts.",
      string,
      "`label`, `probability` and `probabilities` of each text, or its `value`.",
      limits,
      {},
    ),
    "/tag": predictions(
      ["tagger"],
      "Tags texts, or lists of tokens.",
      { oneOf: [string, { type: "array", items: string }] },
      "`tokens`, `tags` and `spans` of each text, and the `confidences` of its tags.",
      limits,
      {},
    ),
    "/translate": predictions(
      ["translator"],
      "Translates texts by beam search.",
      string,
      "`translations` of each text, best first.",
      limits,
      {
        beam_size: number("Hypotheses kept at each step.", { min: 1, max: 32, integer: true }, 5),
        n_best: number("Translations to return.", { min: 1, max: 32, integer: true }, 1),
        max_tokens: number("Most tokens of a translation.", { min: 1, max: limits.tokens, integer: true }, undefined),
      },
      ({ beam_size: beamSize, n_best: nBest, max_tokens: maxTokens }) => ({
        beamSize: Math.max(beamSize, nBest),
        nBest,
        ...(maxTokens === undefined ? {} : { maxTokens }),
      }),
    ),
    "/forecast": predictions(
      ["forecaster"],
      "Forecasts the next values of series.",
      { oneOf: [{ type: "array", items: { type: "number" } }, { type: "object" }] },
      "`values` that follow each series, in its unit.",
      limits,
      {},
    ),
    "/compose": predictions(
      ["generator"],
      "Writes names, texts or tunes with given labels.",
      { type: "object", additionalProperties: string },
      "`text` or `abc` (music in ABC notation) of each piece, with its `labels`.",
      limits,
      {
        temperature: number("Below 1 plays safe; 0 takes the likeliest.", { min: 0, max: 10 }, 1),
        max_tokens: number("Most tokens or time steps.", { min: 1, max: limits.tokens, integer: true }, 200),
        seed,
      },
      ({ temperature, max_tokens: maxTokens, seed: given }) => ({
        temperature,
        maxTokens,
        seed: given ?? randomSeed(),
      }),
    ),
  };
}

function floatsAsBase64(vector: Float32Array): string {
  const view = new DataView(new ArrayBuffer(4 * vector.length));
  for (const [i, value] of vector.entries()) view.setFloat32(4 * i, value, true);
  return toBase64(new Uint8Array(view.buffer));
}

export const randomSeed = (): number => crypto.getRandomValues(new Uint32Array(1))[0]!;
