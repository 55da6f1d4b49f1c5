// Several networks learn the same data side by side: same seed, and the same number of steps or of seconds.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { RunRecipe } from "unrolled/run";
import { file, source } from "./app.ts";
import { equations } from "./cells.ts";
import { built } from "./data.ts";
import { beginLanes, type Entry, endLanes, Lanes, lanes } from "./lanes.tsx";
import { sampleFile } from "./samples.ts";
import type { Start } from "./store.ts";
import { words } from "./words/index.ts";

const recipes: Readonly<Record<Exclude<Entry, "mine">, Partial<RunRecipe>>> = {
  standard: { standard: true },
  rnn: { cell: "rnn" },
  gru: { cell: "gru" },
  lstm: { cell: "lstm" },
  deep: { cell: "lstm", numLayers: 2 },
  forward: { cell: "lstm", direction: "forward" },
  both: { cell: "lstm", direction: "both" },
};
const recipeOf = (entry: Entry): Partial<RunRecipe> =>
  entry === "mine" ? { equations: equations.value } : recipes[entry];

/** What can be raced on. */
const tracks = {
  dinosaurs: {
    entries: ["standard", "rnn", "gru", "lstm", "deep", "mine"],
    start: (): Start => ({ text: built.dinosaurs.text(), recipe: { ...built.dinosaurs.recipe, steps: 600 } }),
  },
  reviews: {
    entries: ["rnn", "gru", "forward", "both"],
    start: (): Start => ({ file: sampleFile("reviews"), light: true, recipe: { hiddenSize: 32, steps: 150 } }),
  },
  people: {
    entries: ["rnn", "gru", "forward", "both"],
    start: (): Start => ({ file: sampleFile("people"), light: true, recipe: { hiddenSize: 32, steps: 120 } }),
  },
  own: {
    entries: ["rnn", "gru", "lstm", "deep"],
    start: (): Start => ({ file: file.value!, light: true, recipe: {} }),
  },
} as const satisfies Record<string, { entries: readonly Entry[]; start: () => Start }>;
type Track = keyof typeof tracks;

export function Race() {
  const w = words.value;
  const track = useSignal<Track>("dinosaurs");
  const seconds = useSignal(0);
  useEffect(() => endLanes, []);
  const own = source.value === "own" && file.value !== undefined;
  const begin = () => {
    const { entries, start } = tracks[track.value];
    const options = start();
    const { steps: _, ...sizes } = options.recipe;
    const recipe = seconds.value > 0 ? { ...sizes, minutes: seconds.value / 60 } : options.recipe;
    const all = entries.filter((entry) => entry !== "mine" || equations.value !== "");
    beginLanes(Object.fromEntries(all.map((entry) => [entry, recipeOf(entry)])), { ...options, recipe });
  };
  return (
    <main tabIndex={-1}>
      <h1>{w.race}</h1>
      <p class="lead">{w.raceLead}</p>
      <div class="controls">
        <label>
          <span class="sr">{w.raceData}</span>
          <select
            value={track.value}
            onChange={(event) => {
              track.value = event.currentTarget.value as Track;
            }}
          >
            {(Object.keys(tracks) as Track[])
              .filter((name) => name !== "own" || own)
              .map((name) => (
                <option key={name} value={name}>
                  {w.tracks[name]}
                </option>
              ))}
          </select>
        </label>
        <label>
          <span class="sr">{w.raceBudget}</span>
          <select
            value={seconds.value}
            onChange={(event) => {
              seconds.value = Number(event.currentTarget.value);
            }}
          >
            {[0, 20, 60].map((each) => (
              <option key={each} value={each}>
                {each === 0 ? w.sameSteps : w.sameSeconds(each)}
              </option>
            ))}
          </select>
        </label>
        <button type="button" class="main" onClick={begin}>
          {w.raceStart}
        </button>
        <button type="button" disabled={lanes.value.length === 0} onClick={endLanes}>
          {w.raceStop}
        </button>
      </div>
      <Lanes />
    </main>
  );
}
