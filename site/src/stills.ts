// For the build, the recorder and the tests: figures without a page.
import { h } from "preact";
import { renderToString } from "preact-render-to-string";
import { webEngine } from "unrolled/web";
import { figures } from "./figures/index.ts";
import type { Lang } from "./kit/figure.ts";
import { runLesson, type Weights } from "./kit/lesson.ts";
import { recordedWeights } from "./kit/recorded.ts";
import { Picture } from "./kit/stage.tsx";
import { lessons } from "./lessons/index.ts";

export { figures, lessons, recordedWeights, runLesson, webEngine };

/** A figure as it stands at first, with what its lesson ends with. */
export async function still(id: string, lang: Lang): Promise<string> {
  const figure = await figures[id]!();
  const weights = await recordedWeights(figure.lesson && (await figure.lesson()).id);
  const data = await figure.compute(figure.params, weights);
  const picture = renderToString(h(Picture, { figure, lang, params: figure.params, data, set: () => {} }));
  const sentence = figure.describe(data, figure.params, figure.words[lang] as never);
  return `${picture}<p class="sentence">${sentence.replaceAll("&", "&amp;").replaceAll("<", "&lt;")}</p>`;
}

/** Whether a figure shows what it must, with these weights. */
export async function reached(id: string, weights: Weights): Promise<boolean> {
  const figure = await figures[id]!();
  return figure.reached(await figure.compute({ ...figure.params, ...figure.goal }, weights));
}
