// Models and runs that are kept in this browser: IndexedDB, one record each.
import type { RunFile } from "unrolled/run";
import type { Posted, Start } from "./store.ts";

export interface Kept {
  readonly name: string;
  readonly task: string;
  readonly saved: number;
  readonly bytes: number;
  readonly step: number;
  readonly parameters: number;
  readonly recognized: string;
  readonly files: Readonly<Record<string, Uint8Array>>;
  /** What it was trained from, to go on. */
  readonly start?: Start;
  readonly data?: RunFile;
}

const open = (): Promise<IDBDatabase> =>
  new Promise((resolve, reject) => {
    const request = indexedDB.open("unrolled-studio", 1);
    request.onupgradeneeded = () => request.result.createObjectStore("models", { keyPath: "name" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

async function inStore<T>(mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const base = await open();
  try {
    return await new Promise<T>((resolve, reject) => {
      const request = work(base.transaction("models", mode).objectStore("models"));
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  } finally {
    base.close();
  }
}

export async function keepRun(
  name: string,
  files: Readonly<Record<string, Uint8Array>>,
  ready: Posted<"ready">,
  start: Start | undefined,
): Promise<void> {
  const state = files["training/state.json"];
  const step = state ? Number((JSON.parse(new TextDecoder().decode(state)) as { step?: number }).step ?? 0) : 0;
  const bytes = Object.values(files).reduce((sum, { length }) => sum + length, 0);
  const { task, parameters, recognized } = ready;
  const kept: Kept = {
    name,
    task,
    saved: Date.now(),
    bytes,
    step,
    parameters,
    recognized,
    files,
    ...(start ? { start: { ...start, recipe: ready.recipe } } : {}),
  };
  await inStore("readwrite", (store) => store.put(kept));
}

export const keptRuns = async (): Promise<Kept[]> =>
  (await inStore("readonly", (store) => store.getAll() as IDBRequest<Kept[]>)).sort((a, b) => b.saved - a.saved);

export const forget = (name: string): Promise<unknown> => inStore("readwrite", (store) => store.delete(name));
