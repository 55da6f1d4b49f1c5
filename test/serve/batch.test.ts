// What a text is does not depend on what else the server does.
import { afterAll, beforeAll, expect, test } from "vitest";
import { generate, temperature } from "../../src/index.ts";
import type { Backend, CompletionRequest } from "../../src/serve/index.ts";
import { localBackend } from "../../src/serve/index.ts";
import { stopCutter } from "../../src/serve/stop.ts";
import { compose } from "../../src/tasks/index.ts";
import { korean, names, reviews, writer } from "./models.ts";

const base: CompletionRequest = { prompt: "ab", maxTokens: 20, temperature: 1, topP: 1, seed: 1, stop: [] };
let backend: Backend;
beforeAll(async () => {
  backend = await localBackend({ lm: writer(), korean: korean(), reviews: reviews(), names: names() }, { threads: 1 });
});
afterAll(() => backend.close());

async function complete(
  request: Partial<CompletionRequest>,
  signal = new AbortController().signal,
  model: "lm" | "korean" = "lm",
) {
  let text = "";
  for await (const part of backend.complete(model, { ...base, ...request }, signal)) {
    if ("end" in part) return { text, ...part };
    text += part.text;
  }
  throw new Error("no end");
}

test("200 seeded completions at the same time are the 200 texts one by one", async () => {
  const requests = Array.from({ length: 200 }, (_, i) => ({
    seed: i,
    maxTokens: 1 + ((i * 7) % 25),
    prompt: "abcdefgh .,".repeat(1 + (i % 9)).slice(0, 1 + ((i * 13) % 80)),
  }));
  const together = await Promise.all(requests.map((request) => complete(request)));
  const { stepRows } = await backend.stats();
  expect(stepRows[16]).toBeGreaterThan(10); // they did share steps
  for (const [i, request] of requests.entries()) if (i % 5 === 0) expect(await complete(request)).toEqual(together[i]);
});

test("a seed gives the text of generate", async () => {
  for (const seed of [1, 2]) {
    let text = "";
    const options = { prompt: "ab", seed, maxTokens: 30, filters: [temperature(0.7)] };
    for await (const piece of generate(writer(), options)) text += piece;
    expect((await complete({ seed, maxTokens: 30, temperature: 0.7 })).text).toBe(text);
  }
});

test("Korean letters become syllables, the last one too", async () => {
  for (const maxTokens of [1, 2, 3, 4, 5, 6, 7, 8]) {
    let text = "";
    const options = { prompt: "나", seed: 3, maxTokens, filters: [temperature(0.7)] };
    for await (const piece of generate(korean(), options)) text += piece;
    const found = await complete({ prompt: "나", seed: 3, maxTokens, temperature: 0.7 }, undefined, "korean");
    expect(found.text).toBe(text);
    expect(text).not.toBe("");
    expect(text.normalize("NFC")).toBe(text);
  }
});

test("a generator's piece is that of compose", async () => {
  const { signal } = new AbortController();
  const inputs: Record<string, string>[] = [{ language: "Greek" }, { language: "Korean" }, {}];
  const found = await backend.predict("names", inputs, { seed: 5, maxTokens: 12 }, signal);
  for (const [i, labels] of inputs.entries())
    for await (const one of compose(names(), { labels, seed: 5 + i, maxTokens: 12 })) expect(found[i]).toEqual(one);
});

test("a text goes on from the state that was returned", async () => {
  const whole = await complete({ temperature: 0, maxTokens: 60 });
  const first = await complete({ temperature: 0, maxTokens: 25, returnState: true });
  const second = await complete({ temperature: 0, maxTokens: 35, prompt: "", state: first.state });
  expect(first.text + second.text).toBe(whole.text);
  await expect(complete({ state: "AAAA" })).rejects.toThrow("expected a state that this model returned, got 3 bytes");
  await expect(complete({ state: "{}" })).rejects.toThrow("not base64");
});

test("a completion that is aborted leaves, and the others go on", async () => {
  const controller = new AbortController();
  const left = complete({ maxTokens: 100_000, seed: 9 }, controller.signal);
  const other = complete({ seed: 4 });
  controller.abort(new Error("the client left"));
  await expect(left).rejects.toThrow("the client left");
  expect(await other).toEqual(await complete({ seed: 4 }));
});

test("stop strings cut the same text, however it comes in pieces", async () => {
  const { text } = await complete({ seed: 8, maxTokens: 60 });
  const stop = text.slice(20, 23);
  const cut = await complete({ seed: 8, maxTokens: 60, stop: [stop, "zzz"] });
  expect(cut).toMatchObject({ text: text.slice(0, text.indexOf(stop)), end: "stop" });
  for (let size = 1; size < 9; size++) {
    const cutter = stopCutter(["xyz", "yzw"]);
    let shown = "";
    for (const source of ["xxyyzxyyzwxyz"]) {
      for (let at = 0; at < source.length; at += size) shown += cutter.push(source.slice(at, at + size)).text;
      expect(shown + cutter.end()).toBe("xxyyzxy");
    }
  }
});

test("requests that wait share a batch, and a faulty one fails alone", async () => {
  const { signal } = new AbortController();
  const results = await Promise.allSettled(
    ["abc", "h", "a b"]
      .map((text) => backend.predict("reviews", [text, text], {}, signal))
      .concat(backend.predict("reviews", [7], {}, signal)),
  );
  expect(results.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "fulfilled", "rejected"]);
  expect((await backend.stats()).batchInputs[3]).toBe(1); // six inputs, one batch
  for (const result of results.slice(0, 3)) {
    const [a, b] = (result as PromiseFulfilledResult<{ label: string; probabilities: Record<string, number> }[]>).value;
    expect(a).toEqual(b);
    expect(Object.keys(a!.probabilities)).toEqual(["good", "bad"]);
  }
});
