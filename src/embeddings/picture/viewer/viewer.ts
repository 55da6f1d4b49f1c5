// Runs inside the page: ties data, points, labels, search and the pointer together.
// Its text is put into the page as it stands, so it may refer to nothing outside itself; the parts are handed in.
import type { createLabels } from "./labels.ts";
import type { createPoints, Palette, View } from "./points.ts";
import type { createSearch } from "./search.ts";

/** What the page carries; numbers are base64 of little-endian arrays. */
export interface PageData {
  words: string[];
  /** float32 x and y in the unit square. */
  points: string;
  /** How many neighbors a word has; 0: none are known. */
  k: number;
  /** uint32 row numbers, or uint16 where they suffice. */
  indices: string;
  /** int8: hundredths of cosine similarity. */
  similarities: string;
}

interface Parts {
  createPoints: typeof createPoints;
  createLabels: typeof createLabels;
  createSearch: typeof createSearch;
}

export function viewer(page: Document, { createPoints, createLabels, createSearch }: Parts): void {
  const host = page.defaultView!;
  const element = <E extends HTMLElement>(id: string) => page.getElementById(id) as E;
  const bytes = (text: string) => {
    const raw = atob(text);
    const out = new Uint8Array(raw.length);
    for (let i = 0; i < raw.length; i++) out[i] = raw.charCodeAt(i);
    return out.buffer;
  };
  const data = JSON.parse(element("data").textContent!) as PageData;
  const { words, k } = data;
  const points = new Float32Array(bytes(data.points));
  const indices = words.length > 65536 ? new Uint32Array(bytes(data.indices)) : new Uint16Array(bytes(data.indices));
  const similarities = new Int8Array(bytes(data.similarities));

  const stage = element("stage");
  const pointCanvas = element<HTMLCanvasElement>("points");
  const labelCanvas = element<HTMLCanvasElement>("labels");
  const pointLayer = createPoints(pointCanvas, points);
  const labelLayer = createLabels(labelCanvas, words, points);
  const view: View = { x: 0, y: 0, scale: 1, width: 0, height: 0, ratio: 1 };
  const states = new Uint8Array(words.length);
  let fitted = 1; // the scale at which everything is in sight
  let chosen = -1;
  let hovered = -1;
  let colors = { ink: "", halo: "", strong: "" };
  let palette: Palette = [[], [], []];
  let waiting = false; // a frame is on its way
  let panel = { left: 0, top: 0, right: 0, bottom: 0 }; // what covers a part of the map

  function redraw(): void {
    if (waiting) return;
    waiting = true;
    host.requestAnimationFrame(() => {
      waiting = false;
      const zoom = view.scale / fitted;
      const crowd = Math.sqrt(20000 / Math.max(words.length, 200)); // fewer points may be larger
      const radius = Math.min(4, 1.1 * Math.min(crowd, 2.5) * zoom ** 0.35);
      const alpha = Math.min(0.9, 0.45 * zoom ** 0.2 * Math.min(crowd, 1.6)) * (chosen < 0 ? 1 : 0.55);
      pointLayer.draw(view, radius, alpha, palette);
      const first = chosen < 0 ? [] : [chosen, ...neighborsOf(chosen)];
      if (hovered >= 0) first.unshift(hovered);
      labelLayer.draw(view, first, Math.round((view.width * view.height) / (chosen < 0 ? 5000 : 15000)), colors, panel);
    });
  }

  function neighborsOf(word: number): number[] {
    return Array.from({ length: k }, (_, rank) => indices[word * k + rank]!);
  }

  // ---- the view
  /** The part of the stage beside the panel, or below it where it is as wide as a phone. */
  function free(): { left: number; top: number; width: number; height: number } {
    const { width, height } = view;
    if (panel.right - panel.left > 0.6 * width) {
      const top = Math.min(panel.bottom, 0.75 * height);
      return { left: 0, top, width, height: height - top };
    }
    const left = Math.min(panel.right, 0.6 * width);
    return { left, top: 0, width: width - left, height };
  }
  function middle(): readonly [number, number] {
    const { left, top, width, height } = free();
    return [left + width / 2, top + height / 2];
  }
  function resize(): void {
    const { clientWidth: width, clientHeight: height } = stage;
    const ratio = host.devicePixelRatio || 1;
    for (const canvas of [pointCanvas, labelCanvas]) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    const before = fitted;
    const began = view.width > 0;
    const [mx, my] = middle();
    const center = began ? { x: (mx - view.x) / view.scale, y: (my - view.y) / view.scale } : { x: 0.5, y: 0.5 };
    panel = element("panel").getBoundingClientRect();
    Object.assign(view, { width, height, ratio });
    const room = free();
    fitted = Math.max(50, Math.min(room.width, room.height) - 60);
    view.scale = began ? (view.scale * fitted) / before : fitted;
    const [nx, ny] = middle();
    view.x = nx - center.x * view.scale;
    view.y = ny - center.y * view.scale;
    redraw();
  }
  function zoomAt(px: number, py: number, factor: number): void {
    const scale = Math.min(Math.max(view.scale * factor, fitted * 0.5), fitted * 500);
    view.x = px - ((px - view.x) * scale) / view.scale;
    view.y = py - ((py - view.y) * scale) / view.scale;
    view.scale = scale;
    redraw();
  }
  function moveTo(x: number, y: number, scale: number): void {
    const from = { ...view };
    const still = host.matchMedia("(prefers-reduced-motion: reduce)").matches;
    const start = host.performance.now();
    const step = (now: number) => {
      const part = still ? 1 : Math.min(1, Math.max(0, now - start) / 350);
      const eased = 1 - (1 - part) ** 3;
      view.scale = from.scale * (scale / from.scale) ** eased;
      const [mx, my] = middle();
      const [cx, cy] = [(mx - from.x) / from.scale, (my - from.y) / from.scale];
      view.x = mx - (cx + (x - cx) * eased) * view.scale;
      view.y = my - (cy + (y - cy) * eased) * view.scale;
      redraw();
      if (part < 1) host.requestAnimationFrame(step);
    };
    step(start);
  }
  const showAll = () => moveTo(0.5, 0.5, fitted);

  // ---- choosing a word
  const status = element("status");
  const nearby = element("neighbors");
  function choose(word: number, fly: boolean): void {
    const keyboard = nearby.contains(page.activeElement); // its button is about to go
    chosen = word;
    states.fill(0);
    const near = neighborsOf(word);
    for (const other of near) states[other] = 1;
    states[word] = 2;
    pointLayer.mark(states);
    element("word").textContent = words[word]!;
    status.textContent = k ? `${k} nearest words of ${words[word]} by cosine similarity` : "";
    nearby.replaceChildren(
      ...near.map((other, rank) => {
        const item = page.createElement("li");
        const button = page.createElement("button");
        const similarity = similarities[word * k + rank]! / 100;
        const name = page.createElement("span");
        const value = page.createElement("span");
        name.textContent = words[other]!;
        value.textContent = similarity.toFixed(2);
        button.style.setProperty("--share", `${Math.max(0, similarity) * 100}%`);
        button.append(name, value);
        button.addEventListener("click", () => choose(other, true));
        item.append(button);
        return item;
      }),
    );
    element("chosen").hidden = false;
    if (keyboard) nearby.querySelector("button")?.focus();
    panel = element("panel").getBoundingClientRect();
    if (fly) moveTo(points[2 * word]!, points[2 * word + 1]!, closeUp(word, near));
    redraw();
  }
  /** The scale at which most of a word's neighbors are in sight and well apart. */
  function closeUp(word: number, near: number[]): number {
    const away = (other: number) =>
      Math.hypot(points[2 * other]! - points[2 * word]!, points[2 * other + 1]! - points[2 * word + 1]!);
    const distances = near.map(away).sort((a, b) => a - b);
    const most = distances[Math.floor(distances.length * 0.7)] || 0.1;
    const room = free();
    const scale = (0.35 * Math.min(room.width, room.height)) / most;
    return Math.min(Math.max(scale, fitted * 1.5), fitted * 30);
  }
  function clear(): void {
    chosen = -1;
    states.fill(0);
    pointLayer.mark(states);
    element("chosen").hidden = true;
    status.textContent = "";
    redraw();
  }
  function pointAt(px: number, py: number): number {
    let best = -1;
    let least = 12 * 12;
    for (let i = 0; i < words.length; i++) {
      const dx = points[2 * i]! * view.scale + view.x - px;
      const dy = points[2 * i + 1]! * view.scale + view.y - py;
      const d = dx * dx + dy * dy - states[i]! * 30; // marked points are drawn above the others
      if (d < least) {
        least = d;
        best = i;
      }
    }
    return best;
  }

  // ---- pointer, wheel, keys
  const held = new Map<number, { x: number; y: number }>();
  let traveled = 0;
  const local = (event: MouseEvent) => {
    const box = stage.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  stage.addEventListener("pointerdown", (event) => {
    if (held.size === 0) traveled = 0;
    held.set(event.pointerId, local(event));
    if (event.isTrusted) stage.setPointerCapture(event.pointerId);
  });
  stage.addEventListener("pointermove", (event) => {
    const now = local(event);
    const before = held.get(event.pointerId);
    if (!before) {
      const over = pointAt(now.x, now.y);
      if (over !== hovered) {
        hovered = over;
        stage.style.cursor = over < 0 ? "grab" : "pointer";
        redraw();
      }
      return;
    }
    const others = [...held].filter(([id]) => id !== event.pointerId);
    if (others.length === 0) {
      view.x += now.x - before.x;
      view.y += now.y - before.y;
    } else {
      const fixed = others[0]![1]; // two fingers: the other one stays where it is
      const factor = Math.hypot(now.x - fixed.x, now.y - fixed.y) / Math.hypot(before.x - fixed.x, before.y - fixed.y);
      if (Number.isFinite(factor) && factor > 0) zoomAt(fixed.x, fixed.y, factor);
    }
    traveled += Math.hypot(now.x - before.x, now.y - before.y);
    held.set(event.pointerId, now);
    redraw();
  });
  const release = (event: PointerEvent) => {
    if (!held.delete(event.pointerId) || event.type !== "pointerup" || traveled > 5 || held.size) return;
    const { x, y } = local(event);
    const word = pointAt(x, y);
    if (word >= 0) choose(word, false);
    else clear();
  };
  stage.addEventListener("pointerup", release);
  stage.addEventListener("pointercancel", release);
  stage.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      const { x, y } = local(event);
      const lines = event.deltaMode === 1 ? 16 : 1;
      zoomAt(x, y, Math.exp(-event.deltaY * lines * (event.ctrlKey ? 0.01 : 0.0016)));
    },
    { passive: false },
  );
  stage.addEventListener("keydown", (event) => {
    const step = 60;
    if (event.key === "ArrowLeft") view.x += step;
    else if (event.key === "ArrowRight") view.x -= step;
    else if (event.key === "ArrowUp") view.y += step;
    else if (event.key === "ArrowDown") view.y -= step;
    else if (event.key === "+" || event.key === "=") zoomAt(...middle(), 1.4);
    else if (event.key === "-") zoomAt(...middle(), 1 / 1.4);
    else if (event.key === "0") showAll();
    else if (event.key === "Escape") clear();
    else return;
    event.preventDefault();
    redraw();
  });
  element("in").addEventListener("click", () => zoomAt(...middle(), 1.6));
  element("out").addEventListener("click", () => zoomAt(...middle(), 1 / 1.6));
  element("all").addEventListener("click", showAll);
  element("close").addEventListener("click", clear);
  const input = element<HTMLInputElement>("search");
  page.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.target === input) return;
    event.preventDefault();
    input.focus();
    input.select();
  });
  createSearch(page, {
    input,
    list: element("matches"),
    words,
    choose(word) {
      choose(word, true);
      if (host.matchMedia("(pointer: coarse)").matches) input.blur(); // lets the phone's keyboard go
    },
    clear,
  });

  // ---- colors follow the page's light or dark style
  function readColors(): void {
    const style = host.getComputedStyle(page.documentElement);
    const value = (name: string) => style.getPropertyValue(name).trim();
    const parts = (name: string) => [1, 3, 5].map((at) => Number.parseInt(value(name).slice(at, at + 2), 16) / 255);
    colors = { ink: value("--ink"), halo: value("--paper"), strong: value("--strong") };
    palette = [parts("--point"), parts("--near"), parts("--chosen")];
    redraw();
  }
  host.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", readColors);
  host.addEventListener("resize", resize);
  new ResizeObserver(() => {
    panel = element("panel").getBoundingClientRect();
    redraw();
  }).observe(element("panel"));
  readColors();
  resize();
}
