// Using a model, while it learns or afterwards: what each task makes of an input.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Answer } from "unrolled/run";
import { run } from "./app.ts";
import { Music } from "./music.tsx";
import { Chart } from "./pictures.tsx";
import { GoOn, Wall } from "./play.tsx";
import { fixed, percent, words } from "./words/index.ts";

/** The panel of the task that is trained. */
export function Use() {
  const ready = run.ready.value;
  if (!ready) return null;
  if (ready.task === "language-model")
    return (
      <div class="two">
        <Wall />
        <GoOn />
      </div>
    );
  return (
    <div class="two">
      <Shown />
      <Try key={ready.file} />
    </div>
  );
}

/** Answers to examples that were held out, as they get better. */
function Shown() {
  const w = words.value;
  const back = useSignal<number | undefined>(undefined);
  const all = run.shown.value;
  const at = all[back.value ?? all.length - 1];
  return (
    <section aria-label={w.heldOut}>
      <h2>
        {w.heldOut} {at && <small>{at.step === 0 ? w.untrained : w.atStep(String(at.step))}</small>}
      </h2>
      {at ? (
        <ol class="shown">
          {at.answers.map((answer, i) => (
            <li key={i}>
              <AnswerView answer={answer} />
            </li>
          ))}
        </ol>
      ) : (
        <p class="hint">{w.nothingShown}</p>
      )}
      {all.length > 1 && (
        <label class="back">
          <span class="hint">{w.back}</span>
          <input
            type="range"
            min={0}
            max={all.length - 1}
            value={back.value ?? all.length - 1}
            onInput={(event) => {
              const to = Number(event.currentTarget.value);
              back.value = to >= all.length - 1 ? undefined : to;
            }}
          />
        </label>
      )}
    </section>
  );
}

/** One's own input. */
function Try() {
  const w = words.value;
  const ready = run.ready.value!;
  const { task } = ready;
  const text = useSignal(task === "generator" || task === "forecaster" ? "" : (ready.examples[0]?.input ?? ""));
  const beam = useSignal(4);
  const at = useSignal(1);
  const seed = useSignal(1);
  const labels = useSignal<Record<string, string>>({});
  const ask = () =>
    run.ask({
      text: text.value,
      beam: beam.value,
      at: at.value,
      seed: seed.value,
      labels: labels.value,
      temperature: 0.9,
    });
  useEffect(() => {
    ask();
    if (task === "generator") return;
    const again = setInterval(() => run.status.value === "learning" && !document.hidden && ask(), 2000);
    return () => clearInterval(again);
  }, []);
  const found = run.answered.value?.answer;
  return (
    <section>
      <h2>{w.useIt}</h2>
      {task === "forecaster" ? (
        <label class="field">
          {w.forecastFrom}
          <input
            type="range"
            min="0.1"
            max="1"
            step="0.01"
            value={at.value}
            onInput={(event) => {
              at.value = Number(event.currentTarget.value);
              ask();
            }}
          />
        </label>
      ) : task === "generator" ? (
        <div class="controls">
          {Object.entries(ready.labels).map(([name, all]) => (
            <label key={name}>
              {name}{" "}
              <select
                onChange={(event) => {
                  const { [name]: _, ...rest } = labels.value;
                  labels.value = event.currentTarget.value ? { ...rest, [name]: event.currentTarget.value } : rest;
                  ask();
                }}
              >
                <option value="">{w.anyLabel}</option>
                {all.map((label) => (
                  <option key={label}>{label}</option>
                ))}
              </select>
            </label>
          ))}
          <button
            type="button"
            class="main"
            onClick={() => {
              seed.value++;
              ask();
            }}
          >
            {w.compose}
          </button>
        </div>
      ) : (
        <label class="field">
          <span class="sr">{w.yourText}</span>
          <textarea
            rows={3}
            placeholder={w.yourText}
            value={text.value}
            onInput={(event) => {
              text.value = event.currentTarget.value;
              if (!event.isComposing) ask();
            }}
            onCompositionEnd={ask}
          />
        </label>
      )}
      {task === "translator" && (
        <label class="field">
          {w.beam} {beam.value}
          <input
            type="range"
            min="1"
            max="8"
            value={beam.value}
            onInput={(event) => {
              beam.value = Number(event.currentTarget.value);
              ask();
            }}
          />
        </label>
      )}
      <div class="answer" aria-live="polite">
        {found && <AnswerView answer={found} large />}
      </div>
    </section>
  );
}

export function AnswerView({ answer, large = false }: { answer: Answer; large?: boolean }) {
  const w = words.value;
  switch (answer.task) {
    case "classifier": {
      const wrong = answer.expected !== undefined && answer.expected !== answer.label;
      return large ? (
        <ul class="bars">
          {answer.classes.map(({ label, probability }) => (
            <li key={label}>
              <span>{label}</span>
              <meter min={0} max={1} value={probability} aria-label={label} />
              <span class="number">{percent(probability)}</span>
            </li>
          ))}
        </ul>
      ) : (
        <>
          <span class={wrong ? "tag wrong" : "tag right"}>
            {wrong ? "✗" : "✓"} {answer.label} {percent(answer.classes[0]!.probability)}
          </span>{" "}
          <span class="excerpt">{answer.text}</span>
        </>
      );
    }
    case "regressor":
      return large ? (
        <p class="big">{fixed(answer.value, 2)}</p>
      ) : (
        <>
          <span class="tag">
            {fixed(answer.value, 2)} <small>({answer.expected})</small>
          </span>{" "}
          <span class="excerpt">{answer.text}</span>
        </>
      );
    case "tagger":
      return <Spans answer={answer} />;
    case "translator":
      return (
        <>
          {!large && <span class="excerpt">{answer.text}</span>}
          {answer.translations.slice(0, large ? 3 : 1).map(({ text, score }) => (
            <p key={text} class={large ? "translation large" : "translation"}>
              {answer.expected !== undefined && (
                <span class={text === answer.expected ? "right" : "wrong"}>
                  {text === answer.expected ? "✓" : "✗"}{" "}
                </span>
              )}
              {text} {large && <small>{fixed(score, 2)}</small>}
            </p>
          ))}
        </>
      );
    case "forecaster": {
      const from = -answer.past.length;
      const line = (values: readonly number[], first: number) => values.map((y, i) => ({ x: first + i, y }));
      const last = answer.past.at(-1)!;
      return (
        <Chart
          label={w.forecastOf(answer.name)}
          fit
          x={[from, Math.max(1, answer.future.length)]}
          xLabel={w.stepsAhead}
          lines={[
            { name: answer.name, points: line(answer.past, from) },
            {
              name: w.forecast,
              points: [{ x: -1, y: last }, ...line(answer.future, 0)],
              dots: answer.future.length < 3,
            },
            ...(answer.actual.length > 0
              ? [{ name: w.actual, points: [{ x: -1, y: last }, ...line(answer.actual, 0)] }]
              : []),
          ]}
        />
      );
    }
    case "generator":
      return answer.music ? <Music music={answer.music} /> : <p class="translation large">{answer.text}</p>;
  }
}

/** A text with the spans that were found, or each token with its tag. */
function Spans({ answer }: { answer: Extract<Answer, { task: "tagger" }> }) {
  const { text, spans, tokens, tags, offsets } = answer;
  if (spans.length === 0 && tags.some((tag) => tag !== "O"))
    return (
      <p class="spans">
        {tokens.map((token, t) => (
          <span key={t} class="span">
            {token}
            <small>{tags[t]}</small>
          </span>
        ))}
      </p>
    );
  const parts: preact.JSX.Element[] = [];
  let at = 0;
  for (const { start, end, label } of spans) {
    parts.push(<span>{text.slice(at, start)}</span>);
    parts.push(
      <mark class="span">
        {text.slice(start, end)}
        <small>{label}</small>
      </mark>,
    );
    at = end;
  }
  return (
    <p class="spans" data-tokens={offsets.length}>
      {parts}
      {text.slice(at)}
    </p>
  );
}
