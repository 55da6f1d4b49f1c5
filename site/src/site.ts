// What every page has: figures, the theme's button, sentences that set a figure.
import "./style/index.css";
import { keepOffline } from "../../studio/src/offline.ts";
import { defineFigures } from "./kit/element.ts";
import { defineSearch } from "./search.ts";

defineFigures();
defineSearch();
addEventListener("load", () => keepOffline(document.querySelector("u-figure") ? ["assets/"] : ["search"]));

const dark = () => {
  const chosen = document.documentElement.style.colorScheme;
  return chosen === "dark" || (chosen !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
};

document.querySelector("[data-theme]")?.addEventListener("click", () => {
  const next = dark() ? "light" : "dark";
  document.documentElement.style.colorScheme = next;
  localStorage.setItem("theme", next);
});

document.addEventListener("click", (event) => {
  const target = event.target as Element;
  const button = target.closest<HTMLButtonElement>("button[data-set]");
  if (button) {
    const figure = button.closest("article")?.querySelector("u-figure");
    figure?.dispatchEvent(new CustomEvent("figure-set", { detail: JSON.parse(button.dataset.set!) }));
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    figure?.scrollIntoView({ block: "nearest", behavior: calm ? "instant" : "smooth" });
  }
  const copy = target.closest<HTMLButtonElement>("button[data-copy]");
  if (copy) {
    const code = copy.parentElement?.querySelector("code")?.textContent ?? "";
    void navigator.clipboard?.writeText(code).then(() => copy.classList.add("copied"));
  }
});
