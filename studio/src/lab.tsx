// The Run screen: one's own data, every choice, what the network does, and what is inside.
import { useSignal } from "@preact/signals";
import type { RunRecipe } from "unrolled/run";
import { chosen, file, learnFrom, run, source, start, watching } from "./app.ts";
import { commandOf, programOf } from "./bridge.ts";
import { Drop } from "./drop.tsx";
import { Keep } from "./keep.tsx";
import { Lenses } from "./lenses/index.tsx";
import { Controls, Curve, Failure, Progress, recipeNow } from "./parts.tsx";
import { session } from "./session.ts";
import { Use } from "./use.tsx";
import { whole, words } from "./words/index.ts";

const cells = [
  "lstm",
  "gru",
  "gru-simplified",
  "rnn",
  "lstm-peephole",
  "lstm-layer-norm",
  "min-gru",
  "sru",
  "qrnn",
  "rg-lru",
];

interface NumberProps {
  name:
    | "hiddenSize"
    | "embeddingSize"
    | "numLayers"
    | "dropout"
    | "learningRate"
    | "batchSize"
    | "steps"
    | "epochs"
    | "seed";
  min: number;
  max: number;
  step?: number | "any";
}

function NumberField({ name, min, max, step: by = 1 }: NumberProps) {
  const value = (recipeNow() as Record<string, unknown>)[name] as number | undefined;
  if (value === undefined) return null;
  return (
    <label class="field">
      {words.value.recipe[name]}
      <input
        type="number"
        min={min}
        max={max}
        step={by}
        value={name === "learningRate" ? Number(value.toPrecision(3)) : value}
        onChange={(event) => {
          const next = event.currentTarget.valueAsNumber;
          if (next >= min && next <= max) chosen.value = { ...chosen.value, [name]: next };
        }}
      />
    </label>
  );
}

function Choice({ name, options }: { name: string; options: readonly string[] }) {
  const value = (recipeNow() as Record<string, unknown>)[name];
  if (typeof value !== "string") return null;
  return (
    <label class="field">
      {(words.value.recipe as Record<string, string>)[name] ?? name}
      <select
        value={value}
        onChange={(event) => {
          chosen.value = { ...chosen.value, [name]: event.currentTarget.value } as Partial<RunRecipe>;
        }}
      >
        {options.map((option) => (
          <option key={option}>{option}</option>
        ))}
      </select>
    </label>
  );
}

/** On a narrow screen the recipe is folded, so that what the network does comes first. */
const narrow = matchMedia("(max-width: 54rem)");

function Recipe() {
  const w = words.value;
  const ready = run.ready.value;
  const language = ready?.task === "language-model";
  const changed = Object.keys(chosen.value).length > 0;
  return (
    <details class="recipe" open={!narrow.matches}>
      <summary>{w.recipeTitle}</summary>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          start();
        }}
      >
        <fieldset class="numbers" disabled={watching.value} aria-label={w.recipeTitle}>
          <Choice name="cell" options={cells} />
          {language && <Choice name="kind" options={["lines", "stream"]} />}
          {language && <Choice name="tokens" options={["char", "grapheme", "word"]} />}
          {(ready?.task === "classifier" || ready?.task === "regressor") && (
            <Choice name="tokens" options={["subword", "word", "char"]} />
          )}
          <Choice name="direction" options={["both", "forward"]} />
          <Choice name="pooling" options={["last", "mean", "max", "attention"]} />
          <Choice name="attention" options={["multiplicative", "additive", "none"]} />
          <NumberField name="hiddenSize" min={1} max={1024} />
          <NumberField name="embeddingSize" min={1} max={1024} />
          <NumberField name="numLayers" min={1} max={8} />
          <NumberField name="dropout" min={0} max={0.9} step="any" />
          <NumberField name="learningRate" min={0.000_01} max={1} step="any" />
          <NumberField name="batchSize" min={1} max={1024} />
          <NumberField name="steps" min={1} max={1_000_000} />
          <NumberField name="epochs" min={0.01} max={10_000} step="any" />
          <NumberField name="seed" min={0} max={4_294_967_295} />
        </fieldset>
        {!watching.value && (
          <button type="submit" class={changed ? "main" : ""}>
            {changed ? w.trainWith : w.again}
          </button>
        )}
      </form>
    </details>
  );
}

/** Where it trains: in this page, or natively in the process that serves it. */
function EngineChoice() {
  const w = words.value;
  const { value } = session;
  if (!value || watching.value) return <p class="hint">{watching.value ? w.watched : w.inPage}</p>;
  const move = (native: boolean) => {
    run.moveTo(native);
    start();
  };
  return (
    <fieldset class="engine">
      <legend>{w.engine}</legend>
      {([false, true] as const).map((native) => (
        <label key={String(native)} class="radio">
          <input type="radio" name="engine" checked={run.native.value === native} onChange={() => move(native)} />
          {native ? w.native(value.threads) : w.inPage}
        </label>
      ))}
    </fieldset>
  );
}

function Data() {
  const w = words.value;
  const ready = run.ready.value;
  return (
    <section class="data">
      <h2>{w.data}</h2>
      {ready && (
        <dl>
          <dt>{ready.opened ?? (source.value === "own" ? (file.value?.name ?? ready.file) : w[source.value])}</dt>
          <dd>{ready.recognized}</dd>
          {ready.rows > 0 && <dd>{w.rows(whole(ready.rows), whole(ready.validRows))}</dd>}
          <dd>
            {w.task[ready.task]}, {w.parameters(whole(ready.parameters))}
          </dd>
        </dl>
      )}
      {!watching.value && (
        <div class="controls">
          {(["dinosaurs", "places"] as const).map((name) => (
            <button key={name} type="button" aria-pressed={source.value === name} onClick={() => learnFrom(name)}>
              {w[name]}
            </button>
          ))}
        </div>
      )}
      <EngineChoice />
    </section>
  );
}

/** The bridge to the command line and to a program of one's own. */
function Bridge() {
  const w = words.value;
  const copied = useSignal("");
  const block = (title: string, text: string) => (
    <div class="code">
      <h3>{title}</h3>
      <button
        type="button"
        onClick={async () => {
          await navigator.clipboard?.writeText(text).catch(() => {});
          copied.value = title;
        }}
      >
        {copied.value === title ? w.copied : w.copy}
      </button>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <pre tabIndex={0}>
        <code>{text}</code>
      </pre>
    </div>
  );
  return (
    <section>
      <h2>{w.takeAway}</h2>
      {block(w.command, commandOf())}
      {block(w.program, programOf())}
    </section>
  );
}

export function Lab() {
  const w = words.value;
  const ready = run.ready.value;
  return (
    <main tabIndex={-1} class="lab">
      <h1 class="sr">{w.lab}</h1>
      <aside>
        <Data />
        {ready && !ready.opened && <Recipe />}
      </aside>
      <div>
        <Failure />
        {!ready?.opened && <Progress />}
        {!ready?.opened && <Controls />}
        {ready && <Use key={`${ready.task} ${ready.file} ${ready.opened}`} />}
        {ready && <Lenses key={`${ready.task} ${ready.opened}`} />}
        {ready && !ready.opened && (
          <section>
            <h2>{w.learned}</h2>
            <Curve />
            <p class="hint">{ready.task === "language-model" ? w.lossTitle : w.lossTitleAny}</p>
          </section>
        )}
        {ready && <Keep />}
        {ready && !ready.opened && !watching.value && !ready.recipe.equations && <Bridge />}
        {!watching.value && <Drop />}
      </div>
    </main>
  );
}
