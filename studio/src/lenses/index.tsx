// What is inside, live: one lens at a time, and only that one is computed.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { GateHold, Lens } from "unrolled/run";
import { isKorean, run } from "../app.ts";
import { words } from "../words/index.ts";
import { AttentionLens } from "./attention.tsx";
import { GradientLens, SaliencyLens } from "./gradient.tsx";
import { ParametersLens } from "./parameters.tsx";
import { UnitsLens } from "./units.tsx";
import { WordsLens } from "./words.tsx";
import { WritesLens } from "./writes.tsx";

type Tab = Lens | "writes" | "gates";

/** Each tab is drawn from a lens of the run. */
const lensOf = (tab: Tab): Lens => (tab === "writes" || tab === "gates" ? "units" : tab);

export function Lenses() {
  const w = words.value;
  const ready = run.ready.value;
  const chosen = useSignal<Tab | undefined>(undefined);
  const typed = useSignal<string | undefined>(undefined);
  const hold = useSignal<GateHold | undefined>(undefined);
  const have = ready?.lenses ?? [];
  const language = ready?.task === "language-model";
  const gated = Object.keys(run.lens.value.units?.layers[0]?.gates ?? { none: 0 }).length > 0;
  const tabs: Tab[] = [
    ...(language ? (["writes"] as const) : []),
    ...have.flatMap((lens): Tab[] => (lens === "units" && gated ? ["units", "gates"] : [lens])),
  ];
  const tab = chosen.value && tabs.includes(chosen.value) ? chosen.value : (tabs[0] ?? "parameters");
  const probe = typed.value ?? ready?.examples[0]?.input ?? "";
  useEffect(() => {
    if (!ready) return;
    run.watch(lensOf(tab), probe, tab === "gates" || tab === "writes" ? hold.value : undefined);
    return () => run.watch(null, "");
  }, [ready, tab, probe, hold.value]);
  if (!ready) return null;
  const move = (event: KeyboardEvent) => {
    const by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (by === 0) return;
    event.preventDefault();
    const next = tabs[(tabs.indexOf(tab) + by + tabs.length) % tabs.length]!;
    chosen.value = next;
    document.getElementById(`tab-${next}`)?.focus();
  };
  const reads = ready.task !== "forecaster" && ready.task !== "generator";
  return (
    <section class="lenses">
      <h2>{w.inside}</h2>
      <div role="tablist" aria-label={w.inside} onKeyDown={move}>
        {tabs.map((name, i) => (
          <button
            key={name}
            id={`tab-${name}`}
            type="button"
            role="tab"
            aria-selected={tab === name}
            aria-controls="lens"
            tabIndex={tab === name ? 0 : -1}
            title={`${i + 1}`}
            onClick={() => {
              chosen.value = name;
            }}
          >
            {w.lens[name]}
          </button>
        ))}
      </div>
      <p class="hint">{w.lensAbout[tab]}</p>
      {reads && tab !== "parameters" && tab !== "words" && (
        <label class="field">
          {w.probe}
          <input
            value={probe.normalize("NFC")}
            maxLength={200}
            onInput={(event) => {
              const { value } = event.currentTarget;
              if (!event.isComposing) typed.value = isKorean() ? value.normalize("NFD") : value;
            }}
          />
        </label>
      )}
      <div role="tabpanel" id="lens" aria-labelledby={`tab-${tab}`}>
        {tab === "writes" && <WritesLens />}
        {tab === "units" && <UnitsLens key="units" gates={false} hold={hold} />}
        {tab === "gates" && <UnitsLens key="gates" gates hold={hold} />}
        {tab === "gradient" && <GradientLens />}
        {tab === "saliency" && <SaliencyLens />}
        {tab === "attention" && <AttentionLens />}
        {tab === "words" && <WordsLens />}
        {tab === "parameters" && <ParametersLens />}
      </div>
    </section>
  );
}
