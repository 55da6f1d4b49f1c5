// Each parameter as a picture, with the names of its gates and what the lecture calls it.
import { run } from "../app.ts";
import { Matrix } from "../pictures.tsx";
import { fixed, words } from "../words/index.ts";

export function ParametersLens() {
  const w = words.value;
  const frame = run.lens.value.parameters;
  if (!frame) return <p class="hint">{w.loading}…</p>;
  return (
    <ul class="weights">
      {frame.pictures.map(({ name, lecture, shape, gates, rows, columns, values, norm }) => (
        <li key={name}>
          <Matrix
            values={values}
            rows={rows}
            columns={columns}
            full={Math.max(0.05, (3 * norm) / Math.sqrt(shape.reduce((a, b) => a * b, 1)))}
            label={`${name} ${shape.join(" x ")}`}
            class={rows === 1 ? "vector" : ""}
          />
          <b>{name}</b>
          {lecture && <small>{lecture}</small>}
          <small>
            {shape.join(" × ")}, {w.norm} {fixed(norm, 2)}
          </small>
          {gates && (
            <small>
              {w.gatesOf}: {gates.join(", ")}
            </small>
          )}
        </li>
      ))}
    </ul>
  );
}
