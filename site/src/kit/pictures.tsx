// Parts of pictures. Colors come from classes, sizes from attributes, so that a strict content security policy holds.
import type { ComponentChildren } from "preact";

export const round = (value: number, digits = 2): string => {
  const text = value.toFixed(digits);
  return Number(text) === 0 ? (0).toFixed(digits) : text.replace("-", "−");
};

/** A drawing, scaled to the width of the column. */
export function Drawing({
  width = 420,
  height,
  label,
  children,
  class: name = "",
}: {
  width?: number;
  height: number;
  label: string;
  children: ComponentChildren;
  class?: string;
}) {
  return (
    <svg class={`drawing ${name}`} viewBox={`0 0 ${width} ${height}`} role="img" aria-label={label}>
      {children}
    </svg>
  );
}

/** A square that is blue below zero and orange above; `full` has the whole color. */
export function Cell({
  x,
  y,
  size,
  height = size,
  value,
  full = 1,
  class: name = "",
}: {
  x: number;
  y: number;
  size: number;
  height?: number;
  value: number;
  full?: number;
  class?: string;
}) {
  const share = Math.min(1, Math.abs(value) / full);
  return (
    <>
      <rect class={`cell ${name}`} {...{ x, y, width: size, height }} />
      <rect class={value < 0 ? "neg" : "pos"} fill-opacity={share.toFixed(3)} {...{ x, y, width: size, height }} />
    </>
  );
}

/** A matrix of cells. */
export function Matrix({
  x,
  y,
  size,
  values,
  full = 1,
  gap = 1,
}: {
  x: number;
  y: number;
  size: number;
  values: readonly (readonly number[])[];
  full?: number;
  gap?: number;
}) {
  return (
    <g>
      {values.map((row, r) =>
        row.map((value, c) => (
          <Cell key={`${r},${c}`} x={x + c * (size + gap)} y={y + r * (size + gap)} {...{ size, value, full }} />
        )),
      )}
    </g>
  );
}

/** An arrow from one point to another. */
export function Arrow({
  from,
  to,
  class: name = "",
}: {
  from: readonly [number, number];
  to: readonly [number, number];
  class?: string;
}) {
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  const length = Math.hypot(dx, dy) || 1;
  const [ux, uy] = [dx / length, dy / length];
  const [bx, by] = [to[0] - 6 * ux, to[1] - 6 * uy];
  return (
    <g class={`arrow ${name}`}>
      <line x1={from[0]} y1={from[1]} x2={bx} y2={by} />
      <polygon points={`${to[0]},${to[1]} ${bx - 3.5 * uy},${by + 3.5 * ux} ${bx + 3.5 * uy},${by - 3.5 * ux}`} />
    </g>
  );
}

/** A line through points. */
export const Path = ({
  points,
  class: name = "",
}: {
  points: readonly (readonly [number, number])[];
  class?: string;
}) => <polyline class={`path ${name}`} points={points.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" ")} />;

/** A slider with its name and value. */
export function Slider({
  label,
  value,
  min,
  max,
  step = 1,
  text,
  onInput,
}: {
  label: string;
  value: number;
  min: number;
  max: number;
  step?: number;
  text?: string;
  onInput: (value: number) => void;
}) {
  return (
    <label class="slider">
      <span>
        {label} <output>{text ?? value}</output>
      </span>
      <input
        type="range"
        {...{ min, max, step, value }}
        aria-valuetext={text}
        onInput={(event) => onInput(Number(event.currentTarget.value))}
      />
    </label>
  );
}

/** One of several, as buttons that stay pressed. */
export function Choice<T extends string>({
  label,
  options,
  value,
  onSelect,
}: {
  label: string;
  options: readonly (readonly [T, string])[];
  value: T;
  onSelect: (value: T) => void;
}) {
  return (
    <fieldset class="choice" aria-label={label}>
      {options.map(([key, text]) => (
        <button key={key} type="button" aria-pressed={key === value} onClick={() => onSelect(key)}>
          {text}
        </button>
      ))}
    </fieldset>
  );
}

export const Check = ({
  label,
  checked,
  onInput,
}: {
  label: string;
  checked: boolean;
  onInput: (on: boolean) => void;
}) => (
  <label class="check">
    <input type="checkbox" checked={checked} onInput={(event) => onInput(event.currentTarget.checked)} />
    {label}
  </label>
);

export const Text = ({
  label,
  value,
  max = 60,
  onInput,
}: {
  label: string;
  value: string;
  max?: number;
  onInput: (text: string) => void;
}) => (
  <label class="text">
    {label}
    <input
      type="text"
      autocomplete="off"
      spellcheck={false}
      maxLength={max}
      value={value}
      onInput={(event) => onInput(event.currentTarget.value)}
    />
  </label>
);

/** A share of 1 as a horizontal bar, in a row of a table. */
export const Bar = ({ share, class: name = "" }: { share: number; class?: string }) => (
  <svg class={`share ${name}`} viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
    <rect class="cell" width="100" height="8" />
    <rect class="full" width={(100 * Math.max(0, Math.min(1, share))).toFixed(1)} height="8" />
  </svg>
);

/** What may be wider than a phone: it scrolls sideways, by keyboard too. */
export function Scroll({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section class="scroll" tabIndex={0} aria-label={label}>
      {children}
    </section>
  );
}
