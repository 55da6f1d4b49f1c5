// The script of an exported page: loads the model that is inside it and shows the page of its task.
import { h } from "./dom.ts";
import { forecasterPage } from "./forecast.ts";
import { musicPage } from "./music.ts";
import { classifierPage, regressorPage, taggerPage, toyPage, translatorPage } from "./read.ts";
import { generatorPage, languageModelPage } from "./write.ts";

interface Start {
  /** Loads the model from its weights. */
  load(weights: Uint8Array): Promise<Record<string, unknown>>;
  /** Base64. */
  weights: string;
  title: string;
  /** What the model is, in a line. */
  about: string;
  /** Of a forecaster: values to begin with. */
  sample?: Readonly<Record<string, readonly number[]>>;
}

const { document: page } = globalThis;

export async function start({ load, weights, title, about, sample }: Start): Promise<void> {
  const main = h("main", {}, h("h1", {}, title), h("p", { class: "about" }, about));
  page.body.append(main);
  try {
    const model = await load(Uint8Array.from(atob(weights), (character) => character.charCodeAt(0)));
    main.append(...contents(model, sample));
    const engine = model.engine === "wasm" ? "WebAssembly" : "plain JavaScript";
    main.append(
      h(
        "footer",
        {},
        `The model is inside this page and runs here, by ${engine}: nothing you type leaves it. Made with Unrolled.`,
      ),
    );
    page.documentElement.dataset.ready = "";
    main.querySelector<HTMLElement>("[autofocus]")?.focus();
  } catch (error) {
    main.append(h("p", { class: "fault" }, String(error)));
  }
}

function contents(model: Record<string, unknown>, sample: Start["sample"]): HTMLElement[] {
  const own = model as never;
  switch (model.task) {
    case "language-model":
      return languageModelPage(own);
    case "classifier":
      return classifierPage(own);
    case "regressor":
      return regressorPage(own);
    case "tagger":
      return taggerPage(own);
    case "translator":
      return translatorPage(own);
    case "forecaster":
      return forecasterPage(own, sample ?? {});
    case "generator":
      return model.content === "text" ? generatorPage(own) : musicPage(own);
    default:
      return toyPage(own);
  }
}
