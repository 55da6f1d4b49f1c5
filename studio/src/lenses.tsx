// What is inside, live: units over a text, the gradient by distance, the parameters.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Lens } from "unrolled/run";
import { Chart, Matrix } from "./pictures.tsx";
import { gradient, pictures, source, units, watch } from "./run.ts";
import { fixed, words } from "./words.ts";

const probes = { dinosaurs: "Tyrannosaurus", places: "서귀포".normalize("NFD"), own: "" };

export function Lenses() {
  const w = words.value;
  const lens = useSignal<Lens>("units");
  const probe = useSignal<string | undefined>(undefined);
  const text = probe.value ?? probes[source.value];
  useEffect(() => {
    watch(lens.value, text);
    return () => watch(null, "");
  }, [lens.value, text]);
  return (
    <section class="lenses">
      <h2>{w.inside}</h2>
      <div role="tablist" aria-label={w.inside}>
        {(["units", "gradient", "parameters"] as const).map((name) => (
          <button
            key={name}
            type="button"
            role="tab"
            aria-selected={lens.value === name}
            onClick={() => {
              lens.value = name;
            }}
          >
            {name === "parameters" ? w.weights : w[name]}
          </button>
        ))}
      </div>
      {lens.value !== "parameters" && (
        <label>
          {w.probe}
          <input
            value={text.normalize("NFC")}
            placeholder={w.probe}
            maxLength={120}
            onInput={(event) => {
              const { value } = event.currentTarget;
              if (!event.isComposing) probe.value = source.value === "places" ? value.normalize("NFD") : value;
            }}
          />
        </label>
      )}
      <div role="tabpanel">
        {lens.value === "units" ? <Units /> : lens.value === "gradient" ? <Gradient /> : <Weights />}
      </div>
    </section>
  );
}

function Units() {
  const w = words.value;
  const frame = units.value;
  const view = useSignal("");
  const unit = useSignal(0);
  if (!frame) return <p class="hint">{w.loading}…</p>;
  const matrices = frame.layers.flatMap((layer) => [
    ...Object.entries(layer.states).map(([name, values]) => ({
      name: `${layer.name} ${name}`,
      values,
      H: layer.H,
      gate: false,
    })),
    ...Object.entries(layer.gates).map(([name, values]) => ({
      name: `${layer.name} ${name}`,
      values,
      H: layer.H,
      gate: true,
    })),
  ]);
  const shown = matrices.find(({ name }) => name === view.value) ?? matrices[0]!;
  const T = frame.characters.length;
  const { H } = shown;
  // Units are rows, time runs to the right. Gates lie in 0 to 1: half open is drawn as nothing.
  const turned = new Float32Array(H * T);
  for (let t = 0; t < T; t++)
    for (let h = 0; h < H; h++)
      turned[h * T + t] = shown.gate ? 2 * shown.values[t * H + h]! - 1 : shown.values[t * H + h]!;
  const selected = Math.min(unit.value, H - 1);
  return (
    <>
      <p class="hint">{w.unitsAbout}</p>
      <label>
        {w.state}
        <select
          value={shown.name}
          onChange={(event) => {
            view.value = event.currentTarget.value;
          }}
        >
          {matrices.map(({ name, gate }) => (
            <option key={name} value={name}>
              {name}
              {gate ? ` (${w.gates})` : ""}
            </option>
          ))}
        </select>
      </label>
      <div class="strip" style={{ "--columns": T }}>
        <div class="characters" aria-hidden="true">
          {frame.characters.map((character, t) => (
            <span key={t}>{character}</span>
          ))}
        </div>
        <Matrix
          values={turned}
          rows={H}
          columns={T}
          full={1}
          label={w.unitsAbout}
          class="tall"
          onSelect={(row) => {
            unit.value = row;
          }}
        />
      </div>
      <label>
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
      <p class="colored">
        {frame.characters.slice(1).map((character, t) => {
          const value = turned[selected * T + t + 1]!;
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

function Gradient() {
  const w = words.value;
  if (!gradient.value) return <p class="hint">{w.loading}…</p>;
  return (
    <>
      <p class="hint">{w.gradientAbout}</p>
      <Chart
        logY
        label={w.gradientAbout}
        xLabel={w.distance}
        lines={gradient.value.lines.map(({ name, values }) => ({ name, points: values.map((y, x) => ({ x, y })) }))}
      />
    </>
  );
}

function Weights() {
  const w = words.value;
  if (!pictures.value) return <p class="hint">{w.loading}…</p>;
  return (
    <>
      <p class="hint">{w.weightsAbout}</p>
      <ul class="weights">
        {pictures.value.pictures.map(({ name, shape, gates, rows, columns, values, norm }) => (
          <li key={name}>
            <Matrix
              values={values}
              rows={rows}
              columns={columns}
              full={Math.max(0.05, (3 * norm) / Math.sqrt(shape.reduce((a, b) => a * b, 1)))}
              label={`${name} ${shape.join(" x ")}`}
            />
            <b>{name}</b> {shape.join(" × ")}, {w.norm} {fixed(norm, 2)}
            {gates && (
              <small>
                {w.gates}: {gates.join(", ")}
              </small>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}
