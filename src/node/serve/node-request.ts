// A standard Request over Node's message. Node's own Request costs about a millisecond where it has a signal (copies of
// headers, weak references, finalizers), so that a server of a thousand requests a second spends its time there. What a
// server reads is answered from the message; the rest is taken from a whole Request that is made when it is asked for.
import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";

const own = new WeakMap<object, Message>();

/**
 * @param signal is called where the request's signal is asked for
 * @throws TypeError where the address or a header cannot be expressed
 */
export function nodeRequest(incoming: IncomingMessage, signal: () => AbortSignal): Request {
  const request = Object.create(NodeRequest) as Request;
  own.set(request, new Message(incoming, signal));
  return request;
}

class Message {
  readonly url: string;
  readonly headers: Headers;
  #body: ReadableStream<Uint8Array> | null | undefined;
  #whole: Request | undefined;

  constructor(
    readonly incoming: IncomingMessage,
    readonly signal: () => AbortSignal,
  ) {
    const { url = "/", headers, rawHeaders } = incoming;
    this.url = new URL(url, `http://${headers.host ?? "localhost"}`).href;
    this.headers = new Headers();
    for (let i = 0; i < rawHeaders.length; i += 2) this.headers.append(rawHeaders[i]!, rawHeaders[i + 1]!);
  }
  get method(): string {
    return this.incoming.method ?? "GET";
  }
  get body(): ReadableStream<Uint8Array> | null {
    const bare = this.method === "GET" || this.method === "HEAD";
    this.#body ??= bare ? null : (Readable.toWeb(this.incoming) as ReadableStream<Uint8Array>);
    return this.#whole?.body ?? this.#body;
  }
  whole(): Request {
    const { url, method, headers, body } = this;
    const init = { method, headers, signal: this.signal(), ...(body ? { body, duplex: "half" } : {}) };
    this.#whole ??= new Request(url, init as RequestInit);
    return this.#whole;
  }
}

const read: Readonly<Record<string, (message: Message) => unknown>> = {
  url: ({ url }) => url,
  method: ({ method }) => method,
  headers: ({ headers }) => headers,
  signal: ({ signal }) => signal(),
  body: ({ body }) => body,
};

/** `request instanceof Request`; each of its members is read from the message or the whole request. */
const NodeRequest = Object.create(Request.prototype) as Request;
for (const [name, { value, get }] of Object.entries(Object.getOwnPropertyDescriptors(Request.prototype))) {
  const message = (request: object) => own.get(request)!;
  if (get)
    Object.defineProperty(NodeRequest, name, {
      get(this: object) {
        return read[name] ? read[name](message(this)) : Reflect.get(message(this).whole(), name);
      },
    });
  else if (typeof value === "function" && name !== "constructor")
    Object.defineProperty(NodeRequest, name, {
      value(this: object, ...given: unknown[]) {
        return Reflect.apply(value as () => unknown, message(this).whole(), given);
      },
    });
}
