// How far back a gradient reaches, and which inputs an output depends on.
import { run } from "../app.ts";
import { Chart } from "../pictures.tsx";
import { words } from "../words/index.ts";

export function GradientLens() {
  const w = words.value;
  const frame = run.lens.value.gradient;
  if (!frame) return <p class="hint">{w.loading}…</p>;
  return (
    <Chart
      logY
      label={w.lensAbout.gradient}
      xLabel={w.distance}
      lines={frame.lines.map(({ name, values }) => ({
        name,
        points: values.flatMap((y, x) => (Number.isFinite(y) && y !== null ? [{ x, y }] : [])),
      }))}
    />
  );
}

export function SaliencyLens() {
  const w = words.value;
  const frame = run.lens.value.saliency;
  if (!frame) return <p class="hint">{w.loading}…</p>;
  const most = Math.max(1e-12, ...frame.values);
  return (
    <p class="colored words">
      {frame.tokens.map((token, t) => {
        const share = (frame.values[t] ?? 0) / most;
        return (
          <span key={t} style={{ "--value": share, "--hue": "var(--orange)" }} title={`${Math.round(100 * share)} %`}>
            {token.replace("▁", " ")}
          </span>
        );
      })}
    </p>
  );
}
