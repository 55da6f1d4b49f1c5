// The picture as SVG for papers: vector shapes, real text, nothing to load.
import { checkNumber } from "../../base/errors.ts";
import { placeLabels } from "./layout.ts";
import { checkPicture, type Picture, unitSquare } from "./picture.ts";

export interface StillOptions {
  /** Width and height in pixels (PNG) or user units (SVG); 1200 by default: a column at 300 dots per inch and more. */
  size?: number;
  /** At most so many words are named; 250 by default, and never one over another. */
  labels?: number;
  /** Words to name before all others, drawn in the second color. */
  highlight?: readonly string[];
}

/** Renders a square SVG. Words that are highlighted but not in the picture are left out. */
export function pictureSvg(picture: Picture, options: StillOptions = {}): string {
  const { points, size, labels, first, radius, fontSize } = still("pictureSvg", picture, options);
  const { words, title, caption } = picture;
  const round = (value: number) => String(Math.round(value * 10) / 10);
  const placed = placeLabels({
    points,
    widthOf: (word) => textWidth(words[word]!) * fontSize,
    lineHeight: fontSize * 1.1,
    gap: 2 * radius + 2,
    width: size,
    height: size,
    limit: labels,
    first,
  });
  const marked = new Set(first);
  const dots = (rows: Iterable<number>, r: number) =>
    Array.from(
      rows,
      (i) => `<circle cx="${round(points[2 * i]!)}" cy="${round(points[2 * i + 1]!)}" r="${round(r)}"/>`,
    );
  const others = words.map((_, i) => i).filter((i) => !marked.has(i));
  const text = placed.map(
    ({ word, x, y }) =>
      `<text x="${round(x)}" y="${round(y + fontSize * 0.35)}"${marked.has(word) ? ' class="m"' : ""}>${escapeXml(words[word]!)}</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}" viewBox="0 0 ${size} ${size}" role="img">
<title>${escapeXml(title ?? "Word vectors")}</title>
<desc>${escapeXml(caption ?? "")}</desc>
<style>circle{fill:#4b6cb7;fill-opacity:.5}.m circle,text.m{fill:#c0182f;fill-opacity:1}text{font:${fontSize}px Helvetica,Arial,sans-serif;fill:#20242c;paint-order:stroke;stroke:#fff;stroke-width:2}text.m{font-weight:bold}</style>
<rect width="${size}" height="${size}" fill="#fff"/>
<g>${dots(others, radius).join("")}</g>
<g class="m">${dots(marked, 2 * radius).join("")}</g>
${text.join("\n")}
</svg>
`;
}

/** What SVG and PNG share: checked options, points in pixels, sizes that suit the number of words. */
export function still(where: string, picture: Picture, options: StillOptions) {
  checkPicture(where, picture);
  const size = checkNumber(`${where}(size)`, options.size ?? 1200, { min: 100, max: 20000, integer: true });
  const labels = checkNumber(`${where}(labels)`, options.labels ?? 250, { min: 0, integer: true });
  const margin = size * 0.04;
  const points = unitSquare(picture).map((at) => margin + at * (size - 2 * margin));
  const first = [...new Set(options.highlight)].map((word) => picture.words.indexOf(word)).filter((row) => row >= 0);
  const radius = (size / 1200) * Math.min(4, Math.max(1, 150 / Math.sqrt(picture.words.length)));
  return { points, size, labels, first, radius, fontSize: Math.round((size / 1200) * 12 * 10) / 10 };
}

/** About how wide a text is in units of its font size: wide scripts 1, capitals 0.72, narrow letters 0.3, others 0.56. */
function textWidth(text: string): number {
  let width = 0;
  for (const c of text) {
    if (c.codePointAt(0)! >= 0x1100) width += 1;
    else if (/[A-ZMWmw@%]/.test(c)) width += 0.75;
    else width += /[iljtf.,:;'|! ]/.test(c) ? 0.3 : 0.57;
  }
  return width;
}

/** Escapes markup, and drops the control characters that XML cannot hold. */
function escapeXml(text: string): string {
  return text
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}
