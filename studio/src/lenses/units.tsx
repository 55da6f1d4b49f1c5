// Units and gates over a text; a gate can be held by hand, and what the network expects changes.
import { type Signal, useSignal } from "@preact/signals";
import type { GateHold } from "unrolled/run";
import { run } from "../app.ts";
import { Matrix, Scroll } from "../pictures.tsx";
import { fixed, words } from "../words/index.ts";

interface View {
  readonly name: string;
  readonly layer: string;
  readonly part: string;
  readonly values: Float32Array;
  readonly H: number;
  readonly time: string;
}

export function UnitsLens({ gates, hold }: { gates: boolean; hold: Signal<GateHold | undefined> }) {
  const w = words.value;
  const frame = run.lens.value.units;
  const chosen = useSignal("");
  const unit = useSignal(0);
  if (!frame) return <p class="hint">{w.loading}…</p>;
  const views: View[] = frame.layers.flatMap((layer) =>
    Object.entries(gates ? layer.gates : layer.states).map(([part, values]) => ({
      name: `${layer.name} ${part}`,
      layer: layer.name,
      part,
      values,
      H: layer.H,
      time: layer.time,
    })),
  );
  const shown = views.find(({ name }) => name === chosen.value) ?? views[0];
  if (!shown) return <p class="hint">{w.noGates}</p>;
  const { H, values } = shown;
  const T = Math.round(values.length / H);
  const characters = shown.time === "T" && frame.targets ? frame.targets : frame.characters;
  // Units are rows, time runs to the right. Gates lie in 0 to 1: half open is drawn as nothing.
  const turned = new Float32Array(H * T);
  for (let t = 0; t < T; t++)
    for (let h = 0; h < H; h++) turned[h * T + t] = gates ? 2 * values[t * H + h]! - 1 : values[t * H + h]!;
  const selected = Math.min(unit.value, H - 1);
  const mean = frame.surprise.slice(1).reduce((sum, bits) => sum + bits, 0) / Math.max(1, frame.surprise.length - 1);
  const held = hold.value?.layer === shown.layer && hold.value.gate === shown.part ? hold.value : undefined;
  return (
    <>
      <div class="fields">
        <label class="field">
          {w.state}
          <select
            value={shown.name}
            onChange={(event) => {
              chosen.value = event.currentTarget.value;
              hold.value = undefined;
            }}
          >
            {views.map(({ name }) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <label class="field">
          {w.unit(selected + 1)}
          <input
            type="range"
            min={0}
            max={H - 1}
            value={selected}
            onInput={(event) => {
              unit.value = Number(event.currentTarget.value);
            }}
          />
        </label>
      </div>
      {gates && (
        <fieldset class="hold">
          <legend>{w.holdGate}</legend>
          {([undefined, 0, 1] as const).map((value) => (
            <label key={String(value)} class="radio">
              <input
                type="radio"
                name="hold"
                checked={held?.value === value}
                onChange={() => {
                  hold.value = value === undefined ? undefined : { layer: shown.layer, gate: shown.part, value };
                }}
              />
              {value === undefined ? w.gateFree : value === 0 ? w.gateShut : w.gateOpen}
            </label>
          ))}
          {run.ready.value?.task === "language-model" && <output>{w.meanBits(fixed(mean, 2))}</output>}
        </fieldset>
      )}
      <Scroll label={shown.name} columns={T}>
        <div class="characters" aria-hidden="true">
          {characters.slice(0, T).map((character, t) => (
            <span key={t}>{character}</span>
          ))}
        </div>
        <Matrix
          values={turned}
          rows={H}
          columns={T}
          full={1}
          label={w.unitsPicture(shown.name, H, T)}
          class="tall"
          onSelect={(row) => {
            unit.value = row;
          }}
        />
      </Scroll>
      <p class="colored">
        {characters.slice(0, T).map((character, t) => {
          const value = turned[selected * T + t] ?? 0;
          const style = {
            "--value": Math.min(1, Math.abs(value)),
            "--hue": value < 0 ? "var(--blue)" : "var(--orange)",
          };
          return (
            <span key={t} style={style} title={fixed(value, 2)}>
              {character}
            </span>
          );
        })}
      </p>
    </>
  );
}
