// Where a translator looks while it writes: a row for each token that it wrote, a column for each that it read.
import { useSignal } from "@preact/signals";
import { run } from "../app.ts";
import { Scroll } from "../pictures.tsx";
import { words } from "../words/index.ts";

export function AttentionLens() {
  const w = words.value;
  const frame = run.lens.value.attention;
  const row = useSignal<number | undefined>(undefined);
  if (!frame) return <p class="hint">{w.loading}…</p>;
  const { source, target, weights } = frame;
  const size = 26;
  const [width, height] = [source.length * size, target.length * size];
  const bare = (token: string) => token.replace("▁", "");
  return (
    <Scroll label={w.lens.attention}>
      <svg
        class="attention"
        viewBox={`-110 -90 ${width + 120} ${height + 100}`}
        style={{ width: `${width + 120}px` }}
        role="img"
        aria-label={w.lensAbout.attention}
      >
        {source.map((token, s) => (
          <text key={s} x={s * size + size / 2} y={-8} transform={`rotate(-60 ${s * size + size / 2} -8)`}>
            {bare(token)}
          </text>
        ))}
        {target.map((token, t) => (
          <g
            key={t}
            onPointerEnter={() => {
              row.value = t;
            }}
          >
            <text x={-8} y={t * size + size * 0.68} text-anchor="end" class={row.value === t ? "strong" : ""}>
              {bare(token)}
            </text>
            {source.map((_, s) => (
              <rect
                key={s}
                x={s * size + 1}
                y={t * size + 1}
                width={size - 2}
                height={size - 2}
                rx={4}
                style={{ "--value": weights[t]?.[s] ?? 0 }}
              >
                <title>
                  {bare(token)} ← {bare(source[s]!)}: {Math.round(100 * (weights[t]?.[s] ?? 0))} %
                </title>
              </rect>
            ))}
          </g>
        ))}
      </svg>
    </Scroll>
  );
}
