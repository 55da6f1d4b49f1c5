// A completion as a writer: reads a prompt, draws tokens, cuts at stop strings, and keeps the state to go on from.
import { fail, foldIn, random, randomKey } from "../base/index.ts";
import { type Filter, minP, repetitionPenalty, sample, softmax, temperature, topK, topP } from "../decode/index.ts";
import type { LanguageModel } from "../tasks/index.ts";
import type { CompletionPart, CompletionRequest, TokenLogprob } from "./backend.ts";
import type { Writer } from "./continuous.ts";
import { decodeState, encodeState } from "./state-token.ts";
import { stopCutter } from "./stop.ts";

/** @throws UnrolledError where the prompt has unknown characters or words, or the state is not one of this model */
export function textWriter(
  model: LanguageModel,
  request: CompletionRequest,
  emit: (part: CompletionPart) => void,
): Writer<number> {
  const { tokenizer } = model;
  const { bos, eos } = tokenizer.special;
  const earlier = request.state === undefined ? undefined : decodeState(model, request.state);
  const prompt = request.prompt === "" ? [] : [...tokenizer.encode(request.prompt, { unknown: "error" })];
  // The draws of `generate`: the same seed, the same text.
  const draws = random(foldIn(randomKey(request.seed), "generate", 0));
  const history = earlier ? [...earlier.pending, ...prompt] : [...(bos === undefined ? [] : [bos]), ...prompt];
  checkLength("prompt", history.length);
  const decoder = tokenizer.decodeStream();
  for (const id of earlier ? history : prompt) decoder.push(id);
  decoder.end(); // what follows the prompt is told apart from it
  const filters = filtersOf(request);
  const cut = stopCutter(request.stop);
  const promptTokens = history.length;
  const start = [...history];
  let count = 0;
  let ended: "stop" | "length" | undefined;

  function end(reason: "stop" | "length"): undefined {
    ended = reason;
  }

  /** Takes a drawn id: returns it while there is more to draw. */
  function take(id: number, logprobs?: TokenLogprob): number | undefined {
    if (id === eos) return end("stop");
    count++;
    history.push(id);
    const { text, stopped } = cut.push(decoder.push(id));
    if (text !== "" || logprobs) emit({ text, ...(logprobs ? { logprobs: [logprobs] } : {}) });
    if (stopped) return end("stop");
    if (count === request.maxTokens) return end("length");
    return id;
  }

  if (start.length === 0) {
    // Nothing to read: a model without <bos> begins with a token that is drawn evenly.
    const id = draws.below(tokenizer.vocabulary.size);
    start.push(id);
    if (request.maxTokens > 0) take(id);
  }
  return {
    start,
    states: earlier?.states,
    next(logits) {
      if (ended) return undefined;
      if (request.maxTokens === 0) return end("length");
      const id = sample(logits, filters, draws, history);
      const listed = request.logprobs === undefined ? undefined : logprobsOf(model, logits, id, request.logprobs);
      return take(id, listed);
    },
    end(states) {
      const rest = cut.push(decoder.end()).text + cut.end();
      if (rest !== "") emit({ text: rest });
      // What was drawn last has not been read: it is read first when the text goes on.
      const pending = count > 0 && ended === "length" ? history.slice(-1) : [];
      const state = request.returnState ? encodeState(model, { states, pending }) : undefined;
      emit({ end: ended ?? "length", promptTokens, completionTokens: count, ...(state ? { state } : {}) });
    },
  };
}

function filtersOf({ temperature: t, topP: p, topK: k, minP: m, repetitionPenalty: r }: CompletionRequest): Filter[] {
  return [
    ...(r === undefined ? [] : [repetitionPenalty(r)]),
    temperature(t),
    ...(k === undefined ? [] : [topK(k)]),
    ...(p === 1 ? [] : [topP(p)]),
    ...(m === undefined ? [] : [minP(m)]),
  ];
}

function logprobsOf({ tokenizer }: LanguageModel, logits: Float32Array, id: number, count: number): TokenLogprob {
  const logs = softmax(logits).map(Math.log);
  const name = (token: number) => tokenizer.decode([token]);
  const order = Array.from(logs.keys()).sort((a, b) => logs[b]! - logs[a]! || a - b);
  return {
    token: name(id),
    logprob: logs[id]!,
    top: order.slice(0, count).map((token) => ({ token: name(token), logprob: logs[token]! })),
  };
}

/** Most tokens of a prompt or of a text to embed. Longer ones hold a place for minutes; a state goes on from any length. */
const mostTokens = 65_536;

export function checkLength(where: string, tokens: number): void {
  if (tokens > mostTokens)
    fail({ where, expected: `at most ${mostTokens} tokens`, received: String(tokens), code: "data" });
}
