// Requests that HTTP itself cannot take: an answer on the bare socket, in the shape of every other error.
import { type Server, type ServerResponse, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";

const faults: Readonly<Record<string, readonly [status: number, message: string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, "the request took too long to arrive"],
  HPE_HEADER_OVERFLOW: [431, "the headers are too large"],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, "the chunk extensions are too large"],
};
const malformed = [400, "this is not a valid HTTP request"] as const;

/** A listener of "clientError". A response that has begun is cut off: nothing can be added to it. */
export function refuseOnSocket(server: Server): (error: NodeJS.ErrnoException, socket: Duplex) => void {
  const last = new WeakMap<Duplex, ServerResponse>();
  server.on("request", ({ socket }, outgoing) => void last.set(socket, outgoing));
  return ({ code = "" }, socket) => {
    const open = last.get(socket);
    if (!socket.writable || (open?.headersSent && !open.writableFinished)) return void socket.destroy();
    const [status, message] = faults[code] ?? malformed;
    const body = JSON.stringify({ error: { message, type: "invalid_request_error", param: null, code: status } });
    const head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\ncontent-type: application/json\r\n`;
    socket.end(`${head}content-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`, () => socket.destroy());
  };
}
