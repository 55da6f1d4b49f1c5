// The second screen: one's own text, every choice, and a look inside while it learns.
import { useSignal } from "@preact/signals";
import type { RunRecipe } from "unrolled/run";
import { Lenses } from "./lenses.tsx";
import { Controls, Curve, commandOf, Progress, Surprise } from "./parts.tsx";
import { chosen, failure, learnFrom, ownText, ready, type Source, samples, source, start } from "./run.ts";
import { whole, words } from "./words.ts";

const cells = ["lstm", "gru", "gru-simplified", "rnn"] as const;

interface NumberProps {
  name: "hiddenSize" | "numLayers" | "dropout" | "learningRate" | "batchSize" | "steps" | "seed";
  min: number;
  max: number;
  step?: number;
}

function NumberField({ name, min, max, step: by = 1 }: NumberProps) {
  const recipe = { ...ready.value?.recipe, ...chosen.value };
  return (
    <label>
      {words.value[name]}
      <input
        type="number"
        min={min}
        max={max}
        step={by}
        value={recipe[name]}
        onChange={(event) => {
          const value = event.currentTarget.valueAsNumber;
          if (value >= min && value <= max) chosen.value = { ...chosen.value, [name]: value };
        }}
      />
    </label>
  );
}

function Recipe() {
  const w = words.value;
  const text = useSignal(ownText.value);
  const from = useSignal<Source>(source.value);
  const over = useSignal(false);
  const recipe: Partial<RunRecipe> = { ...ready.value?.recipe, ...chosen.value };
  const read = async (files: FileList | null | undefined) => {
    const file = files?.[0];
    if (!file) return;
    text.value = (await file.text()).normalize("NFC");
    from.value = "own";
  };
  const train = () => {
    if (from.value === source.value && (from.value !== "own" || text.value === ownText.value)) start();
    else learnFrom(from.value, text.value.normalize("NFC"));
  };
  return (
    <form
      class={over.value ? "recipe over" : "recipe"}
      onSubmit={(event) => {
        event.preventDefault();
        train();
      }}
      onDragOver={(event) => {
        event.preventDefault();
        over.value = true;
      }}
      onDragLeave={() => {
        over.value = false;
      }}
      onDrop={(event) => {
        event.preventDefault();
        over.value = false;
        void read(event.dataTransfer?.files);
      }}
    >
      <fieldset>
        <legend>{w.data}</legend>
        {(["dinosaurs", "places", "own"] as const).map((name) => (
          <label key={name} class="radio">
            <input
              type="radio"
              name="source"
              checked={from.value === name}
              onChange={() => {
                from.value = name;
              }}
            />
            {w[name]}
          </label>
        ))}
        {from.value === "own" && (
          <>
            <label>
              <span class="hint">{w.dropHere}</span>
              <textarea
                rows={6}
                value={text.value}
                onInput={(event) => {
                  text.value = event.currentTarget.value;
                }}
              />
            </label>
            <label class="file">
              {w.choose}
              <input
                type="file"
                accept=".txt,.md,.csv,.tsv,.json,.js,.ts,.py,text/*"
                onChange={(event) => read(event.currentTarget.files)}
              />
            </label>
          </>
        )}
      </fieldset>
      <fieldset class="numbers">
        <legend>{w.lab}</legend>
        <label>
          {w.cell}
          <select
            value={recipe.cell}
            onChange={(event) => {
              chosen.value = { ...chosen.value, cell: event.currentTarget.value as RunRecipe["cell"] };
            }}
          >
            {cells.map((cell) => (
              <option key={cell}>{cell}</option>
            ))}
          </select>
        </label>
        <NumberField name="hiddenSize" min={1} max={512} />
        <NumberField name="numLayers" min={1} max={4} />
        <NumberField name="dropout" min={0} max={0.9} step={0.05} />
        <NumberField name="learningRate" min={0.0001} max={0.1} step={0.0001} />
        <NumberField name="batchSize" min={1} max={256} />
        <NumberField name="steps" min={10} max={100_000} />
        <NumberField name="seed" min={0} max={4_294_967_295} />
      </fieldset>
      <button type="submit" class="main">
        {w.train}
      </button>
    </form>
  );
}

export function Lab() {
  const w = words.value;
  const facts = ready.value;
  const latest = samples.value.at(-1);
  return (
    <main class="lab">
      <Recipe />
      <div>
        {failure.value && (
          <div role="alert" class="failure">
            <b>{w.failed}.</b> {failure.value.message}
            {failure.value.hint && <p>{failure.value.hint}</p>}
          </div>
        )}
        <Progress />
        {facts && <p class="hint">{w.parameters(whole(facts.parameters), whole(facts.vocabulary))}</p>}
        <div class="two">
          <Curve />
          <section>
            <h2>{w.writes}</h2>
            <ol class={facts?.recipe.kind === "stream" ? "prose" : "names small"}>
              {latest?.texts.map((text, i) => (
                <li key={i}>
                  <Surprise written={text} />
                </li>
              ))}
            </ol>
          </section>
        </div>
        <Controls />
        <Lenses />
        {facts && (
          <section>
            <h2>{w.command}</h2>
            <pre>
              <code>{commandOf()}</code>
            </pre>
          </section>
        )}
      </div>
    </main>
  );
}
