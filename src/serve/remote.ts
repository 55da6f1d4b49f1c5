// A backend in another thread: calls and answers as messages over a port.
import { type ErrorCode, UnrolledError } from "../base/index.ts";
import type {
  Backend,
  BackendStats,
  CompletionPart,
  CompletionRequest,
  PredictOptions,
  ServedModel,
} from "./backend.ts";
import { streamOf } from "./stream-of.ts";

/** What both ends of a channel have: Node's and the browser's MessagePort and Worker, made alike. */
export interface Port {
  post(message: unknown): void;
  onMessage(handler: (message: unknown) => void): void;
  close(): void;
}

type Call =
  | { id: number; complete: [model: string, request: CompletionRequest] }
  | { id: number; predict: [model: string, inputs: readonly unknown[], options: PredictOptions] }
  | { id: number; embed: [model: string, texts: readonly string[]] }
  | { id: number; stats: true }
  | { id: number; close: true }
  | { id: number; abort: true };

/** An error as a message between threads. */
export interface SentError {
  message: string;
  where?: string;
  hint?: string;
  code?: ErrorCode;
}

type Answer = { id: number; part: CompletionPart } | { id: number; done: unknown } | { id: number; error: SentError };

export function sentError(error: unknown): SentError {
  if (!(error instanceof UnrolledError)) return { message: error instanceof Error ? error.message : String(error) };
  const { where, hint, code } = error;
  return { message: error.message.split("\n")[0]!.replace(`${where}: `, ""), where, hint, code };
}

export function receivedError({ message, where, hint, code }: SentError): Error {
  return where === undefined ? new Error(message) : new UnrolledError({ where, problem: message, hint, code });
}

/** Answers the calls of `remoteBackend` at the other end of the port. */
export function answerOn(port: Port, backend: Backend): void {
  const calls = new Map<number, AbortController>();
  async function answer(call: Call, signal: AbortSignal): Promise<unknown> {
    if ("complete" in call) {
      for await (const part of backend.complete(...call.complete, signal)) port.post({ id: call.id, part });
      return undefined;
    }
    if ("predict" in call) return backend.predict(...call.predict, signal);
    if ("embed" in call) return backend.embed(...call.embed, signal);
    if ("stats" in call) return backend.stats();
    return backend.close();
  }
  port.onMessage(async (message) => {
    const call = message as Call;
    if ("abort" in call) return calls.get(call.id)?.abort(new Error("the client left"));
    const controller = new AbortController();
    calls.set(call.id, controller);
    try {
      port.post({ id: call.id, done: await answer(call, controller.signal) });
    } catch (error) {
      port.post({ id: call.id, error: sentError(error) });
    } finally {
      calls.delete(call.id);
    }
  });
}

/** What is called when a signal aborts. Calls of one request share a listener: Node warns of more than ten. */
const aborts = new WeakMap<AbortSignal, Set<() => void>>();

function onAbort(signal: AbortSignal | undefined, call: () => void): () => void {
  if (!signal) return () => {};
  let calls = aborts.get(signal);
  if (!calls) {
    const all = new Set<() => void>();
    signal.addEventListener("abort", () => all.forEach((each) => void each()), { once: true });
    aborts.set(signal, all);
    calls = all;
  }
  calls.add(call);
  return () => void calls.delete(call);
}

/** Calls the backend at the other end of the port. `fail` ends every open call: the other thread has stopped. */
export function remoteBackend(port: Port, models: readonly ServedModel[]): Backend & { fail(error: Error): void } {
  interface Open {
    part(part: CompletionPart): void;
    resolve(value: unknown): void;
    reject(error: unknown): void;
  }
  const open = new Map<number, Open>();
  let next = 0;
  let broken: Error | undefined;
  port.onMessage((message) => {
    const answer = message as Answer;
    const call = open.get(answer.id);
    if (!call) return;
    if ("part" in answer) return call.part(answer.part);
    open.delete(answer.id);
    if ("error" in answer) call.reject(receivedError(answer.error));
    else call.resolve(answer.done);
  });

  type Body<C> = C extends unknown ? Omit<C, "id"> : never;
  function ask(call: Body<Call>, signal?: AbortSignal, part: Open["part"] = () => {}): Promise<unknown> {
    const id = next++;
    return new Promise((resolve, reject) => {
      if (broken) return reject(broken);
      if (signal?.aborted) return reject(signal.reason);
      const forget = onAbort(signal, () => {
        port.post({ id, abort: true });
        if (open.delete(id)) reject(signal!.reason);
      });
      const end =
        <T>(then: (value: T) => void) =>
        (value: T) => {
          forget();
          then(value);
        };
      open.set(id, { part, resolve: end(resolve), reject: end(reject) });
      port.post({ id, ...call });
    });
  }
  return {
    models,
    complete: (model, request, signal) =>
      streamOf(async (emit) => {
        await ask({ complete: [model, request] }, signal, emit);
      }),
    predict: async (model, inputs, options, signal) =>
      (await ask({ predict: [model, inputs, options] }, signal)) as readonly unknown[],
    embed: async (model, texts, signal) => (await ask({ embed: [model, texts] }, signal)) as readonly Float32Array[],
    stats: async () => (await ask({ stats: true })) as BackendStats,
    async close() {
      await ask({ close: true }).catch(() => {});
      port.close();
    },
    fail(error) {
      broken = error;
      for (const call of open.values()) call.reject(error);
      open.clear();
    },
  };
}
