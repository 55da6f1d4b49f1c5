// The search of the site: a dialog with results as one types. `/` opens it. The index is fetched when it first opens.
import "./search.css";
import { excerpt, type Row, search } from "./search-rank.ts";

const say = {
  en: {
    label: "Search the site",
    none: (query: string) => `Nothing found for "${query}".`,
    some: (count: number) => (count === 1 ? "1 result" : `${count} results`),
    hint: "Type a word: a method, an option, an error.",
    failed: "The index of the search could not be loaded.",
  },
  ko: {
    label: "사이트 검색",
    none: (query: string) => `"${query}"에 대한 결과가 없습니다.`,
    some: (count: number) => `결과 ${count}개`,
    hint: "낱말을 입력하세요: 방법, 옵션, 오류 등.",
    failed: "검색 색인을 불러오지 못했습니다.",
  },
};

export function defineSearch(): void {
  const button = document.querySelector<HTMLButtonElement>("button[data-search]");
  if (!button) return;
  button.hidden = false;
  let opened: ReturnType<typeof makeDialog> | undefined;
  const open = () => {
    opened ??= makeDialog(new URL(button.dataset.search!, location.href));
    opened();
  };
  button.addEventListener("click", open);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if ((event.target as Element).closest("input, textarea, select, [contenteditable]")) return;
    event.preventDefault();
    open();
  });
}

/** @param index the file with all sections; it lies in `assets/` of the site */
function makeDialog(index: URL): () => void {
  const w = say[document.documentElement.lang === "ko" ? "ko" : "en"];
  const site = new URL("..", index);
  let rows: readonly Row[] = [];
  const dialog = document.createElement("dialog");
  dialog.className = "search";
  dialog.setAttribute("aria-label", w.label);
  const input = document.createElement("input");
  Object.assign(input, { type: "search", autocomplete: "off", spellcheck: false, placeholder: w.label });
  input.setAttribute("aria-label", w.label);
  const status = document.createElement("p");
  status.role = "status";
  const list = document.createElement("ol");
  dialog.append(input, status, list);
  document.body.append(dialog);

  const show = () => {
    const found = search(rows, input.value);
    list.replaceChildren(...found.map(({ row }) => item(row, input.value, site)));
    status.textContent =
      input.value.trim() === "" ? w.hint : found.length === 0 ? w.none(input.value.trim()) : w.some(found.length);
  };
  const links = () => [...list.querySelectorAll<HTMLAnchorElement>("a")];
  input.addEventListener("input", show);
  dialog.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const stops: HTMLElement[] = [input, ...links()];
    const at = stops.indexOf(document.activeElement as HTMLElement);
    if (event.key === "ArrowDown") stops[Math.min(stops.length - 1, at + 1)]?.focus();
    else if (event.key === "ArrowUp") stops[Math.max(0, at - 1)]?.focus();
    else if (event.key === "Enter" && at === 0) links()[0]?.click();
    else if (event.key === "Escape") dialog.close();
    else return;
    event.preventDefault();
  });
  dialog.addEventListener("click", ({ target }) => {
    if (target === dialog || (target as Element).closest("a")) dialog.close();
  });
  const loading = fetch(index)
    .then(async (response) => {
      if (!response.ok) throw new Error(response.statusText);
      rows = (await response.json()) as Row[];
      show();
    })
    .catch(() => {
      status.textContent = w.failed;
    });
  return () => {
    if (!dialog.open) dialog.showModal();
    input.select();
    void loading;
  };
}

function item([path, title, heading, text]: Row, query: string, site: URL): HTMLLIElement {
  const link = document.createElement("a");
  link.href = new URL(path, site).href;
  const name = document.createElement("b");
  name.textContent = heading === "" ? title : `${title} › ${heading}`;
  const around = document.createElement("span");
  for (const [part, hit] of excerpt(text, query)) {
    const piece = hit ? document.createElement("mark") : document.createTextNode(part);
    if (hit) piece.textContent = part;
    around.append(piece);
  }
  link.append(name, around);
  const li = document.createElement("li");
  li.append(link);
  return li;
}
