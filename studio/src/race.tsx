// Several networks learn the same data side by side: same seed, same number of steps, each in a worker of its own.
import { signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { RunRecipe } from "unrolled/run";
import { file, run as main, source } from "./app.ts";
import { built } from "./data.ts";
import { Progress, Surprise } from "./parts.tsx";
import { Chart } from "./pictures.tsx";
import { sampleFile } from "./samples.ts";
import { type RunStore, runStore, type Start } from "./store.ts";
import { AnswerView } from "./use.tsx";
import { fixed, words } from "./words/index.ts";

type Entry = "rnn" | "gru" | "lstm" | "deep" | "forward" | "both";

const recipes: Readonly<Record<Entry, Partial<RunRecipe>>> = {
  rnn: { cell: "rnn" },
  gru: { cell: "gru" },
  lstm: { cell: "lstm" },
  deep: { cell: "lstm", numLayers: 2 },
  forward: { cell: "lstm", direction: "forward" },
  both: { cell: "lstm", direction: "both" },
};

/** What can be raced on. */
const tracks = {
  dinosaurs: {
    entries: ["rnn", "gru", "lstm", "deep"],
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

interface Lane {
  readonly entry: Entry;
  readonly run: RunStore;
  /** Validation losses by the second at which they came. */
  readonly course: { x: number; y: number }[];
  began: number;
}

const lanes = signal<readonly Lane[]>([]);

function begin(track: Track): void {
  end();
  if (main.status.value === "learning") main.pause(); // the race has the machine to itself
  const options = tracks[track].start();
  lanes.value = tracks[track].entries.map((entry) => {
    const run = runStore();
    run.start({ ...options, recipe: { ...options.recipe, seed: 1337, ...recipes[entry] } });
    return { entry, run, course: [], began: 0 };
  });
}

function end(): void {
  for (const { run } of lanes.value) run.close();
  lanes.value = [];
}

/** Notes when each validation came; the clock of a lane starts with its first step. */
function courseOf(lane: Lane): Lane["course"] {
  const { run, course } = lane;
  const now = performance.now();
  if (lane.began === 0 && run.step.value > 0) lane.began = now;
  const valid = run.valid.value;
  while (course.length < valid.length) {
    const { nats } = valid[course.length]!;
    course.push({ x: (now - lane.began) / 1000, y: nats });
  }
  return course;
}

const bestOf = ({ run }: Lane): number => Math.min(Infinity, ...run.valid.value.map(({ nats }) => nats));

export function Race() {
  const w = words.value;
  const track = useSignal<Track>("dinosaurs");
  useEffect(() => end, []);
  const own = source.value === "own" && file.value !== undefined;
  const order = [...lanes.value].filter((lane) => bestOf(lane) < Infinity).sort((a, b) => bestOf(a) - bestOf(b));
  const courses = lanes.value.map((lane) => ({ name: w.contestants[lane.entry], points: courseOf(lane) }));
  const longest = Math.max(1, ...courses.flatMap(({ points }) => points.map(({ x }) => x)));
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
        <button type="button" class="main" onClick={() => begin(track.value)}>
          {w.raceStart}
        </button>
        <button type="button" disabled={lanes.value.length === 0} onClick={end}>
          {w.raceStop}
        </button>
      </div>
      {lanes.value.length > 0 && (
        <>
          <section class="race-chart">
            <Chart label={w.raceChart} x={[0, longest]} xLabel={w.secondsAxis} fit lines={courses} />
            <p class="hint">{w.raceChart}</p>
          </section>
          <ol class="cards">
            {lanes.value.map((lane) => (
              <LaneCard key={lane.entry} lane={lane} place={order.indexOf(lane) + 1} />
            ))}
          </ol>
        </>
      )}
    </main>
  );
}

function LaneCard({ lane, place }: { lane: Lane; place: number }) {
  const w = words.value;
  const { run, entry } = lane;
  const best = bestOf(lane);
  const sample = run.samples.value.at(-1);
  const shown = run.shown.value.at(-1);
  return (
    <li class={place === 1 ? "card first" : "card"}>
      {place > 0 && <span class="place">{w.place(place)}</span>}
      <h2>{w.contestants[entry]}</h2>
      <p class="big">{best < Infinity ? fixed(best, 3) : "–"}</p>
      <Progress of={run} />
      {run.failure.value && <p role="alert">{run.failure.value.message}</p>}
      {sample && (
        <p class="lane-texts">
          {sample.texts.slice(0, 4).map((text, i) => (
            <span key={i}>
              <Surprise written={text} />{" "}
            </span>
          ))}
        </p>
      )}
      <ul class="shown">
        {shown?.answers.slice(0, 3).map((answer, i) => (
          <li key={i}>
            <AnswerView answer={answer} />
          </li>
        ))}
      </ul>
    </li>
  );
}
