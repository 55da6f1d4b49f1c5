// Cell: write one as on the slide, see what the compiler makes of it, and train it beside an LSTM.
import { useSignal } from "@preact/signals";
import { useEffect, useMemo, useState } from "preact/hooks";
import { type Stage, walk } from "unrolled/inspect";
import { cellOfEquations } from "unrolled/run";
import { type CellText, cellTexts, equations } from "./cells.ts";
import { built } from "./data.ts";
import { beginLanes, endLanes, Lanes, lanes } from "./lanes.tsx";
import { words } from "./words/index.ts";

/** What the compiler makes of a text; or why it is no cell. */
function compiled(text: string): { stages: readonly Stage[] } | { problem: string } {
  try {
    return { stages: walk(cellOfEquations(text)) };
  } catch (error) {
    return { problem: (error instanceof Error ? error.message : String(error)).replace("\n  hint: ", ". ") };
  }
}

export function Cell() {
  const w = words.value;
  const text = useSignal<string>(equations.value || cellTexts.gru);
  const [settled, settle] = useState(text.value);
  const result = useMemo(() => compiled(settled), [settled]);
  const shown = useSignal("hoist");
  useEffect(() => endLanes, []);
  useEffect(() => {
    const timer = setTimeout(settle, 300, text.value);
    return () => clearTimeout(timer);
  }, [text.value]);
  const train = () => {
    equations.value = text.value;
    const recipe = { ...built.dinosaurs.recipe, steps: 600, hiddenSize: 48 };
    beginLanes({ mine: { equations: text.value }, lstm: { cell: "lstm" } }, { text: built.dinosaurs.text(), recipe });
  };
  return (
    <main tabIndex={-1}>
      <h1>{w.cell}</h1>
      <p class="lead">{w.cellLead}</p>
      <div class="controls">
        {(Object.keys(cellTexts) as CellText[]).map((name) => (
          <button
            key={name}
            type="button"
            aria-pressed={text.value === cellTexts[name]}
            onClick={() => {
              text.value = cellTexts[name];
            }}
          >
            {w.cellTexts[name]}
          </button>
        ))}
      </div>
      <label class="field">
        {w.equations}
        <textarea
          class="equations"
          rows={7}
          spellcheck={false}
          value={text.value}
          onInput={(event) => {
            text.value = event.currentTarget.value;
          }}
        />
      </label>
      <p class="hint">{w.equationsAbout}</p>
      {"problem" in result && (
        <p role="alert" class="failure">
          {result.problem}
        </p>
      )}
      <div class="controls">
        <button type="button" class="main" disabled={"problem" in result} onClick={train}>
          {w.trainBeside}
        </button>
        <button type="button" disabled={lanes.value.length === 0} onClick={endLanes}>
          {w.raceStop}
        </button>
      </div>
      <Lanes />
      {"stages" in result && <Passes stages={result.stages} shown={shown} />}
    </main>
  );
}

function Passes({ stages, shown }: { stages: readonly Stage[]; shown: { value: string } }) {
  const w = words.value;
  const [first, ...rest] = stages;
  const chosen = rest.find(({ name }) => name === shown.value) ?? rest[0]!;
  const before = stages[stages.indexOf(chosen) - 1] ?? first!;
  return (
    <section>
      <h2>{w.passes}</h2>
      <p class="hint">{w.passesAbout}</p>
      <div class="controls">
        {rest.map(({ name }, i) => (
          <button
            key={`${name} ${i}`}
            type="button"
            aria-pressed={name === chosen.name}
            onClick={() => {
              shown.value = name;
            }}
          >
            {name}
          </button>
        ))}
      </div>
      <p>{w.passAbout[chosen.name as keyof typeof w.passAbout] ?? chosen.about}</p>
      <div class="two">
        <StageView stage={before} />
        <StageView stage={chosen} />
      </div>
    </section>
  );
}

function StageView({ stage }: { stage: Stage }) {
  const w = words.value;
  const loop = stage.size?.loops[0];
  return (
    <section>
      <h3>{stage.name}</h3>
      <p class="hint">{loop ? w.inLoop(loop.operations, loop.products) : ""}</p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <pre class="graph" tabIndex={0}>
        <code>{stage.text}</code>
      </pre>
    </section>
  );
}
