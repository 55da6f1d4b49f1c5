// Requests to the server as a value: what is answered, and what is refused with one sentence.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { encode } from "../../src/index.ts";
import { type Backend, localBackend, modelServer } from "../../src/serve/index.ts";
import { names, reviews, writer } from "./models.ts";

let backend: Backend;
beforeAll(async () => {
  backend = await localBackend({ lm: writer(), reviews: reviews(), names: names() }, { threads: 1 });
});
afterAll(() => backend.close());

const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  new Request(`http://localhost:8080${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
const server = (options = {}) => modelServer(backend, options);
const answer = async (request: Request, options = {}) => {
  const response = await server(options).fetch(request);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};

/** Bodies of server-sent events. */
async function eventsOf(response: Response): Promise<string[]> {
  const text = await response.text();
  expect(text.endsWith("\n\n")).toBe(true);
  return text
    .trimEnd()
    .split("\n\n")
    .map((line) => line.replace(/^data: /, ""));
}

test("a completion, whole and as a stream, is the same text", async () => {
  const request = { prompt: ["ab", "c"], n: 2, seed: 7, max_tokens: 12, logprobs: 2, stop: "." };
  const whole = await answer(post("/v1/completions", request));
  expect(whole.status).toBe(200);
  const choices = whole.body.choices as {
    text: string;
    index: number;
    finish_reason: string;
    logprobs: { tokens: string[] };
  }[];
  expect(choices.map(({ index }) => index)).toEqual([0, 1, 2, 3]);
  const streamed = await server().fetch(
    post("/v1/completions", { ...request, stream: true, stream_options: { include_usage: true } }),
  );
  const events = await eventsOf(streamed);
  expect(events.pop()).toBe("[DONE]");
  expect(JSON.parse(events.pop()!).usage).toEqual(whole.body.usage);
  const texts = ["", "", "", ""];
  for (const event of events) {
    const [choice] = JSON.parse(event).choices;
    texts[choice.index] += choice.text;
  }
  expect(texts).toEqual(choices.map(({ text }) => text));
  for (const { logprobs, finish_reason } of choices) {
    expect(["stop", "length"]).toContain(finish_reason);
    expect(logprobs.tokens.length).toBeGreaterThan(0);
  }
});

test("each task has its route", async () => {
  expect((await answer(post("/classify", { inputs: ["abc", "h"] }))).body.results).toHaveLength(2);
  expect((await answer(post("/classify", { inputs: "abc" }))).body.results).toHaveLength(1);
  const pieces = await answer(post("/compose", { inputs: { language: "Greek" }, seed: 3 }));
  expect(pieces.body.results).toMatchObject([{ labels: { language: "Greek" } }]);
  const vectors = await answer(post("/v1/embeddings", { model: "reviews", input: ["abc", "h"] }));
  const encoded = [];
  for await (const { vector } of encode(reviews(), ["abc", "h"])) encoded.push({ embedding: Array.from(vector) });
  expect(vectors.body.data).toMatchObject(encoded);
  const asked = { model: "reviews", input: ["abc", "h"], encoding_format: "base64" }; // as the `openai` package asks
  const [{ embedding: packed }] = (await answer(post("/v1/embeddings", asked))).body.data as [{ embedding: string }];
  const bytes = Uint8Array.from(Buffer.from(packed, "base64"));
  expect([...new Float32Array(bytes.buffer)]).toEqual(encoded[0]!.embedding);
  const { body } = await answer(post("/v1/embeddings", { model: "lm", input: ["abc", "abd"] }));
  const data = body.data as { embedding: number[] }[];
  expect(data.map(({ embedding }) => embedding.length)).toEqual([20, 20]);
  const list = (await answer(new Request("http://localhost/v1/models"))).body.data as { id: string }[];
  expect(list.map(({ id }) => id)).toEqual(["lm", "reviews", "names"]);
});

describe("refused with one sentence", () => {
  const completion = (body: object) => post("/v1/completions", body);
  const cases: Record<string, [Request, status: number, message: string | RegExp, options?: object]> = {
    "no JSON": [completion("{bad" as never), 400, "the body is not valid JSON"],
    "no UTF-8": [
      new Request("http://localhost/classify", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: Uint8Array.of(34, 255, 34),
      }),
      400,
      "the body is not valid JSON",
    ],
    "another content type": [post("/classify", {}, { "content-type": "text/plain" }), 415, /application\/json/],
    "a list": [completion([]), 400, "the body must be a JSON object"],
    NaN: [completion('{"temperature": NaN}' as never), 400, "the body is not valid JSON"],
    infinity: [completion('{"temperature": 1e999}' as never), 400, '"temperature" must be a number from 0 to 10'],
    "NaN as a text": [completion({ temperature: "NaN" }), 400, '"temperature" must be a number from 0 to 10'],
    "a number for a text": [completion({ prompt: 5 }), 400, /"prompt" must be a text or a list/],
    "an object among texts": [completion({ prompt: ["a", {}] }), 400, /"prompt" must be a text or a list/],
    "numbers for a text": [post("/classify", { inputs: [[1, 2]] }), 400, /expected a text/],
    "an object for a text": [post("/classify", { inputs: { text: "a" } }), 400, /expected a text/],
    "no body": [post("/classify", ""), 400, "the body is not valid JSON"],
    "lists in lists": [post("/classify", "[".repeat(1e5)), 400, "the body is not valid JSON"],
    "prototypes in lists": [post("/classify", '{"inputs": [{"__proto__": {"length": 1e9}}]}'), 400, /expected a text/],
    "a fraction": [completion({ max_tokens: 1.5 }), 400, /"max_tokens" must be a whole number/],
    __proto__: [completion('{"__proto__": {"stream": true}}' as never), 400, /"__proto__" is no field/],
    "a misspelled field": [
      completion({ promt: "a" }),
      400,
      /"promt" is no field of this request; the fields are model, prompt/,
    ],
    "unknown characters": [completion({ prompt: "Ω" }), 400, /unknown character "Ω"/],
    "unknown characters in a stream": [completion({ prompt: "Ω", stream: true }), 400, /unknown character "Ω"/],
    "an unknown model": [completion({ model: "gpt" }), 404, "no such model; try lm"],
    "a model of another task": [
      completion({ model: "reviews" }),
      400,
      /takes a language-model, and the model is a classifier/,
    ],
    "a task that is not served": [post("/tag", { inputs: "a" }), 404, "no tagger is served"],
    "a missing field": [post("/classify", {}), 400, /"inputs" must be .*; it is missing/],
    "too many inputs": [post("/classify", { inputs: new Array(300).fill("a") }), 400, /at most 256/],
    "too many completions": [completion({ prompt: new Array(200).fill("a"), n: 2 }), 400, /1 to 256 completions/],
    "a body that is too large": [
      completion({ prompt: "a".repeat(2000) }),
      413,
      /larger than 1000 bytes/,
      { maxBody: 1000 },
    ],
    "a prompt of 10^6 tokens": [
      completion({ prompt: "a".repeat(1e6) }),
      400,
      "prompt: expected at most 65536 tokens, got 1000000",
    ],
    "a text of 10^6 tokens": [
      post("/classify", { inputs: "a".repeat(1e6) }),
      400,
      /at most 65536 characters, got 1000000/,
    ],
    "a wrong label": [post("/compose", { inputs: { language: "Dutch" } }), 400, /language among Korean, Greek/],
    "an unknown path": [post("/admin", {}), 404, "no such path; see /openapi.json"],
    "a path of every object": [post("/constructor", {}), 404, "no such path; see /openapi.json"],
    "a wrong method": [new Request("http://localhost/classify"), 405, "use POST"],
    "another host": [
      post("/classify", { inputs: "a" }, { host: "evil.example:8080" }),
      421,
      /does not answer for that host/,
      { hosts: ["localhost"] },
    ],
    "another origin": [
      post("/classify", { inputs: "a" }, { origin: "https://evil.example" }),
      403,
      /other origins/,
      { hosts: ["localhost"] },
    ],
    "no token": [post("/classify", { inputs: "a" }), 401, /token is needed/, { token: "secret" }],
    "a wrong token": [
      post("/classify", { inputs: "a" }, { authorization: "Bearer secre" }),
      401,
      /token is needed/,
      { token: "secret" },
    ],
  };
  test.each(Object.entries(cases))("%s", async (_, [request, status, message, options]) => {
    const found = await answer(request, options);
    const { error } = found.body as unknown as { error: { message: string; code: number } };
    expect(error.message).toMatch(message);
    expect([found.status, error.code]).toEqual([status, status]);
    expect(error.message).not.toMatch(/\n|\.ts\b|\/home|\bat .*:\d/);
  });
});

test("a valid token and the server's own origin are let in", async () => {
  const options = { token: "secret", hosts: ["localhost"] };
  const headers = { authorization: "Bearer secret", origin: "http://localhost:8080", host: "localhost:8080" };
  expect((await answer(post("/classify", { inputs: "a" }, headers), options)).status).toBe(200);
});

test("what the server cannot do is not described to the client", async () => {
  const seen: unknown[] = [];
  const broken: Backend = { ...backend, predict: () => Promise.reject(new Error("/secret/path")) };
  const response = await modelServer(broken, { log: (error) => seen.push(error) }).fetch(
    post("/classify", { inputs: "a" }),
  );
  expect(response.status).toBe(500);
  expect(await response.text()).not.toContain("secret");
  expect(String(seen[0])).toContain("/secret/path");
});

test("a full server answers 429 with Retry-After, and is well again", async () => {
  const one = server({ maxRequests: 2 });
  const long = () => one.fetch(post("/v1/completions", { max_tokens: 300, seed: 1 }));
  const all = await Promise.all([long(), long(), long(), long()]);
  expect(all.map(({ status }) => status).sort()).toEqual([200, 200, 429, 429]);
  expect(all.find(({ status }) => status === 429)!.headers.get("retry-after")).toBe("1");
  expect((await long()).status).toBe(200);
});

test("slow senders take no places", async () => {
  const one = server({ maxRequests: 2, timeout: 0.2 });
  const slow = () =>
    new Request("http://localhost/classify", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: new ReadableStream({ start: (controller) => controller.enqueue(Uint8Array.of(123)) }), // "{", and no more
      duplex: "half",
    } as RequestInit);
  const waiting = Array.from({ length: 5 }, () => one.fetch(slow()));
  expect((await one.fetch(post("/classify", { inputs: "a" }))).status).toBe(200);
  expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual([504, 504, 504, 504, 504]);
});

test("draining refuses new requests, and ends streams with an event after the grace", async () => {
  const one = server();
  const stream = await one.fetch(post("/v1/completions", { max_tokens: 4096, stream: true, seed: 2 }));
  const text = eventsOf(stream);
  const drained = one.drain(0.05);
  expect((await one.fetch(post("/classify", { inputs: "a" }))).status).toBe(503);
  expect((await one.fetch(new Request("http://localhost/ready"))).status).toBe(503);
  await drained;
  const last = (await text).at(-1)!;
  expect(JSON.parse(last).error).toMatchObject({ message: "the server is stopping", code: 503 });
});

test("a request that takes too long is given up", async () => {
  const found = await answer(post("/v1/completions", { max_tokens: 4096 }), { timeout: 0.03 });
  expect(found).toMatchObject({ status: 504, body: { error: { message: "no answer within 0.03 s" } } });
});

test("metrics and the OpenAPI description", async () => {
  const one = server();
  await one.fetch(post("/classify", { inputs: "a" }));
  await one.fetch(post("/nothing", {}));
  const text = await (await one.fetch(new Request("http://localhost/metrics"))).text();
  expect(text).toContain('unrolled_requests_total{route="/classify",status="200"} 1');
  expect(text).toContain('unrolled_requests_total{route="other",status="404"} 1');
  for (const line of text.trimEnd().split("\n"))
    expect(line).toMatch(/^(# (HELP|TYPE) unrolled_\w+ .+|unrolled_\w+(\{[^}]*\})? [\d.e+-]+)$/);
  const { body } = await answer(
    new Request("http://localhost/openapi.json", { headers: { authorization: "Bearer a" } }),
    {
      token: "a",
    },
  );
  const paths = body.paths as Record<
    string,
    { post?: { requestBody: { content: Record<string, { schema: { properties: object } }> } } }
  >;
  expect(
    Object.keys(paths["/v1/completions"]!.post!.requestBody.content["application/json"]!.schema.properties),
  ).toContain("prompt");
});
