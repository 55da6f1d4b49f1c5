// The server of `npx unrolled studio`, where the page has one: its key comes in the address and stays in this tab.
import { signal } from "@preact/signals";
import { encodeMessage } from "unrolled/run";

export interface Session {
  /** Name of the file that the studio was opened with. */
  readonly opened: string | null;
  /** The command line's models folder. */
  readonly models: string | null;
  /** The command line is training, and this page watches. */
  readonly watched: boolean;
  readonly threads: number;
}

/** Undefined on a static site. */
export const session = signal<Session | undefined>(undefined);

const stored = "studio-key";
const given = /^#k=([0-9a-f]+)$/.exec(location.hash)?.[1];
if (given) {
  sessionStorage.setItem(stored, given);
  history.replaceState(null, "", location.pathname);
}
const key = given ?? sessionStorage.getItem(stored) ?? undefined;

/** Asks the server. @throws where it refuses or is gone */
export async function api(path: string, options: RequestInit = {}): Promise<Response> {
  const response = await fetch(`api/${path}`, { ...options, headers: { authorization: `Bearer ${key}` } });
  if (!response.ok) throw new Error((await response.text()).trim());
  return response;
}

export const postMessage = (path: string, message: object) =>
  api(path, { method: "POST", body: encodeMessage(message) });

/** Looks for the server; there is none without a key. */
export async function openSession(): Promise<void> {
  if (key === undefined) return;
  session.value = await api("session")
    .then((response) => response.json() as Promise<Session>)
    .catch(() => undefined);
}
