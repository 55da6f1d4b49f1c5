// A link that holds a recipe, a seed and a small file: whoever opens it trains the same network.
import type { RunRecipe } from "unrolled/run";
import type { TaskName } from "unrolled/tasks";
import { chosen, file, run, type Source, source, task } from "./app.ts";

interface Shared {
  v: 1;
  source: Source;
  recipe: Partial<RunRecipe>;
  name?: string;
  text?: string;
  /** Where the person chose it. */
  task?: TaskName | undefined;
}

const largest = 6000; // characters of a link that mail and chat programs leave alone

async function through(
  bytes: Uint8Array<ArrayBuffer>,
  stream: CompressionStream | DecompressionStream,
): Promise<Uint8Array> {
  return new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer());
}

async function pack(shared: Shared): Promise<string> {
  const bytes = await through(new TextEncoder().encode(JSON.stringify(shared)), new CompressionStream("deflate-raw"));
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** The address of this run, and whether the file fits in it. */
export async function linkOfRun(): Promise<{ link: string; whole: boolean }> {
  const recipe = run.ready.value?.recipe ?? chosen.value;
  const shared: Shared = { v: 1, source: source.value, recipe };
  const page = location.href.split("#")[0]!;
  const of = async (what: Shared) => `${page}#r=${await pack(what)}`;
  if (source.value !== "own") return { link: await of(shared), whole: true };
  const text = new TextDecoder().decode(file.value?.bytes);
  const link = await of({ ...shared, name: file.value?.name ?? "text.txt", text, task: task.value });
  return link.length <= largest ? { link, whole: true } : { link: await of(shared), whole: false };
}

/** What a link asks for; undefined where there is none, or where it cannot be read. */
export async function runOfLink(hash: string): Promise<Omit<Shared, "v"> | undefined> {
  const packed = /^#r=([\w-]+)$/.exec(hash)?.[1];
  if (packed === undefined) return undefined;
  try {
    const binary = atob(packed.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(binary, (char) => char.charCodeAt(0));
    const json = new TextDecoder().decode(await through(bytes, new DecompressionStream("deflate-raw")));
    const { v, source: from, recipe, name, text, task } = JSON.parse(json) as Shared;
    if (v !== 1 || !["dinosaurs", "places", "own"].includes(from) || typeof recipe !== "object") return undefined;
    if (from === "own" && typeof text !== "string") return undefined;
    return { source: from, recipe, ...(text === undefined ? {} : { name: name ?? "text.txt", text, task }) };
  } catch {
    return undefined;
  }
}
