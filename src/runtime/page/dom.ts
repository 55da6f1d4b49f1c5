// Elements of an exported page.
const { document: page } = globalThis;

type Child = Node | string;
type Attributes = Readonly<Record<string, string | number | boolean | ((event: Event) => void)>>;

function fill<E extends Element>(element: E, attributes: Attributes, children: readonly Child[]): E {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false) element.setAttribute(name, String(value));
  }
  element.append(...children);
  return element;
}

/** An HTML element: `h("button", { click: run }, "Write")`. */
export const h = <K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] => fill(page.createElement(name), attributes, children);

/** An SVG element. */
export const s = <K extends keyof SVGElementTagNameMap>(
  name: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[K] => fill(page.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);

/** A labeled control. */
export const field = (label: string, control: HTMLElement, more: HTMLElement | "" = ""): HTMLElement =>
  h("label", { class: "field" }, h("span", {}, label, " ", more), control);

export interface Slider {
  element: HTMLElement;
  value(): number;
}

/** A range with its number beside the label. */
export function slider(label: string, options: { min: number; max: number; step: number; value: number }): Slider {
  const shown = h("output", {}, String(options.value));
  const input = h("input", { type: "range", ...options, input: () => shown.replaceChildren(input.value) });
  return { element: field(label, input, shown), value: () => Number(input.value) };
}

/** A choice of one label, or any. */
export function selects(fields: Readonly<Record<string, readonly string[]>>) {
  const all = Object.entries(fields).map(([name, labels]) => {
    const element = h(
      "select",
      {},
      h("option", { value: "" }, "any"),
      ...labels.map((label) => h("option", {}, label)),
    );
    return { name, element };
  });
  return {
    elements: all.map(({ name, element }) => field(name, element)),
    labels: () =>
      Object.fromEntries(all.flatMap(({ name, element }) => (element.value ? [[name, element.value] as const] : []))),
  };
}

/** A text area. Ctrl or Cmd with Enter runs. What stands behind # in the address is in it at first. */
export function textArea(placeholder: string, attributes: Attributes, run?: () => void): HTMLTextAreaElement {
  const area = h("textarea", {
    placeholder,
    rows: 4,
    spellcheck: "false",
    "aria-label": placeholder,
    ...attributes,
    keydown(event) {
      const { key, ctrlKey, metaKey } = event as KeyboardEvent;
      if (key === "Enter" && (ctrlKey || metaKey)) run?.();
    },
  });
  area.value = decodeURIComponent(location.hash.slice(1));
  return area;
}

/** Calls back once typing rests. */
export function resting(run: () => void, milliseconds = 120): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(run, milliseconds);
  };
}

/** A place for results; errors are shown in it. */
export function results(): { element: HTMLElement; show(make: () => readonly Child[]): void } {
  const element = h("div", { class: "results", "aria-live": "polite" });
  return {
    element,
    show(make) {
      try {
        element.replaceChildren(...make());
      } catch (error) {
        element.replaceChildren(h("p", { class: "fault" }, (error as Error).message.split("\n")[0]!));
      }
    },
  };
}

/** A random seed, small enough to be told to a friend. */
export const newSeed = (): number => Math.floor(Math.random() * 10000);

/** The next frame: the page stays responsive while a model writes. */
export const nextFrame = (): Promise<unknown> => new Promise((done) => setTimeout(done, 0));
