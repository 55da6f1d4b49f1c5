// Networks that learn the same data side by side, each in a worker of its own.
import { signal } from "@preact/signals";
import type { RunRecipe } from "unrolled/run";
import { run as main } from "./app.ts";
import { Progress, Surprise } from "./parts.tsx";
import { Chart } from "./pictures.tsx";
import { type RunStore, runStore, type Start } from "./store.ts";
import { AnswerView } from "./use.tsx";
import { fixed, words } from "./words/index.ts";

export type Entry = "standard" | "rnn" | "gru" | "lstm" | "deep" | "forward" | "both" | "mine";

interface Lane {
  readonly entry: Entry;
  readonly run: RunStore;
  /** Validation losses by the second at which they came. */
  readonly course: { x: number; y: number }[];
  began: number;
}

export const lanes = signal<readonly Lane[]>([]);

export function beginLanes(recipes: Readonly<Partial<Record<Entry, Partial<RunRecipe>>>>, options: Start): void {
  endLanes();
  if (main.status.value === "learning") main.pause(); // they have the machine to themselves
  lanes.value = (Object.keys(recipes) as Entry[]).map((entry) => {
    const run = runStore();
    run.start({ ...options, recipe: { ...options.recipe, seed: 1337, ...recipes[entry] } });
    return { entry, run, course: [], began: 0 };
  });
}

export function endLanes(): void {
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

/** The chart and a card for each network. */
export function Lanes() {
  const w = words.value;
  const order = [...lanes.value].filter((lane) => bestOf(lane) < Infinity).sort((a, b) => bestOf(a) - bestOf(b));
  const courses = lanes.value.map((lane) => ({ name: w.contestants[lane.entry], points: courseOf(lane) }));
  const longest = Math.max(1, ...courses.flatMap(({ points }) => points.map(({ x }) => x)));
  if (lanes.value.length === 0) return null;
  return (
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
