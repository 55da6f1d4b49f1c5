// Figures, whose lessons reach their state by their seed; every page (browser/pages.mjs); the studio (browser/studio.mjs).
// `node test.mjs [seeds|pages|studio] [PART OF A PATH]`.
import { pagesFaults } from "./browser/pages.mjs";
import { studioFaults } from "./browser/studio.mjs";

const [what = "all", only = ""] = process.argv.slice(2);
const faults = [];

if (what === "all" || what === "seeds") {
  const { figures, lessons, reached, recordedWeights, runLesson, webEngine } = await import(
    new URL("./.ssr/stills.js", import.meta.url).href
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
  }
}

if (what === "all" || what === "pages") faults.push(...(await pagesFaults(only)));
if (what === "all" || what === "studio") faults.push(...(await studioFaults(only ? [only] : [])));
for (const fault of faults) console.error(fault);
console.log(`${faults.length} faults`);
process.exit(faults.length > 0 ? 1 : 0);
