// The watching thread of a rank. Rank 0 listens, the others connect; a connection that ends without a word is a lost rank.
// The process then ends itself: its main thread may wait inside MPI for ever.
import { writeSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { parentPort } from "node:worker_threads";
import { type Address, ownAddresses, type WatchedRank, type WatchReply, type WatchRequest } from "./watch.ts";

/** What crosses a connection, one line of JSON each. */
type Line = { token: string; rank: number } | { failed: string } | { printed: true } | { bye: true } | { over: true };

const port = parentPort!;
const reply = (message: WatchReply) => port.postMessage(message);
const sockets = new Map<number, Socket>();
let [rank, ranks, token] = [0, [] as readonly WatchedRank[], ""];
let resume = "";
let [ending, lost] = [false, false];
let server: Server | undefined;

port.on("message", async (request: WatchRequest) => {
  if ("start" in request) {
    ({ rank, ranks, token } = request.start);
    if (rank === 0) listen(request.start.local);
    else reply({ connected: false });
  } else if ("connect" in request) reply({ connected: await reach(request.connect) });
  else if ("resume" in request) resume = request.resume;
  else if ("failed" in request) {
    ending = true;
    const [first] = sockets.values();
    if (rank > 0 && first) return say(first, { failed: request.failed }); // replied to when rank 0 has printed it
    if (rank > 0) print(request.failed);
    part();
  } else {
    ending = true;
    part();
  }
});

/** Ends the connections in peace. */
function part(): void {
  for (const socket of sockets.values()) say(socket, { bye: true });
  for (const socket of sockets.values()) socket.end();
  server?.close();
  setTimeout(() => reply({ done: true }), 20); // the words are on their way
}

const say = (socket: Socket, line: Line) => void socket.write(`${JSON.stringify(line)}\n`);
/** The main thread may be inside MPI, which writes nothing for this thread. */
const print = (text: string) => void writeSync(2, text.endsWith("\n") ? text : `${text}\n`);

function listen(local: boolean): void {
  server = createServer((socket) => {
    let from: number | undefined;
    watch(
      socket,
      (line) => {
        if ("token" in line && line.token === token) {
          from = line.rank;
          sockets.set(from, socket);
        } else if (from === undefined) socket.destroy();
        else hear(from, socket, line);
      },
      () => from,
    );
  });
  server.listen(0, local ? "127.0.0.1" : "0.0.0.0", () => {
    const { port: number } = server!.address() as { port: number };
    reply({ address: { hosts: ownAddresses(local), port: number, token } });
  });
}

/** Connects to rank 0 at one of its addresses. */
async function reach({ hosts, port: number, token: given }: Address): Promise<boolean> {
  for (const host of hosts) {
    const socket = connect({ host, port: number });
    const opened = await new Promise<boolean>((done) => {
      socket.once("connect", () => done(true));
      socket.once("error", () => done(false));
      setTimeout(done, 3000, false);
    });
    if (!opened) {
      socket.destroy();
      continue;
    }
    sockets.set(0, socket);
    say(socket, { token: given, rank });
    watch(
      socket,
      (line) => hear(0, socket, line),
      () => 0,
    );
    return true;
  }
  return false;
}

function watch(socket: Socket, line: (line: Line) => void, from: () => number | undefined): void {
  let text = "";
  socket.setKeepAlive(true, 1000); // a machine that is gone answers no more
  socket.setNoDelay(true);
  socket.on("data", (bytes) => {
    text += bytes.toString("utf8");
    const lines = text.split("\n");
    text = lines.pop()!;
    for (const each of lines) line(JSON.parse(each) as Line);
  });
  socket.on("error", () => {}); // followed by "close"
  socket.on("close", () => {
    const other = from();
    if (other !== undefined && sockets.delete(other) && !ending) end(other);
  });
}

function hear(from: number, socket: Socket, line: Line): void {
  if ("bye" in line) {
    sockets.delete(from);
    socket.end();
  } else if ("over" in line) die();
  else if ("printed" in line) reply({ done: true });
  else if ("failed" in line)
    // Where all ranks fail alike, rank 0 prints its own error meanwhile.
    setTimeout(() => {
      if (!ending) print(`rank ${from} on ${ranks[from]!.host}: ${line.failed}`);
      ending = true;
      say(socket, { printed: true });
    }, 500);
}

/** A rank is gone: says so once, and ends the job. */
function end(other: number): void {
  if (lost) return;
  lost = true;
  const { host, pid } = ranks[other]!;
  const hint = resume ? `\n  hint: resume from the last checkpoint: ${resume}` : "";
  if (rank <= 1) print(`error: rank ${other} (process ${pid} on ${host}) was lost, and the job has ended${hint}`);
  for (const socket of sockets.values()) say(socket, { over: true });
  setTimeout(die, 50);
}

function die(): void {
  process.kill(process.pid, "SIGKILL");
}
