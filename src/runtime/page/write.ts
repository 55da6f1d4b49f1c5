// The pages of models that write texts: language models, and generators of names.
import { field, h, newSeed, nextFrame, results, selects, slider, textArea } from "./dom.ts";

interface Writer {
  generate(options: object): Iterable<string>;
}

/** Text appears as it is drawn. */
export function languageModelPage(model: Writer): HTMLElement[] {
  const temperature = slider("Temperature", { min: 0, max: 1.5, step: 0.05, value: 0.8 });
  const length = slider("Length", { min: 50, max: 2000, step: 50, value: 400 });
  const seed = h("input", { type: "number", min: 0, value: newSeed() });
  const prompt = textArea("What the text begins with (may be empty)", { rows: 2 }, () => void write());
  const out = h("pre", { class: "text", tabindex: "0", "aria-live": "off" });
  const button = h("button", { class: "main", click: () => void (running ? stop() : write()) }, "Write");
  const copy = h("button", { click: () => void navigator.clipboard?.writeText(out.textContent ?? "") }, "Copy");
  const note = h("p", { class: "note" });
  let running = 0;
  let turn = 0;

  function stop(): void {
    running = 0;
    button.textContent = "Write";
  }
  async function write(): Promise<void> {
    const own = ++turn;
    running = own;
    button.textContent = "Stop";
    note.textContent = "";
    out.replaceChildren(h("b", {}, prompt.value));
    const began = performance.now();
    let drawn = 0;
    try {
      let rest = performance.now();
      const options = {
        prompt: prompt.value,
        temperature: temperature.value(),
        maxTokens: length.value(),
        seed: Number(seed.value),
      };
      let pending = "";
      for (const piece of model.generate(options)) {
        if (running !== own) return;
        pending += piece;
        drawn++;
        if (performance.now() - rest < 12) continue;
        out.append(pending);
        pending = "";
        await nextFrame();
        rest = performance.now();
      }
      out.append(pending);
      const rate = Math.round((1000 * drawn) / Math.max(1, performance.now() - began));
      note.className = "note";
      note.textContent = `${drawn} tokens, ${rate.toLocaleString("en-US")} a second. Seed ${seed.value} writes this text again.`;
      seed.value = String(newSeed());
    } catch (error) {
      note.textContent = (error as Error).message.split("\n")[0]!;
      note.className = "note fault";
    } finally {
      if (running === own) stop();
    }
  }
  addEventListener("keydown", ({ key }) => {
    if (key === "Escape") stop();
  });
  setTimeout(write, 50);
  return [
    prompt,
    h("div", { class: "row" }, temperature.element, length.element, field("Seed", seed)),
    h("div", { class: "row buttons" }, button, copy, h("kbd", {}, "Ctrl + Enter")),
    out,
    note,
  ];
}

interface Namer {
  fields: Readonly<Record<string, readonly string[]>>;
  compose(options: object): { labels: Record<string, string>; text: string };
}

export function generatorPage(model: Namer): HTMLElement[] {
  const temperature = slider("Temperature", { min: 0, max: 1.5, step: 0.05, value: 0.8 });
  const choice = selects(model.fields);
  const start = h("input", { type: "text", spellcheck: "false", keydown: (event) => void enter(event) });
  const found = results();
  const enter = (event: Event) => (event as KeyboardEvent).key === "Enter" && write();
  function write(): void {
    const seed = newSeed();
    const options = { labels: choice.labels(), temperature: temperature.value(), seed, start: start.value };
    found.show(() => {
      const pieces = Array.from({ length: 12 }, (_, index) => model.compose({ ...options, index }));
      return [
        h(
          "ul",
          { class: "names" },
          ...pieces.map(({ text, labels }) =>
            h("li", {}, h("b", {}, text || "(empty)"), h("small", {}, Object.values(labels).join(", "))),
          ),
        ),
      ];
    });
  }
  setTimeout(write, 50);
  return [
    h("div", { class: "row" }, ...choice.elements, field("Begins with", start), temperature.element),
    h("div", { class: "row buttons" }, h("button", { class: "main", click: write }, "Write twelve")),
    found.element,
  ];
}
