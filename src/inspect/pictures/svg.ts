// The few bits of SVG that the pictures are made of: text in, text out, no dependency.

/** Attributes; numbers are written with at most two decimals. Undefined ones are left out. */
export type Attributes = Record<string, string | number | undefined>;

/** One element: `element("rect", { x: 1 }, ...children)`. Children are SVG already; text goes through {@link text}. */
export function element(name: string, attributes: Attributes, ...children: string[]): string {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${typeof value === "number" ? short(value) : escapeXml(String(value))}"`)
    .join("");
  return children.length ? `<${name}${written}>${children.join("")}</${name}>` : `<${name}${written}/>`;
}

/** A label at a place. Control characters show as signs, so that a space or a newline can be seen. */
export function text(x: number, y: number, label: string, attributes: Attributes = {}): string {
  return element("text", { x, y, ...attributes }, escapeXml(label) || " ");
}

/** The whole picture, on white, with a title that screen readers say. */
export function picture(width: number, height: number, title: string, ...children: string[]): string {
  const frame = { xmlns: "http://www.w3.org/2000/svg", width, height, viewBox: `0 0 ${short(width)} ${short(height)}` };
  const font = { "font-family": "system-ui, 'Segoe UI', 'Noto Sans', 'Noto Sans CJK KR', sans-serif", "font-size": 12 };
  return `${element(
    "svg",
    { ...frame, ...font, role: "img" },
    element("title", {}, escapeXml(title)),
    element("rect", { width, height, fill: "#ffffff" }),
    ...children,
  )}\n`;
}

/** Text as XML: the five signs escaped, characters that XML forbids replaced. */
export function escapeXml(value: string): string {
  return value
    .replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, "\ufffd")
    .replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** A token as a label: white space made visible, long ones cut. */
export function tokenLabel(token: string, longest = 24): string {
  const shown = token
    .replaceAll("\n", "↵")
    .replaceAll("\t", "⇥")
    .replace(/^ +$/, (spaces) => "␣".repeat(spaces.length));
  const characters = [...shown];
  return characters.length > longest ? `${characters.slice(0, longest - 1).join("")}…` : shown;
}

/** About how wide a label is, in pixels at 12 px: East Asian characters are twice as wide. */
export function textWidth(label: string): number {
  let width = 0;
  for (const character of label)
    width += /[\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7ff\uff00-\uff60]/.test(character) ? 12 : 6.8;
  return width;
}

const short = (value: number) => String(Number(value.toFixed(2)));

/** Round numbers that cover a range: 0, 0.2, 0.4 ... */
export function ticks(low: number, high: number, about = 6): number[] {
  if (!(high > low)) return [low];
  const raw = (high - low) / about;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= raw * 0.999)!;
  const result: number[] = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + step * 1e-9; k++)
    result.push(Number((k * step).toPrecision(12)));
  return result;
}

/** Powers of ten within a range, every second or so where there are many. */
export function logTicks(low: number, high: number, about = 8): number[] {
  const from = Math.floor(Math.log10(low) + 1e-9);
  const to = Math.ceil(Math.log10(high) - 1e-9);
  const stride = Math.max(1, Math.ceil((to - from + 1) / about));
  const result: number[] = [];
  for (let k = Math.ceil(from / stride) * stride; k <= to; k += stride) {
    const value = Number(`1e${k}`); // 10 ** -5 is not 1e-5
    if (value >= low * 0.999 && value <= high * 1.001) result.push(value);
  }
  return result;
}

/** Made once: a call of `toLocaleString` makes one. */
const decimal = new Intl.NumberFormat("en-US", { maximumFractionDigits: 4 });

/** `0.05`, `1,200`, `1e-7`. */
export function tickLabel(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e6))
    return value
      .toExponential()
      .replace("+", "")
      .replace(/(\.\d{2})\d+/, "$1");
  return decimal.format(value);
}
