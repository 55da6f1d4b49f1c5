// A run that is watched: the same letters for the same recipe, whatever is on the screen; pause, step, stop; what is kept.
import { expect, test } from "vitest";
import { dinosaurNames } from "../../src/index.ts";
import { type FromRun, kindOf, type RunRecipe } from "../../src/run/index.ts";
import { load as loadFiles } from "../../src/web/index.ts";
import { watch } from "./watch.ts";

const text = dinosaurNames.slice(0, 120).join("\n");
const recipe: Partial<RunRecipe> = { hiddenSize: 16, embeddingSize: 8, steps: 60, batchSize: 16, cell: "gru", seed: 5 };

const losses = (posted: readonly FromRun[]) =>
  posted.flatMap((message) => (message.kind === "tick" ? [...message.losses] : []));

test("what is watched does not change what is learned, and the same recipe gives the same weights", async () => {
  const plain = watch();
  plain.run.handle({ kind: "start", recipe, text });
  const other = watch();
  other.run.handle({ kind: "watch", lens: "units", probe: "" });
  other.run.handle({ kind: "start", recipe, text });
  other.run.handle({ kind: "write", id: 7, prompt: "Tri", temperature: 0.8, seed: 3 });
  const units = await other.until("units");
  expect(units.layers.map(({ name, H }) => [name, H])).toEqual([["encoder l0", 16]]);
  expect(Object.keys(units.layers[0]!.gates)).toEqual(["reset", "update"]);
  expect(units.layers[0]!.states.h).toHaveLength(16 * units.characters.length);
  expect((await other.until("written")).texts).toHaveLength(6);
  other.run.handle({ kind: "watch", lens: "gradient", probe: "Triceratops" });
  expect((await other.until("gradient")).lines[0]!.values).toHaveLength(11);
  other.run.handle({ kind: "watch", lens: "parameters", probe: "" });
  expect((await other.until("parameters")).pictures.map(({ name }) => name)).toContain("output.weight");
  await Promise.all([plain.until("done"), other.until("done")]);
  expect(losses(plain.posted)).toHaveLength(60);
  expect(losses(other.posted)).toEqual(losses(plain.posted));
  plain.run.handle({ kind: "keep" });
  other.run.handle({ kind: "keep" });
  const [one, two] = [(await plain.until("kept")).files, (await other.until("kept")).files];
  expect(Buffer.from(one["model.safetensors"]!)).toEqual(Buffer.from(two["model.safetensors"]!));
  const model = await loadFiles(one, { task: "language-model" });
  expect(model.config.encoder).toMatchObject({ type: "recurrent" });
  for (const { run } of [plain, other]) run.handle({ kind: "stop" });
});

test("pause, single steps, go", async () => {
  const { run, until, posted } = watch();
  run.handle({ kind: "start", recipe, text, paused: true });
  expect((await until("paused")).step).toBe(1);
  const at = posted.length;
  run.handle({ kind: "step" });
  expect((await until("paused", at)).step).toBe(2);
  run.handle({ kind: "go" });
  expect((await until("done")).step).toBe(60);
  run.handle({ kind: "stop" });
});

test("a new start replaces the run; too little text is refused with a hint", async () => {
  const { run, until, posted } = watch();
  run.handle({ kind: "start", recipe: { ...recipe, steps: 100_000 }, text });
  await until("tick");
  const at = posted.length;
  run.handle({ kind: "start", recipe, text });
  expect(posted[at]).toEqual({ kind: "begun" });
  expect((await until("ready", at)).recipe.steps).toBe(60);
  await until("tick", at);
  expect(posted.slice(at).every((message) => message.kind !== "tick" || message.steps === 60)).toBe(true);
  run.handle({ kind: "start", recipe, text: "too\nshort" });
  expect(await until("failed")).toMatchObject({
    message: expect.stringMatching(/at least 200 characters, got 9/),
    hint: expect.stringMatching(/give it more text/),
  });
});

test("lists of names are lines; prose is a stream", () => {
  expect(kindOf(text)).toBe("lines");
  expect(kindOf("It was the best of times, it was the worst of times, it was the age of wisdom.\n".repeat(20))).toBe(
    "stream",
  );
});
