// What several screens use: the controls of a run, its curve, and texts colored by surprise.
import type { Written } from "unrolled/run";
import { chosen, learnFile, notice, run, source, start, watching } from "./app.ts";
import { Chart } from "./pictures.tsx";
import { linkOfRun } from "./share.ts";
import { inBits, type RunStore } from "./store.ts";
import { fixed, whole, words } from "./words/index.ts";

/** Bits at which a letter has the full color: one guess in 256. */
const shocking = 8;

/** A text whose letters are colored by their surprise in whole bits. Neighbors of the same color are one element. */
export function Surprise({ written, prompt = "" }: { written: Written; prompt?: string }) {
  const { text, surprise } = written;
  // Korean letters are drawn one by one and shown as syllables.
  const composed = text.normalize("NFC");
  const known = [...text].length === surprise.length;
  let at = 0;
  const pieces: { letters: string; bits: number; title: string | undefined }[] = [];
  for (const letter of composed) {
    const from = at;
    at += composed === text ? 1 : [...letter.normalize("NFD")].length;
    const bits = Math.round(surprise.slice(from, at).reduce((sum, one) => sum + one, 0));
    const title = alternativesOf(written, from);
    const last = pieces.at(-1);
    if (last?.bits === bits && last.title === title) last.letters += letter;
    else pieces.push({ letters: letter, bits, title });
  }
  return (
    <span class="written">
      {prompt && <b>{prompt}</b>}
      {known && at === surprise.length
        ? pieces.map(({ letters, bits, title }, i) => (
            <span key={i} style={{ "--surprise": Math.min(1, bits / shocking) }} title={title}>
              {letters}
            </span>
          ))
        : composed}
    </span>
  );
}

/** `a 62 %, e 20 %`: what else it thought of. */
const alternativesOf = ({ alternatives }: Written, i: number): string | undefined =>
  alternatives?.[i]?.map(([token, share]) => `${token} ${Math.round(100 * share)} %`).join(", ");

/** Losses of language models are bits per letter; of other tasks they are what the loss is. */
export const inWords = (of: RunStore, nats: number): number =>
  of.ready.value?.task === "language-model" ? inBits(nats) : nats;

export function Progress({ of = run }: { of?: RunStore }) {
  const w = words.value;
  const status = of.status.value;
  const last = of.valid.value.at(-1) ?? of.losses.value.at(-1);
  const language = of.ready.value?.task === "language-model";
  const value = last && fixed(inWords(of, last.nats), 2);
  const means = Object.entries(of.valid.value.at(-1)?.means ?? {});
  const parts =
    status === "loading"
      ? [w.loading]
      : [
          of.steps.value > 0 && w.step(whole(of.step.value), whole(of.steps.value)),
          value && (language ? w.bits(value) : w.loss(value)),
          ...means.map(([name, mean]) => `${w.measure(name)} ${fixed(mean, 3)}`),
          status === "learning" && of.speed.value > 0 && w.speed(whole(of.speed.value), of.ready.value?.unit ?? ""),
          status === "learning" && of.remaining.value > 0.5 && w.remaining(whole(of.remaining.value)),
          status === "done" && w.done,
          status === "paused" && w.paused,
        ];
  return (
    <div class="progress">
      <progress
        max={of.steps.value || 1}
        value={status === "done" ? of.steps.value || 1 : of.step.value}
        aria-label={w.learned}
      />
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

export function Controls() {
  const w = words.value;
  const status = run.status.value;
  const learning = status === "learning" || status === "loading";
  const seed = Number(run.ready.value?.recipe.seed ?? 1337);
  return (
    <div class="controls">
      {learning ? (
        <button type="button" class="main" onClick={run.pause}>
          {w.pause}
        </button>
      ) : (
        <button
          type="button"
          class="main"
          onClick={status === "paused" ? run.go : () => start()}
          disabled={watching.value && status !== "paused"}
        >
          {status === "paused" ? w.go : w.again}
        </button>
      )}
      <button type="button" onClick={run.oneStep} disabled={status !== "paused"}>
        {w.oneStep}
      </button>
      {!watching.value && (
        <>
          {(learning || status === "paused") && (
            <button type="button" onClick={() => start()}>
              {w.again}
            </button>
          )}
          <button type="button" onClick={() => start({ seed: (seed + 1) % 10_000 })}>
            {w.newSeed}
          </button>
          <button type="button" onClick={share} disabled={!run.started.value}>
            {w.share}
          </button>
        </>
      )}
      <p role="status" class="notice">
        {notice.value}
      </p>
    </div>
  );
}

export function Curve({ of = run, label }: { of?: RunStore; label?: string }) {
  const w = words.value;
  const language = of.ready.value?.task === "language-model";
  return (
    <Chart
      label={label ?? (language ? w.lossTitle : w.lossTitleAny)}
      x={[0, Math.max(1, of.steps.value || of.step.value)]}
      xLabel={w.recipe.steps}
      lines={[
        { name: w.training, points: of.losses.value.map(({ step, nats }) => ({ x: step, y: inWords(of, nats) })) },
        {
          name: w.validation,
          points: of.valid.value.map(({ step, nats }) => ({ x: step, y: inWords(of, nats) })),
          dots: true,
        },
      ]}
    />
  );
}

export function Failure({ of = run }: { of?: RunStore }) {
  const failure = of.failure.value;
  if (!failure) return null;
  return (
    <div role="alert" class="failure">
      <b>{of.ready.value ? words.value.failed : words.value.notTrained}</b> {failure.message}
      {failure.hint && <p>{failure.hint}</p>}
      {failure.plain && of.started.value?.file && (
        <button type="button" onClick={() => learnFile(of.started.value!.file!, "language-model")}>
          {words.value.asPlainText}
        </button>
      )}
    </div>
  );
}

/** The recipe as it runs, with what was changed since. */
export const recipeNow = () => ({ ...run.ready.value?.recipe, ...chosen.value });
export const isOwn = () => source.value === "own";
