// Each route gives what `predict`, `encode` or the word vectors give.
import { afterAll, beforeAll, expect, test } from "vitest";
import { wordVectors } from "../../src/embeddings/index.ts";
import {
  encode,
  type Forecaster,
  nodeEngine,
  predict,
  type Regressor,
  type Tagger,
  type Translator,
} from "../../src/index.ts";
import { type Backend, localBackend, modelServer } from "../../src/serve/index.ts";
import { modelNamed } from "../export/models.ts";

const regressor = modelNamed("regressor") as Regressor;
const tagger = modelNamed("tagger, CRF and characters") as Tagger;
const translator = modelNamed("translator, attention") as Translator;
const forecaster = modelNamed("forecaster") as Forecaster;
const vectors = wordVectors({ words: ["a", "fine", "film"], dim: 2, matrix: Float32Array.of(1, 2, 3, 4, 5, 6) });
const engine = nodeEngine({ threads: 1 });

let backend: Backend;
beforeAll(async () => {
  backend = await localBackend({ regressor, tagger, translator, forecaster, vectors }, { engine });
});
afterAll(() => backend.close());

async function answer(path: string, body: object): Promise<Record<string, unknown>> {
  const headers = { "content-type": "application/json" };
  const request = new Request(`http://localhost${path}`, { method: "POST", headers, body: JSON.stringify(body) });
  const response = await modelServer(backend).fetch(request);
  expect(response.status).toBe(200);
  return (await response.json()) as Record<string, unknown>;
}

async function all(items: AsyncIterable<unknown>): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const one of items) found.push(one);
  return found;
}

/** As JSON, numbers to four digits: batches of another size may round differently. */
const plain = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (_, part) =>
      ArrayBuffer.isView(part) ? Array.from(part as Float32Array) : typeof part === "number" ? +part.toFixed(4) : part,
    ),
  );

const texts = ["a fine film", "Ann Lee saw Rome."];
const series = [Array.from({ length: 9 }, (_, t) => 50 + t), Array.from({ length: 9 }, (_, t) => -3 + t / 9)];

test("POST /classify rates", async () => {
  const { results } = await answer("/classify", { inputs: texts });
  expect(plain(results)).toEqual(plain(await all(predict(regressor, texts, { engine }))));
});

test("POST /tag takes texts and lists of tokens", async () => {
  const inputs = [...texts, ["Ann", "saw", "Rome"]];
  const { results } = await answer("/tag", { inputs });
  expect(plain(results)).toEqual(plain(await all(predict(tagger, inputs, { engine }))));
});

test("POST /translate", async () => {
  const inputs = ["abc", "edcba"];
  const { results } = await answer("/translate", { inputs, beam_size: 3, n_best: 2, max_tokens: 8 });
  const options = { engine, beamSize: 3, nBest: 2, maxTokens: 8 };
  expect(plain(results)).toEqual(plain(await all(predict(translator, inputs, options))));
});

test("POST /forecast answers in the unit of the series", async () => {
  const { results } = await answer("/forecast", { inputs: { load: series[0], heat: series[1] } });
  const given = { names: ["load", "heat"], series: series.map((one) => Float64Array.from(one)), length: 9 };
  const [expected] = (await all(predict(forecaster, [{ series: given }], { engine }))) as [{ values: Float64Array }];
  expect(plain(results)).toEqual(plain([{ values: expected.values }]));
});

test("POST /v1/embeddings of word vectors, a regressor and a tagger", async () => {
  const { data } = await answer("/v1/embeddings", { model: "vectors", input: ["a fine film", "fine"] });
  expect(plain(data)).toMatchObject([{ embedding: [3, 4] }, { embedding: [3, 4] }]);
  for (const [name, model] of Object.entries({ regressor, tagger })) {
    const encoded = (await all(encode(model as Regressor, texts, { engine }))) as { vector: Float32Array }[];
    const { data } = await answer("/v1/embeddings", { model: name, input: texts });
    expect(plain(data)).toMatchObject(encoded.map(({ vector }) => ({ embedding: plain(vector) })));
  }
});
