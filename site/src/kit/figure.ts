// A figure: parameters that a person moves, numbers that the library computes from them, and a picture of the numbers.
// The same three functions make the still of the build, the live figure in the page and the test.
import type { ComponentChildren } from "preact";
import type { Lesson, Weights } from "./lesson.ts";

export type Lang = "en" | "ko";

export interface ViewProps<P, D, W> {
  readonly params: P;
  readonly data: D;
  readonly w: W;
  readonly lang: Lang;
  /** A person moved something: what plays by itself stops. */
  set(change: Partial<P>): void;
}

export interface Figure<P extends object, D, W> {
  readonly id: string;
  /** Where it stands at first, and in the still. */
  readonly params: P;
  /** The two languages; `ko` has what `en` has, or it does not compile. */
  readonly words: { readonly en: W; readonly ko: W };
  /** What is trained while one watches. */
  readonly lesson?: () => Promise<Lesson>;
  /** Real numbers from the library. `weights` are those of the lesson, as far as it has come. */
  compute(params: P, weights: Weights): D | Promise<D>;
  view(props: ViewProps<P, D, W>): ComponentChildren;
  /** It moves until someone touches it. */
  readonly play?: { readonly every: number; next(params: P): Partial<P> };
  /** Classes of terms (`t-...`) in the page's equations that are lit. */
  lit?(params: P, data: D): readonly string[];
  /** One sentence on what is to be seen now, for those who do not see it. */
  describe(data: D, params: P, w: W): string;
  /** What the figure must show: with `goal` in place of the first parameters, and the lesson's last weights. */
  readonly goal?: Partial<P>;
  reached(data: D): boolean;
}

export type AnyFigure = Figure<object, unknown, { readonly title: string }>;

/** Checks a figure's types, and forgets them. */
export function figure<P extends object, D, W extends { readonly title: string }>(made: Figure<P, D, W>): AnyFigure {
  return made as unknown as AnyFigure;
}
