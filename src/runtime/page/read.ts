// The pages of models that read a text: they answer while one types.
import { h, resting, results, textArea } from "./dom.ts";

const percent = (share: number): string => `${(100 * share).toFixed(share > 0.995 || share < 0.005 ? 1 : 0)} %`;

interface Classifier {
  classify(text: string): {
    label: string;
    probabilities: Record<string, number>;
    tokens?: string[];
    attention?: number[];
  };
}

export function classifierPage(model: Classifier): HTMLElement[] {
  const found = results();
  const show = () =>
    found.show(() => {
      if (!text.value.trim()) return [];
      const { label, probabilities, tokens, attention } = model.classify(text.value);
      const rows = Object.entries(probabilities).sort((a, b) => b[1] - a[1]);
      const most = Math.max(...(attention ?? [1]));
      return [
        ...rows
          .slice(0, 12)
          .map(([name, share]) =>
            h(
              "div",
              { class: name === label ? "bar best" : "bar" },
              h("span", {}, name),
              h("i", {}, h("u", { style: `width:${100 * share}%` })),
              h("output", {}, percent(share)),
            ),
          ),
        ...(tokens && attention
          ? [
              h("h2", {}, "What counted"),
              h(
                "p",
                { class: "tokens" },
                ...tokens.flatMap((token, t) => [
                  h("mark", { style: `--share:${Math.round((70 * attention[t]!) / most)}%` }, token.replace("▁", "")),
                  " ",
                ]),
              ),
            ]
          : []),
      ];
    });
  const text = textArea("A text to classify", { input: resting(show), autofocus: true });
  setTimeout(show, 0);
  return [text, found.element];
}

export function regressorPage(model: { rate(text: string): number }): HTMLElement[] {
  const found = results();
  const show = () =>
    found.show(() => (text.value.trim() ? [h("p", { class: "number" }, model.rate(text.value).toPrecision(4))] : []));
  const text = textArea("A text to rate", { input: resting(show), autofocus: true });
  setTimeout(show, 0);
  return [text, found.element];
}

interface Tagger {
  tags: readonly string[];
  tag(text: string): {
    text: string;
    offsets: [number, number][];
    tags: string[];
    spans: { start: number; end: number; label: string; confidence: number }[];
  };
}

export function taggerPage(model: Tagger): HTMLElement[] {
  const found = results();
  const types = [...new Set(model.tags.map((tag) => tag.replace(/^[A-Z]-/, "")).filter((type) => type !== "O"))];
  const color = (type: string) => `--hue:${Math.round((360 * Math.max(0, types.indexOf(type))) / types.length)}`;
  const mark = (text: string, label: string, title = label) =>
    h("mark", { class: "span", style: color(label), title }, text, h("small", {}, label));
  const show = () =>
    found.show(() => {
      if (!text.value.trim()) return [];
      const { text: read, offsets, tags, spans } = model.tag(text.value);
      const marked =
        spans.length > 0 || tags.every((tag) => tag === "O")
          ? spans.map(({ start, end, label, confidence }) => ({
              start,
              end,
              element: mark(read.slice(start, end), label, `${label}, ${percent(confidence)}`),
            }))
          : offsets.map(([start, end], t) => ({ start, end, element: mark(read.slice(start, end), tags[t]!) }));
      const parts: (Node | string)[] = [];
      let at = 0;
      for (const { start, end, element } of marked) {
        parts.push(read.slice(at, start), element);
        at = end;
      }
      const none = marked.length === 0 ? [h("p", { class: "note" }, "Nothing found in this text.")] : [];
      return [h("p", { class: "tagged" }, ...parts, read.slice(at)), ...none];
    });
  const text = textArea("A text to tag", { input: resting(show), autofocus: true });
  setTimeout(show, 0);
  return [text, found.element];
}

interface Translator {
  translations(text: string, options: object): Promise<{ text: string; logProbability: number }[]>;
}

export function translatorPage(model: Translator): HTMLElement[] {
  const found = results();
  let turn = 0;
  const show = async () => {
    const own = ++turn;
    if (!text.value.trim()) return found.show(() => []);
    try {
      const all = await model.translations(text.value, { beamSize: 5, nBest: 3 });
      if (own !== turn) return;
      found.show(() => [
        h("p", { class: "large" }, all[0]!.text),
        h("h2", {}, "Also possible"),
        h("ol", { start: 2 }, ...all.slice(1).map((one) => h("li", {}, one.text))),
      ]);
    } catch (error) {
      found.show(() => {
        throw error;
      });
    }
  };
  const run = () => void show();
  const text = textArea("A text to translate", { input: resting(run, 350), autofocus: true }, run);
  setTimeout(run, 0);
  return [text, found.element];
}

interface Toy {
  symbols?: readonly string[];
  answer(steps: readonly string[]): string[];
}

export function toyPage(model: Toy): HTMLElement[] {
  const found = results();
  const symbols = model.symbols ?? [];
  const show = () =>
    found.show(() => {
      const read = text.value.split(/\s+/).filter(Boolean);
      if (read.length === 0) return [h("p", { class: "note" }, `Symbols: ${symbols.join(" ")}`)];
      const answers = model.answer(read);
      const row = (name: string, cells: readonly string[]) =>
        h("tr", {}, h("th", {}, name), ...cells.map((cell) => h("td", {}, cell)));
      return [h("div", { class: "wide" }, h("table", {}, row("reads", read), row("answers", answers)))];
    });
  const text = textArea("Symbols with spaces between", { input: resting(show), rows: 2, autofocus: true });
  setTimeout(show, 0);
  return [text, found.element];
}
