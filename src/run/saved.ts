// What `unrolled train --resume` reads of a run, so that one kept in a browser goes on at the command line.
import type { Recipe } from "../tasks/index.ts";
import type { ToRun } from "./protocol.ts";
import type { Subject } from "./subject.ts";

/** Steps between two validations: a fifteenth of the run. */
export const evaluateEveryOf = (steps: number): number => Math.max(20, Math.round(steps / 15));

/** The command line's fields of a run (`SavedRun`); the data lies beside the model's folder. */
export async function savedRunOf(
  { task, recipe, facts }: Subject,
  { file, text = "" }: Extract<ToRun, { kind: "start" }>,
): Promise<object> {
  const { seed, kind, ...own } = recipe;
  const bytes = file?.bytes ?? new TextEncoder().encode(text);
  return {
    task,
    inputs: [dataName(facts.file)],
    fingerprint: await sha256(bytes),
    flags: {
      ...(kind === undefined ? {} : { lines: kind === "lines" }),
      ...(recipe.steps === undefined ? {} : { evaluateEvery: evaluateEveryOf(recipe.steps) }),
      shards: 1,
    },
    recipe: own as Recipe,
    seed,
    engine: "cpu",
  };
}

/** Name of the data file beside a kept model. */
const dataName = (file: string): string => (file === "text" ? "text.txt" : file);

async function sha256(bytes: Uint8Array): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
