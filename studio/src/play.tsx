// The first screen: it learns already, and one can talk to it.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { isKorean, known, learnFrom, run, source } from "./app.ts";
import { built } from "./data.ts";
import { Drop } from "./drop.tsx";
import { Controls, Curve, Failure, Progress, Surprise } from "./parts.tsx";
import { fixed, whole, words } from "./words/index.ts";

/** What it writes now, or wrote at an earlier moment that is chosen with the handle. */
export function Wall() {
  const w = words.value;
  const back = useSignal<number | undefined>(undefined);
  const all = run.samples.value;
  const shown = all[back.value ?? all.length - 1];
  const lines = run.ready.value?.recipe.kind !== "stream";
  if (!shown)
    return (
      <section class="wall" aria-label={w.writes}>
        <h2>{w.writes}</h2>
        <p class="wall-empty">{w.loading}…</p>
      </section>
    );
  return (
    <section class="wall" aria-label={w.writes}>
      <h2>
        {w.writes} <small>{shown.step === 0 ? w.untrained : w.atStep(whole(shown.step))}</small>
      </h2>
      <ol class={lines ? "names" : "prose"}>
        {shown.texts.map((text, i) => {
          const copied = known.value.has(text.text);
          return (
            <li key={i} title={lines ? (copied ? w.known : w.isNew) : undefined} class={copied && lines ? "known" : ""}>
              <Surprise written={text} />
            </li>
          );
        })}
      </ol>
      <label class="back">
        <span class="hint">{w.back}</span>
        <input
          type="range"
          min={0}
          max={Math.max(0, all.length - 1)}
          value={back.value ?? all.length - 1}
          onInput={(event) => {
            const at = Number(event.currentTarget.value);
            back.value = at >= all.length - 1 ? undefined : at;
          }}
        />
      </label>
      <p class="hint">{lines ? w.surpriseNames : w.surprise}</p>
    </section>
  );
}

export function GoOn() {
  const w = words.value;
  const from = source.value;
  const prompt = useSignal(from === "own" ? "" : built[from].prompt);
  const temperature = useSignal(0.7);
  const lines = run.ready.value?.recipe.kind !== "stream";
  const form = isKorean() ? "NFD" : "NFC";
  const ask = () => run.write(prompt.value.normalize(form), temperature.value);
  // Asked again as it learns: the answers get better while one watches.
  useEffect(() => {
    const old = () => run.written.value?.step !== run.step.value;
    const again = () => run.ready.value && (run.status.value === "learning" || old()) && !document.hidden && ask();
    ask();
    const timer = setInterval(again, 700);
    return () => clearInterval(timer);
  }, []);
  const change = (value: string) => {
    prompt.value = value;
    ask();
  };
  return (
    <section class="go-on">
      <h2>
        <label for="prompt">{lines ? w.goOn : w.goOnText}</label>
      </h2>
      <input
        id="prompt"
        class="prompt"
        value={prompt.value}
        autocomplete="off"
        spellcheck={false}
        onInput={(event) => {
          if (!event.isComposing) change(event.currentTarget.value);
        }}
        onCompositionEnd={(event) => change(event.currentTarget.value)}
      />
      <label class="temperature">
        <span>
          {w.temperature} {fixed(temperature.value, 1)}
        </span>
        <small>{w.cautious}</small>
        <input
          type="range"
          min="0"
          max="1.5"
          step="0.1"
          value={temperature.value}
          onInput={(event) => {
            temperature.value = Number(event.currentTarget.value);
            ask();
          }}
        />
        <small>{w.wild}</small>
      </label>
      <ul class={lines ? "answers" : "answers prose"}>
        {run.written.value?.texts.map((text, i) => (
          <li key={i}>
            <Surprise written={text} prompt={prompt.value} />
          </li>
        ))}
      </ul>
    </section>
  );
}

export function Play() {
  const w = words.value;
  return (
    <main tabIndex={-1} class="play">
      <div class="hero">
        <h1>{w.title}</h1>
        <p class="lead">{w.lead[source.value]}</p>
        <nav class="sources" aria-label={w.data}>
          {(["dinosaurs", "places"] as const).map((name) => (
            <button key={name} type="button" aria-pressed={source.value === name} onClick={() => learnFrom(name)}>
              {w[name]}
            </button>
          ))}
          <a class="button" href="#/run">
            {w.own} →
          </a>
        </nav>
      </div>
      <Failure />
      <Progress />
      <div class="two wide-left">
        <Wall />
        <div>
          <GoOn key={source.value} />
          <section>
            <h2>{w.learned}</h2>
            <Curve />
            <p class="hint">{w.lossTitle}</p>
          </section>
        </div>
      </div>
      <Controls />
      <Drop />
    </main>
  );
}
