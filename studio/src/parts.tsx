// What both screens use: the controls of a run, its curve, and texts colored by surprise.
import type { Written } from "unrolled/run";
import { Chart } from "./pictures.tsx";
import {
  chosen,
  go,
  keep,
  losses,
  notice,
  oneStep,
  pause,
  ready,
  remaining,
  source,
  speed,
  start,
  status,
  step,
  steps,
  valid,
} from "./run.ts";
import { linkOfRun } from "./share.ts";
import { fixed, whole, words } from "./words.ts";
import { zip } from "./zip.ts";

/** Bits at which a letter has the full color: one guess in 256. */
const shocking = 8;

/** A text whose letters are colored by how unexpected they were. */
export function Surprise({ written, prompt = "" }: { written: Written; prompt?: string }) {
  const characters = [...written.text];
  // Korean letters are drawn one by one and shown as syllables.
  const composed = written.text.normalize("NFC");
  const plain = [...composed].length !== characters.length;
  return (
    <span class="written">
      {prompt && <b>{prompt}</b>}
      {plain
        ? composed
        : characters.map((character, i) => (
            <span key={i} style={{ "--surprise": Math.min(1, (written.surprise[i] ?? 0) / shocking) }}>
              {character}
            </span>
          ))}
    </span>
  );
}

export function Progress() {
  const w = words.value;
  const last = valid.value.at(-1) ?? losses.value.at(-1);
  const parts =
    status.value === "loading"
      ? [w.loading]
      : [
          w.step(whole(step.value), whole(steps.value)),
          last && w.bits(fixed(last.bits, 2)),
          status.value === "learning" && speed.value > 0 && w.speed(whole(speed.value)),
          status.value === "learning" && remaining.value > 0 && w.remaining(whole(remaining.value)),
          status.value === "done" && w.done,
          status.value === "paused" && w.paused,
        ];
  return (
    <div class="progress">
      <progress max={steps.value || 1} value={step.value} aria-label={w.learned} />
      <p>{parts.filter(Boolean).join(" · ")}</p>
    </div>
  );
}

async function share(): Promise<void> {
  const { link, whole: all } = await linkOfRun();
  history.replaceState(null, "", link);
  await navigator.clipboard?.writeText(link).catch(() => {});
  notice.value = all ? words.value.shared : words.value.tooLong;
}

async function download(): Promise<void> {
  const files = await keep();
  const link = document.createElement("a");
  link.href = URL.createObjectURL(
    zip(Object.fromEntries(Object.entries(files).map(([name, bytes]) => [`unrolled-model/${name}`, bytes]))),
  );
  link.download = "unrolled-model.zip";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  notice.value = words.value.kept;
}

export function Controls() {
  const w = words.value;
  const learning = status.value === "learning" || status.value === "loading";
  return (
    <div class="controls">
      {learning ? (
        <button type="button" class="main" onClick={pause}>
          {w.pause}
        </button>
      ) : (
        <button type="button" class="main" onClick={status.value === "paused" ? go : () => start()}>
          {status.value === "paused" ? w.go : w.again}
        </button>
      )}
      {status.value === "paused" && (
        <button type="button" onClick={oneStep}>
          {w.oneStep}
        </button>
      )}
      <button type="button" onClick={() => start()}>
        {w.again}
      </button>
      <button type="button" onClick={() => start({ seed: ((ready.value?.recipe.seed ?? 1337) + 1) % 10_000 })}>
        {w.newSeed}
      </button>
      <button type="button" onClick={share}>
        {w.share}
      </button>
      <button type="button" onClick={download} disabled={!ready.value}>
        {w.keep}
      </button>
      <p role="status" class="notice">
        {notice.value}
      </p>
    </div>
  );
}

export function Curve() {
  const w = words.value;
  return (
    <Chart
      label={w.lossTitle}
      x={[0, Math.max(1, steps.value)]}
      lines={[
        { name: w.training, points: losses.value.map(({ step: x, bits: y }) => ({ x, y })) },
        { name: w.validation, points: valid.value.map(({ step: x, bits: y }) => ({ x, y })), dots: true },
      ]}
    />
  );
}

/** The command that trains the same on the command line; the text has to be a file there. */
export function commandOf(): string {
  const recipe = { ...ready.value?.recipe, ...chosen.value };
  const file = source.value === "own" ? "text.txt" : `${source.value}.txt`;
  const flags = [
    `--cell ${recipe.cell}`,
    `--hidden ${recipe.hiddenSize}`,
    (recipe.numLayers ?? 1) > 1 && `--layers ${recipe.numLayers}`,
    `--steps ${recipe.steps}`,
    `--seed ${recipe.seed}`,
    recipe.kind === "lines" && "--lines",
  ];
  return ["npx unrolled train", file, ...flags.filter(Boolean)].join(" ");
}
