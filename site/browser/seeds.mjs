// Every figure of the lectures: its lesson, trained from its seed, reaches the state that the page describes, within its seconds.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { dist } from "./open.mjs";

/** Items of the lecture notes, and the figures that show them. */
const items = {
  "sequences and notation": ["ruler"],
  "why not a standard network": ["shift"],
  "recurrent network": ["fold"],
  "forward propagation": ["pipe"],
  "simplified notation": ["blocks"],
  "backpropagation through time": ["bill"],
  architectures: ["shapes"],
  "many-to-many, Tx = Ty": ["people"],
  "many-to-many, Tx != Ty": ["crossings"],
  "beam search": ["beam"],
  "many-to-one": ["needle"],
  "one-to-many": ["takes"],
  "language model": ["ribbons"],
  sampling: ["dart"],
  "characters and words": ["lanes"],
  "vanishing gradients": ["lamps", "verb"],
  "RNN unit": ["unit"],
  "GRU, simplified": ["valve"],
  GRU: ["relevance"],
  LSTM: ["counter"],
  bidirectional: ["future"],
  deep: ["floors"],
  "word embeddings": ["map"],
  "named entities": ["people"],
  "transfer learning": ["few"],
  "where embeddings help": ["where"],
  analogies: ["arrow"],
  "cosine similarity": ["angle"],
  "embedding matrix": ["column"],
};

/** Whether the figure is in a page of the language, with its still. */
const shownIn = (lang, id) =>
  readdirSync(join(dist, "learn", lang), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name, "index.html"), "utf8"))
    .some((page) => new RegExp(`<u-figure name="${id}"[^>]*>[^]*class="picture`).test(page));

/** @returns what is wrong with the figures whose name contains `only`, one line each */
export async function seedsFaults(only = "") {
  const faults = [];
  const good = new Set();
  const { figures, lessons, reached, recordedWeights, runLesson, webEngine } = await import(
    new URL("../.ssr/stills.js", import.meta.url).href
  );
  const done = new Map();
  for (const [id, load] of Object.entries(figures)) {
    if (!id.includes(only)) continue;
    const figure = await load();
    const lesson = figure.lesson && (await figure.lesson());
    let weights = {};
    if (lesson) {
      if (!done.has(lesson.id)) {
        const start = process.cpuUsage();
        const frame = await runLesson(await lessons[lesson.id](), webEngine({ threads: 1 }), {
          signal: new AbortController().signal,
        });
        // Seconds of the processor, so that a busy machine is no failure.
        const { user, system } = process.cpuUsage(start);
        const seconds = (user + system) / 1e6;
        done.set(lesson.id, Object.fromEntries(Object.entries(frame).map(([name, part]) => [name, part.weights])));
        const time = `lesson ${lesson.id}: ${seconds.toFixed(1)} s of at most ${lesson.seconds} s`;
        console.log(time);
        if (seconds > lesson.seconds) faults.push(time);
        const recorded = await recordedWeights(lesson.id);
        const same = Object.entries(done.get(lesson.id)).every(([name, values]) =>
          values.every((value, i) => Object.is(value, recorded[name]?.[i])),
        );
        console.log(`lesson ${lesson.id}: ${same ? "bit for bit as recorded" : "differs from its record"}`);
      }
      weights = done.get(lesson.id);
    }
    const ok = await reached(id, weights);
    console.log(`figure ${id}: ${ok ? "reached its state" : "did NOT reach its state"}`);
    if (!ok) faults.push(`figure ${id} did not reach its state`);
    const missing = ["en", "ko"].filter((lang) => !shownIn(lang, id));
    if (missing.length > 0) faults.push(`figure ${id} is in no lecture: ${missing.join(", ")}`);
    if (ok && missing.length === 0) good.add(id);
  }

  const all = Object.entries(items);
  const live = all.filter(([, needed]) => needed.every((id) => good.has(id)));
  console.log(`${good.size} figures; ${live.length} of ${all.length} items of the lecture notes`);
  if (only === "")
    for (const [item] of all.filter((one) => !live.includes(one))) faults.push(`no live figure: ${item}`);
  return faults;
}
