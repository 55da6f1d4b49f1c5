import { signal } from "@preact/signals";
import { render } from "preact";
import "./style.css";
import { Lab } from "./lab.tsx";
import { Play } from "./play.tsx";
import { chosen, go, learnFrom, oneStep, ownText, pause, source, start, status } from "./run.ts";
import { runOfLink } from "./share.ts";
import { language, switchLanguage, words } from "./words.ts";

const route = signal(location.hash);
addEventListener("hashchange", () => {
  route.value = location.hash;
  void open();
});

const themes = ["light dark", "light", "dark"];
function switchTheme(): void {
  const { style } = document.documentElement;
  const next = themes[(themes.indexOf(style.colorScheme || "light dark") + 1) % 3]!;
  style.colorScheme = next;
  localStorage.setItem("theme", next);
}

addEventListener("keydown", (event) => {
  const { target, key } = event;
  const typing = target instanceof HTMLElement && target.closest("input, textarea, select, button, a");
  if (typing || event.metaKey || event.ctrlKey || event.altKey) return;
  if (key === " ") {
    event.preventDefault();
    if (status.value === "paused") go();
    else pause();
  } else if (key === ".") oneStep();
  else if (key === "r") start();
  else if (key === "l") switchLanguage();
  else if (key === "t") switchTheme();
});

function App() {
  const w = words.value;
  const lab = route.value.startsWith("#/run");
  return (
    <>
      <header>
        <a class="brand" href="#/">
          <svg viewBox="0 0 16 16" aria-hidden="true">
            <path d="M3 8a5 5 0 1 1 5 5" />
            <circle cx="8" cy="13" r="2" />
          </svg>
          Unrolled
        </a>
        <nav>
          <a href="#/" aria-current={lab ? undefined : "page"}>
            {w.play}
          </a>
          <a href="#/run" aria-current={lab ? "page" : undefined}>
            {w.lab}
          </a>
        </nav>
        <button type="button" onClick={switchTheme} aria-label={w.theme} title={w.theme}>
          ◐
        </button>
        <button type="button" onClick={switchLanguage} lang={language.value === "ko" ? "en" : "ko"}>
          {w.language}
        </button>
      </header>
      {lab ? <Lab /> : <Play />}
    </>
  );
}

/** Trains what a link asks for. */
async function open(): Promise<boolean> {
  const shared = await runOfLink(location.hash);
  if (!shared) return false;
  source.value = shared.source;
  ownText.value = shared.text ?? "";
  chosen.value = shared.recipe;
  start();
  return true;
}

/** The text that the command line was given; the key in the address lets this page read it. */
async function openFile(): Promise<boolean> {
  const key = /^#k=([0-9a-f]+)$/.exec(location.hash)?.[1];
  if (key === undefined) return false;
  history.replaceState(null, "", location.pathname);
  const response = await fetch("opened", { headers: { authorization: `Bearer ${key}` } }).catch(() => undefined);
  const opened = response?.ok ? ((await response.json()) as { text: string } | null) : null;
  if (!opened) return false;
  learnFrom("own", opened.text.normalize("NFC"));
  return true;
}

document.documentElement.lang = language.value;
document.documentElement.style.colorScheme = localStorage.getItem("theme") ?? "light dark";
render(<App />, document.getElementById("app")!);
if (!(await open()) && !(await openFile())) learnFrom(language.value === "ko" ? "places" : "dinosaurs");
