// The page: header, screens by the address, keys, and what is opened first.
import { computed, effect, signal } from "@preact/signals";
import { type ComponentType, render } from "preact";
import { chosen, file, learnFile, learnFrom, run, source, start, task, watching } from "./app.ts";
import { dropped } from "./drop.tsx";
import { keepOffline } from "./offline.ts";
import { Play } from "./play.tsx";
import { api, openSession, session } from "./session.ts";
import { runOfLink } from "./share.ts";
import { language, loadWords, switchLanguage, words } from "./words/index.ts";

/** Screens other than the first are fetched when they are opened. */
const screens = {
  run: async () => (await import("./lab.tsx")).Lab,
  race: async () => (await import("./race.tsx")).Race,
  cell: async () => (await import("./cell.tsx")).Cell,
  words: async () => (await import("./vectors.tsx")).Vectors,
  models: async () => (await import("./models.tsx")).Models,
} satisfies Record<string, () => Promise<ComponentType>>;
type ScreenName = keyof typeof screens;

const shown = signal<{ name?: ScreenName; Screen: ComponentType }>({ Screen: Play });
let asked = 0;

/** Shows the screen of the address, once it has been fetched: unless another was asked for in the meantime. */
async function show(): Promise<void> {
  const turn = ++asked;
  const found = /^#\/(\w+)/.exec(location.hash)?.[1] as ScreenName | undefined;
  const name = found && Object.hasOwn(screens, found) ? found : undefined;
  const Screen = name ? await screens[name]() : Play;
  if (turn === asked) shown.value = { name, Screen };
}
addEventListener("hashchange", async () => {
  if (!(await openLink())) await show();
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
  const typing =
    target instanceof HTMLElement && target.closest("input, textarea, select, button, a, summary, [role=tab]");
  if (typing || event.metaKey || event.ctrlKey || event.altKey) return;
  if (key === " ") {
    event.preventDefault();
    if (run.status.value === "paused") run.go();
    else run.pause();
  } else if (key === ".") run.oneStep();
  else if (key === "r" && !watching.value) start();
  else if (key === "l") void switchLanguage();
  else if (key === "t") switchTheme();
});
addEventListener("dragover", (event) => event.preventDefault());
addEventListener("drop", (event) => {
  event.preventDefault();
  if (!watching.value) void dropped(event.dataTransfer?.files);
});

function App() {
  const w = words.value;
  const { name: current, Screen } = shown.value;
  const links: [ScreenName | undefined, string][] = watching.value
    ? [["run", w.lab]]
    : [
        [undefined, w.play],
        ["run", w.lab],
        ["race", w.race],
        ["cell", w.cell],
        ["words", w.vectors],
        ["models", w.models],
      ];
  return (
    <>
      <button type="button" class="skip" onClick={() => document.querySelector<HTMLElement>("main")?.focus()}>
        {w.skip}
      </button>
      <header>
        <a class="brand" href="#/">
          <svg viewBox="0 0 34 16" aria-hidden="true">
            <path d="M3 8a5 5 0 1 1 5 5" />
            <circle cx="8" cy="13" r="2" />
            <path d="M14 8h5m3 0h5m3 0h2" class="unrolled" />
          </svg>
          Unrolled
        </a>
        <nav aria-label={w.title}>
          {links.map(([name, title]) => (
            <a key={name ?? ""} href={name ? `#/${name}` : "#/"} aria-current={current === name ? "page" : undefined}>
              {title}
            </a>
          ))}
        </nav>
        <button type="button" class="round" onClick={switchTheme} aria-label={w.theme} title={w.theme}>
          ◐
        </button>
        <button type="button" onClick={switchLanguage} lang={language.value === "ko" ? "en" : "ko"}>
          {w.language}
        </button>
      </header>
      <Screen />
      <footer>
        <p class="hint">{w.keys}</p>
      </footer>
    </>
  );
}

/** Trains what a link asks for. */
async function openLink(): Promise<boolean> {
  const shared = await runOfLink(location.hash);
  if (!shared) return false;
  source.value = shared.source;
  file.value =
    shared.text === undefined
      ? undefined
      : { name: shared.name ?? "text.txt", bytes: new TextEncoder().encode(shared.text) };
  task.value = shared.task;
  chosen.value = shared.recipe;
  start();
  return true;
}

/** What the server has: a run to watch, or the file that the command was given. */
async function openServed(): Promise<boolean> {
  await openSession();
  const served = session.value;
  if (served?.watched) {
    watching.value = true;
    source.value = "own";
    location.hash = "#/run";
    run.attach();
    return true;
  }
  if (!served?.opened) return false;
  const bytes = new Uint8Array(await (await api("opened")).arrayBuffer());
  run.moveTo(true);
  location.hash = "#/run";
  learnFile({ name: served.opened, bytes });
  return true;
}

document.documentElement.lang = language.value;
document.documentElement.style.colorScheme = localStorage.getItem("theme") ?? "light dark";
/** The worker is asked first, so that it learns while the page is drawn. */
async function begin(): Promise<void> {
  if (!(await openLink()) && !(await openServed())) learnFrom(language.value === "ko" ? "places" : "dinosaurs");
}
void begin();
await Promise.all([loadWords(), new Promise((resolve) => setTimeout(resolve))]);
render(<App />, document.getElementById("app")!);
void show();
// On a site the page works offline from then on. Its files are kept when training first stops, or after a minute: starting a
// service worker while all cores train blocks the page for a tenth of a second.
const begun = computed(() => run.step.value > 0);
const rests = computed(() => begun.value && run.status.value !== "learning");
effect(() => {
  if (begun.value) setTimeout(() => keepOffline(["studio/"]), rests.value ? 0 : 60_000);
});
