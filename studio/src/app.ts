// What all screens share: the run of this page, and what it learns from.
import { computed, signal } from "@preact/signals";
import type { RunFile, RunRecipe } from "unrolled/run";
import type { TaskName } from "unrolled/tasks";
import { type BuiltName, built } from "./data.ts";
import { runStore } from "./store.ts";
import { words } from "./words/index.ts";

export type Source = BuiltName | "own";

export const run = runStore();
export const source = signal<Source>("dinosaurs");
/** One's own file; a text that was pasted is one too. */
export const file = signal<RunFile | undefined>(undefined);
/** The task that a person chose for a file, where it is not the one that its contents suggest. */
export const task = signal<TaskName | undefined>(undefined);
export const chosen = signal<Partial<RunRecipe>>({});
export const notice = signal("");
/** The command line's training, which this page only watches. */
export const watching = signal(false);

const text = computed(() => (source.value === "own" ? "" : built[source.value].text()));
/** The rows that it learns from, to see which of its texts are new. */
export const known = computed(() => {
  const own = file.value && source.value === "own" ? new TextDecoder().decode(file.value.bytes) : text.value;
  return new Set(own.split("\n").map((line) => line.trim()));
});

/** Starts from the beginning with what is chosen. */
export function start(options: Partial<RunRecipe> = {}): void {
  notice.value = "";
  chosen.value = { ...chosen.value, ...options };
  const light = !run.native.value;
  if (source.value === "own" && file.value)
    run.start({ recipe: chosen.value, file: file.value, light, task: task.value });
  else if (source.value !== "own")
    run.start({ recipe: { ...built[source.value].recipe, ...chosen.value }, text: text.value });
}

export function learnFrom(from: BuiltName): void {
  source.value = from;
  chosen.value = {};
  start();
}

export function learnFile(own: RunFile, as?: TaskName): void {
  source.value = "own";
  file.value = own;
  task.value = as;
  chosen.value = {};
  start();
}

const mostBytes = 64 * 2 ** 20;

/** Reads what was dropped or chosen; large files are refused by name before they are read. */
export async function readDropped(dropped: File): Promise<void> {
  const { name, size } = dropped;
  const read = size > mostBytes ? dropped.slice(0, 4096) : dropped;
  try {
    learnFile({ name, size, bytes: new Uint8Array(await read.arrayBuffer()) });
  } catch {
    run.refuse(words.value.unreadable(name));
  }
}

/** A text that was pasted, as a file. */
export const pasted = (own: string): RunFile => ({
  name: "text.txt",
  bytes: new TextEncoder().encode(own.normalize("NFC")),
});
export const isKorean = () => source.value === "places";
