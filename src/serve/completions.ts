// POST /v1/completions: the fields of OpenAI's completions API that make sense here, and a few more.
import type { CompletionEnd, CompletionPiece, CompletionRequest, TokenLogprob } from "./backend.ts";
import type { Limits, RouteContext } from "./context.ts";
import { type Body, describe, flag, ignored, number, RequestError, text, texts } from "./fields.ts";

const none = (about: string) => number(`${about} Only 0 is taken.`, { min: 0, max: 0 }, 0);

export const completionFields = (limits: Limits) => ({
  model: text("Name of the model; the only language model by default.", undefined),
  prompt: texts("What the text begins with; one completion for each of a list. Empty by default.", limits.inputs, [""]),
  max_tokens: number("Most tokens to draw.", { min: 0, max: limits.tokens, integer: true }, 200),
  temperature: number("Below 1 plays safe; 0 takes the likeliest token.", { min: 0, max: 10 }, 1),
  top_p: number("Draws from the likeliest tokens that make up this share (nucleus).", { min: 1e-6, max: 1 }, 1),
  top_k: number("Draws from this many of the likeliest tokens.", { min: 1, integer: true }, undefined),
  min_p: number("Drops tokens this much less likely than the likeliest.", { min: 0, max: 1 }, undefined),
  repetition_penalty: number("Above 1 avoids tokens that were used already.", { min: 0.01, max: 100 }, undefined),
  seed: number(
    "Seed of the draws; a random one by default. Completion i of a request draws with seed + i.",
    { min: 0, max: 2 ** 32 - 1, integer: true },
    undefined,
  ),
  stop: texts("The text ends before the first of these.", 16, []),
  n: number("Completions of each prompt.", { min: 1, max: limits.inputs, integer: true }, 1),
  stream: flag("Send the text as server-sent events, as it is written."),
  stream_options: ignored,
  logprobs: number("Likeliest tokens to list at each step.", { min: 0, max: 20, integer: true }, undefined),
  echo: flag("Begin the text with the prompt."),
  state: text("State that an earlier completion returned; the prompt is read after it.", undefined),
  return_state: flag("Return the state after the text, to go on from later."),
  frequency_penalty: none("Not supported."),
  presence_penalty: none("Not supported."),
  best_of: ignored,
  logit_bias: ignored,
  suffix: ignored,
  user: ignored,
});

type CompletionBody = Body<ReturnType<typeof completionFields>>;

interface Choice {
  index: number;
  text: string;
  logprobs: object | null;
  finish_reason: "stop" | "length" | null;
  state?: string;
}

function requestsOf(body: CompletionBody, limits: Limits): CompletionRequest[] {
  for (const name of ["logit_bias", "suffix"] as const)
    if (body[name] !== undefined && body[name] !== null)
      throw new RequestError(400, `"${name}" is not supported`, name);
  const count = body.prompt.length * body.n;
  if (count === 0 || count > limits.inputs)
    throw new RequestError(400, `1 to ${limits.inputs} completions can be asked for, not ${count}`, "n");
  if (body.stop.includes("")) throw new RequestError(400, '"stop" must not be empty', "stop");
  const seed = body.seed ?? crypto.getRandomValues(new Uint32Array(1))[0]!;
  return body.prompt.flatMap((prompt, p) =>
    Array.from({ length: body.n }, (_, j) => ({
      prompt,
      maxTokens: body.max_tokens,
      temperature: body.temperature,
      topP: body.top_p,
      topK: body.top_k,
      minP: body.min_p,
      repetitionPenalty: body.repetition_penalty,
      seed: (seed + p * body.n + j) % 2 ** 32,
      stop: body.stop,
      logprobs: body.logprobs,
      state: body.state,
      returnState: body.return_state,
    })),
  );
}

export async function answerCompletion(model: string, body: CompletionBody, context: RouteContext): Promise<Response> {
  const requests = requestsOf(body, context.limits);
  const head = {
    id: `cmpl-${crypto.randomUUID()}`,
    object: "text_completion",
    created: Math.floor(Date.now() / 1000),
    model,
  };
  return body.stream ? stream(head, requests, body, context) : whole(head, requests, body, context);
}

const isEnd = (part: CompletionPiece | CompletionEnd): part is CompletionEnd => "end" in part;

function usageOf(ends: readonly CompletionEnd[]) {
  const prompt = ends.reduce((sum, { promptTokens }) => sum + promptTokens, 0);
  const completion = ends.reduce((sum, { completionTokens }) => sum + completionTokens, 0);
  return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion };
}

function logprobsOf(tokens: readonly TokenLogprob[] | undefined): object | null {
  if (!tokens || tokens.length === 0) return null;
  return {
    tokens: tokens.map(({ token }) => token),
    token_logprobs: tokens.map(({ logprob }) => logprob),
    top_logprobs: tokens.map(({ top }) => Object.fromEntries(top.map(({ token, logprob }) => [token, logprob]))),
  };
}

async function whole(
  head: { model: string },
  requests: readonly CompletionRequest[],
  { echo }: CompletionBody,
  { backend, signal }: RouteContext,
): Promise<Response> {
  const ends: CompletionEnd[] = [];
  const choices = await Promise.all(
    requests.map(async (request, index): Promise<Choice> => {
      let text = echo ? request.prompt : "";
      const tokens: TokenLogprob[] = [];
      let ended: CompletionEnd | undefined;
      for await (const part of backend.complete(head.model, request, signal)) {
        if (isEnd(part)) ended = part;
        else {
          text += part.text;
          tokens.push(...(part.logprobs ?? []));
        }
      }
      ends.push(ended!);
      const state = ended!.state === undefined ? {} : { state: ended!.state };
      return { index, text, logprobs: logprobsOf(tokens), finish_reason: ended!.end, ...state };
    }),
  );
  return Response.json({ ...head, choices, usage: usageOf(ends) });
}

/** All completions of a request share a stream; `index` is the completion's. */
async function stream(
  head: { model: string },
  requests: readonly CompletionRequest[],
  { echo, stream_options }: CompletionBody,
  { backend, signal, firstToken }: RouteContext,
): Promise<Response> {
  const left = new AbortController();
  const both = AbortSignal.any([signal, left.signal]);
  // A prompt that is refused is refused with a status: each first part is waited for.
  const running = requests.map((request) => backend.complete(head.model, request, both)[Symbol.asyncIterator]());
  const firsts = await Promise.all(running.map((parts) => parts.next())).catch((error: unknown) => {
    left.abort();
    throw error;
  });
  firstToken();
  const encoder = new TextEncoder();
  const withUsage = (stream_options as { include_usage?: unknown } | undefined)?.include_usage === true;
  const body = new ReadableStream<Uint8Array>(
    {
      async start(controller) {
        const send = (data: unknown) => controller.enqueue(encoder.encode(`data: ${JSON.stringify(data)}\n\n`));
        const choice = (one: Choice) => send({ ...head, choices: [one] });
        const ends: CompletionEnd[] = [];
        try {
          await Promise.all(
            running.map(async (parts, index) => {
              if (echo) choice({ index, text: requests[index]!.prompt, logprobs: null, finish_reason: null });
              for (let next = firsts[index]!; !next.done; next = await parts.next()) {
                const part = next.value;
                if (isEnd(part)) {
                  ends.push(part);
                  const state = part.state === undefined ? {} : { state: part.state };
                  choice({ index, text: "", logprobs: null, finish_reason: part.end, ...state });
                } else choice({ index, text: part.text, logprobs: logprobsOf(part.logprobs), finish_reason: null });
              }
            }),
          );
          if (withUsage) send({ ...head, choices: [], usage: usageOf(ends) });
          controller.enqueue(encoder.encode("data: [DONE]\n\n"));
          controller.close();
        } catch (error) {
          if (left.signal.aborted) return;
          // The status has been sent: the stream ends with an event that has the reason.
          const aborted = signal.aborted && signal.reason instanceof RequestError ? signal.reason : error;
          const { status, message } = describe(aborted);
          send({ error: { message, type: status < 500 ? "invalid_request_error" : "server_error", code: status } });
          controller.close();
          left.abort();
        }
      },
      cancel: () => left.abort(),
    },
    { highWaterMark: 16 },
  );
  return new Response(body, {
    headers: {
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-cache",
      "x-accel-buffering": "no",
    },
  });
}
