// <u-figure name="lamps">: shows its still until it comes near the screen, then the figure itself.
import { figures } from "../figures/index.ts";
import type { Lang } from "./figure.ts";

class FigureElement extends HTMLElement {
  connectedCallback(): void {
    const observer = new IntersectionObserver(
      (entries) => {
        if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
        observer.disconnect();
        void this.open();
      },
      { rootMargin: "300px" },
    );
    observer.observe(this);
  }

  async open(): Promise<void> {
    const load = figures[this.getAttribute("name") ?? ""];
    if (!load) return;
    const [figure, { mount }] = await Promise.all([load(), import("./stage.tsx")]);
    const lang: Lang = (this.closest("[lang]")?.getAttribute("lang") ?? "en") === "ko" ? "ko" : "en";
    const lesson = figure.lesson && (await figure.lesson()).id;
    this.style.minHeight = `${this.offsetHeight}px`; // nothing jumps when the still goes
    this.replaceChildren();
    mount({ figure, lang, host: this, ...(lesson ? { lesson } : {}) }, this);
    this.dataset.live = "";
  }
}

export const defineFigures = (): void => {
  if (!customElements.get("u-figure")) customElements.define("u-figure", FigureElement);
};
