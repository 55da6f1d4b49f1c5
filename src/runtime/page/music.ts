// The page of a generator of music: composes, draws a piano roll, plays through WebAudio.
import { h, newSeed, results, s, selects, slider } from "./dom.ts";

interface Note {
  pitch: number;
  start: number;
  duration: number;
}
interface Composer {
  fields: Readonly<Record<string, readonly string[]>>;
  compose(options: object): { labels: Record<string, string>; notes: Note[] };
}

export function musicPage(model: Composer): HTMLElement[] {
  const temperature = slider("Temperature", { min: 0.3, max: 1.4, step: 0.05, value: 0.9 });
  const length = slider("Length", { min: 32, max: 400, step: 8, value: 96 });
  const choice = selects(model.fields);
  const found = results();
  const play = h("button", { click: () => void (playing ? stop() : start()) }, "Play");
  let notes: Note[] = [];
  let head: SVGLineElement | undefined;
  let playing: AudioContext | undefined;

  function compose(): void {
    stop();
    found.show(() => {
      const options = { labels: choice.labels(), temperature: temperature.value(), maxTokens: length.value() };
      const piece = model.compose({ ...options, seed: newSeed() });
      notes = piece.notes;
      if (notes.length === 0) return [h("p", { class: "note" }, "Silence. Compose again.")];
      const labels = Object.values(piece.labels).join(", ");
      const drawn = roll(notes);
      head = drawn.head;
      return [drawn.element, h("p", { class: "note" }, `${notes.length} notes${labels ? `, ${labels}` : ""}`)];
    });
  }
  function start(): void {
    const audio = new AudioContext();
    playing = audio;
    play.textContent = "Stop";
    const out = audio.createGain();
    out.gain.value = 0.18;
    out.connect(audio.destination);
    const from = audio.currentTime + 0.1;
    for (const { pitch, start: at, duration } of notes) sound(audio, out, pitch, from + at, duration);
    const end = Math.max(0, ...notes.map((note) => note.start + note.duration));
    const follow = () => {
      if (playing !== audio) return;
      const now = audio.currentTime - from;
      head?.setAttribute("transform", `translate(${(640 * Math.max(0, now)) / end} 0)`);
      if (now > end + 0.3) stop();
      else requestAnimationFrame(follow);
    };
    follow();
  }
  function stop(): void {
    void playing?.close();
    playing = undefined;
    play.textContent = "Play";
    head?.setAttribute("transform", "translate(-9 0)");
  }
  addEventListener("keydown", (event) => {
    const control = (event.target as Element | null)?.matches("button, input, select");
    if (event.key !== " " || control) return;
    event.preventDefault();
    if (playing) stop();
    else start();
  });
  setTimeout(compose, 50);
  return [
    h("div", { class: "row" }, ...choice.elements, temperature.element, length.element),
    h(
      "div",
      { class: "row buttons" },
      h("button", { class: "main", click: compose }, "Compose"),
      play,
      h("kbd", {}, "Space"),
    ),
    found.element,
  ];
}

/** A plucked tone: three partials that fade. */
function sound(audio: AudioContext, out: AudioNode, pitch: number, at: number, duration: number): void {
  const frequency = 440 * 2 ** ((pitch - 69) / 12);
  [1, 0.35, 0.12].forEach((loudness, k) => {
    const tone = audio.createOscillator();
    const gain = audio.createGain();
    tone.frequency.value = frequency * (k + 1);
    gain.gain.setValueAtTime(0, at);
    gain.gain.linearRampToValueAtTime(loudness, at + 0.012);
    gain.gain.setTargetAtTime(0, at + 0.02, 0.5 / (k + 1));
    gain.gain.setTargetAtTime(0, at + duration, 0.05);
    tone.connect(gain).connect(out);
    tone.start(at);
    tone.stop(at + duration + 0.4);
  });
}

function roll(notes: readonly Note[]): { element: Element; head: SVGLineElement } {
  const end = Math.max(...notes.map(({ start, duration }) => start + duration));
  const pitches = notes.map(({ pitch }) => pitch);
  const [low, high] = [Math.min(...pitches) - 1, Math.max(...pitches) + 1];
  const height = 220;
  const step = height / (high - low + 1);
  const head = s("line", { x1: 0, x2: 0, y1: 0, y2: height, class: "head", transform: "translate(-9 0)" });
  const element = s(
    "svg",
    { viewBox: `0 0 640 ${height}`, class: "roll", role: "img", "aria-label": "Piano roll" },
    ...notes.map(({ pitch, start, duration }) =>
      s("rect", {
        x: (640 * start) / end,
        y: (high - pitch) * step,
        width: Math.max(2, (640 * duration) / end - 1),
        height: Math.max(2, step - 1),
        rx: Math.min(3, step / 3),
      }),
    ),
    head,
  );
  return { element, head };
}
