// The figures by name. Each is loaded when it comes near the screen.
import type { AnyFigure } from "../kit/figure.ts";

export const figures: Readonly<Record<string, () => Promise<AnyFigure>>> = {
  fold: () => import("./fold.tsx").then(({ fold }) => fold),
  lamps: () => import("./lamps.tsx").then(({ lamps }) => lamps),
  counter: () => import("./counter.tsx").then(({ counter }) => counter),
};
