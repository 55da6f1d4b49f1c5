// A score as a piano roll: time to the right, pitch upwards, one bar a note.
import { pitchName, type Score, scoreLength } from "../../data/music/score.ts";
import { categories } from "./colors.ts";
import { element, picture, text } from "./svg.ts";

export interface PianoRollOptions {
  title?: string;
  /** Pixels a quarter. Default 24, less for long pieces. */
  quarter?: number;
  /** Pixels a semitone. Default 8. */
  semitone?: number;
}

/** Draws a score; channels have colors of their own, black keys a gray row. @returns SVG */
export function pianoRoll(music: Score, options: PianoRollOptions = {}): string {
  const { title = music.title ?? "", semitone = 8 } = options;
  const quarters = scoreLength(music) / music.ticksPerQuarter;
  const quarter = options.quarter ?? Math.max(2, Math.min(24, 2400 / Math.max(1, quarters)));
  const pitches = music.notes.map(({ pitch }) => pitch);
  const low = pitches.reduce((a, b) => Math.min(a, b), 60) - 1;
  const high = pitches.reduce((a, b) => Math.max(a, b), 72) + 1;
  const box = {
    left: 44,
    top: title ? 36 : 12,
    width: Math.max(40, quarters * quarter),
    height: (high - low + 1) * semitone,
  };
  const y = (pitch: number) => box.top + (high - pitch) * semitone;
  const x = (ticks: number) => box.left + (ticks / music.ticksPerQuarter) * quarter;

  const rows: string[] = [];
  for (let pitch = low; pitch <= high; pitch++) {
    if ([1, 3, 6, 8, 10].includes(pitch % 12)) {
      rows.push(element("rect", { x: box.left, y: y(pitch), width: box.width, height: semitone, fill: "#f0f0f0" }));
    }
    if (pitch % 12 === 0)
      rows.push(
        text(box.left - 6, y(pitch) + semitone, pitchName(pitch), {
          "text-anchor": "end",
          "font-size": 10,
          fill: "#444444",
        }),
      );
  }
  const bar = (music.ticksPerQuarter * 4 * music.meter[0]) / music.meter[1];
  const bars: string[] = [];
  for (let k = 0; k * bar <= scoreLength(music); k++) {
    bars.push(
      element("line", { x1: x(k * bar), x2: x(k * bar), y1: box.top, y2: box.top + box.height, stroke: "#d0d0d0" }),
    );
  }
  const notes = music.notes.map(({ pitch, start, duration, channel = 0, velocity = 80 }) =>
    element(
      "rect",
      {
        x: x(start) + 0.5,
        y: y(pitch) + 0.5,
        width: Math.max(1, x(start + duration) - x(start) - 1),
        height: semitone - 1,
        rx: Math.min(2, semitone / 4),
        fill: categories[channel % 7]!,
        opacity: 0.55 + (0.45 * velocity) / 127,
      },
      element("title", {}, `${pitchName(pitch)}`.replace("#", "♯")),
    ),
  );
  return picture(
    box.left + box.width + 16,
    box.top + box.height + 12,
    title || "piano roll",
    title ? text(box.left, 22, title, { "font-size": 15, "font-weight": 600 }) : "",
    ...rows,
    ...bars,
    element("rect", { x: box.left, y: box.top, width: box.width, height: box.height, fill: "none", stroke: "#bbbbbb" }),
    ...notes,
  );
}
