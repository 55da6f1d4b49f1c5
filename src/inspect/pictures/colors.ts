// Colors that people with any kind of color vision can tell apart, and that keep their order in gray.

/** For lines and classes: Okabe and Ito's eight, the light yellow last. */
export const categories = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#000000", "#f0e442"];

/** Light to dark blue, even in lightness: 0 is nearly white, so that what is nothing looks like nothing. */
const sequential = ["#f7fbff", "#dce9f6", "#bcd7ec", "#8fc1de", "#5da5d1", "#3585bf", "#1764ab", "#084185", "#062a59"];
/** Blue, white, orange: the pair that no common color blindness confuses. */
const diverging = ["#08306b", "#2171b5", "#6baed6", "#c6dbef", "#f7f7f7", "#fdd0a2", "#fd8d3c", "#d94801", "#7f2704"];

/** A color of 0 to 1 (cut there); `diverging` has its white at 0.5. Not-a-number is gray. */
export function colorOf(value: number, map: "sequential" | "diverging" = "sequential"): string {
  const [r, g, b] = channels(value, map);
  return `#${[r, g, b].map((c) => c.toString(16).padStart(2, "0")).join("")}`;
}

/** Red, green and blue, 0 to 255. */
export function channels(value: number, map: "sequential" | "diverging" = "sequential"): [number, number, number] {
  if (Number.isNaN(value)) return [204, 204, 204];
  const stops = map === "sequential" ? sequential : diverging;
  const at = Math.min(1, Math.max(0, value)) * (stops.length - 1);
  const low = Math.min(stops.length - 2, Math.floor(at));
  const part = (stop: string, i: number) => Number.parseInt(stop.slice(1 + 2 * i, 3 + 2 * i), 16);
  const mix = (i: number) =>
    Math.round(part(stops[low]!, i) + (at - low) * (part(stops[low + 1]!, i) - part(stops[low]!, i)));
  return [mix(0), mix(1), mix(2)];
}

/** Black or white, whichever reads better on a color (relative luminance, WCAG). */
export function inkOn(color: string): "#000000" | "#ffffff" {
  const linear = [1, 3, 5].map((i) => {
    const c = Number.parseInt(color.slice(i, i + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * linear[0]! + 0.7152 * linear[1]! + 0.0722 * linear[2]! > 0.179 ? "#000000" : "#ffffff";
}
