// The first screen: it learns already, and one can talk to it.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { built } from "./data.ts";
import { Controls, Curve, Progress, Surprise } from "./parts.tsx";
import { known, learnFrom, ready, samples, source, write, written } from "./run.ts";
import { fixed, whole, words } from "./words.ts";

/** What it writes now, or wrote at an earlier moment that is chosen with the handle. */
function Wall() {
  const w = words.value;
  const back = useSignal<number | undefined>(undefined);
  const all = samples.value;
  const shown = all[back.value ?? all.length - 1];
  const lines = ready.value?.recipe.kind !== "stream";
  if (!shown) return <p class="wall empty">{w.loading}…</p>;
  return (
    <section class="wall" aria-label={w.writes}>
      <h2>
        {w.writes} <small>{shown.step === 0 ? w.untrained : whole(shown.step)}</small>
      </h2>
      <ol class={lines ? "names" : "prose"}>
        {shown.texts.map((text, i) => (
          <li
            key={i}
            title={known.value.has(text.text) ? w.known : w.isNew}
            class={known.value.has(text.text) ? "known" : ""}
          >
            <Surprise written={text} />
          </li>
        ))}
      </ol>
      <input
        type="range"
        min={0}
        max={Math.max(0, all.length - 1)}
        value={back.value ?? all.length - 1}
        aria-label={w.writes}
        onInput={(event) => {
          const at = Number(event.currentTarget.value);
          back.value = at >= all.length - 1 ? undefined : at;
        }}
      />
      <p class="hint">{w.surprise}</p>
    </section>
  );
}

function GoOn() {
  const w = words.value;
  const prompt = useSignal(source.value === "own" ? "" : built[source.value].prompt);
  const temperature = useSignal(0.7);
  const lines = ready.value?.recipe.kind !== "stream";
  // Asked again as it learns: the answers get better while one watches.
  useEffect(() => {
    const ask = () => ready.value && !document.hidden && write(prompt.value, temperature.value);
    ask();
    const timer = setInterval(ask, 700);
    return () => clearInterval(timer);
  }, []);
  const change = (value: string) => {
    prompt.value = value;
    write(value, temperature.value);
  };
  return (
    <section class="go-on">
      <h2>{lines ? w.goOn : w.goOnText}</h2>
      <label>
        <span class="sr">{w.prompt}</span>
        <input
          class="prompt"
          value={prompt.value}
          autocomplete="off"
          spellcheck={false}
          onInput={(event) => {
            if (!event.isComposing) change(event.currentTarget.value);
          }}
          onCompositionEnd={(event) => change(event.currentTarget.value)}
        />
      </label>
      <label class="temperature">
        {w.temperature} {fixed(temperature.value, 1)} <small>{w.cautious}</small>
        <input
          type="range"
          min="0"
          max="1.5"
          step="0.1"
          value={temperature.value}
          onInput={(event) => {
            temperature.value = Number(event.currentTarget.value);
            write(prompt.value, temperature.value);
          }}
        />
        <small>{w.wild}</small>
      </label>
      <ul class={lines ? "answers" : "answers prose"}>
        {written.value?.texts.map((text, i) => (
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
    <main class="play">
      <h1>{w.title}</h1>
      <p class="lead">{w.lead[source.value]}</p>
      <nav class="sources" aria-label={w.data}>
        {(["dinosaurs", "places"] as const).map((name) => (
          <button key={name} type="button" aria-pressed={source.value === name} onClick={() => learnFrom(name)}>
            {w[name]}
          </button>
        ))}
        <a href="#/run">{w.own}…</a>
      </nav>
      <Progress />
      <div class="two">
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
    </main>
  );
}
