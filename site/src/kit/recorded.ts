// The end of each lesson, recorded by `npm run record`: what a figure shows before it has trained, and in its still.
import type { Weights } from "./lesson.ts";

export interface Recorded {
  readonly lesson: string;
  readonly parts: Readonly<Record<string, { readonly steps: number; readonly loss: number; readonly weights: string }>>;
}

const files = import.meta.glob<Recorded>("../../recorded/*.json", { import: "default" });

/** Float32 values as base64. */
export function unpacked(packed: string): Float32Array {
  const bytes = Uint8Array.from(atob(packed), (char) => char.charCodeAt(0));
  return new Float32Array(bytes.buffer);
}

export async function recordedWeights(lesson: string | undefined): Promise<Weights> {
  const file = lesson && files[`../../recorded/${lesson}.json`];
  if (!file) return {};
  const { parts } = await file();
  return Object.fromEntries(Object.entries(parts).map(([name, { weights }]) => [name, unpacked(weights)]));
}
