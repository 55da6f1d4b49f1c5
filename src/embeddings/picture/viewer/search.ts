// Runs inside the page: the search box with its list of matches (the ARIA combobox pattern: arrows, Enter, Escape).
// Its text is put into the page as it stands, so it may refer to nothing outside itself.

export interface SearchParts {
  input: HTMLInputElement;
  list: HTMLElement;
  words: readonly string[];
  choose(word: number): void;
  clear(): void;
}

export function createSearch(page: Document, { input, list, words, choose, clear }: SearchParts): void {
  const limit = 12;
  // Korean and accents come composed from one keyboard and in parts from another.
  const fold = (text: string) => text.normalize("NFC").toLowerCase();
  const folded = words.map(fold);
  let matches: number[] = [];
  let active = 0;
  let searched = false; // the list is open, be it empty

  /** The word itself, then words that start so, then words that hold it; within each, the frequent first. */
  function find(text: string): number[] {
    const query = fold(text.trim());
    if (!query) return [];
    const exact: number[] = [];
    const starting: number[] = [];
    const holding: number[] = [];
    for (let i = 0; i < folded.length; i++) {
      const place = folded[i]!.indexOf(query);
      if (place < 0) continue;
      if (folded[i] === query) exact.push(i);
      else if (place === 0) starting.length < limit && starting.push(i);
      else holding.length < limit && holding.push(i);
    }
    return [...exact, ...starting, ...holding].slice(0, limit);
  }

  function show(): void {
    const none = matches.length === 0 && page.activeElement === input && input.value.trim() !== "" && searched;
    if (none) {
      const nothing = page.createElement("li");
      nothing.role = "option";
      nothing.ariaDisabled = "true";
      nothing.textContent = `no word has "${input.value.trim()}" in it`;
      list.replaceChildren(nothing);
      list.hidden = false;
      input.ariaExpanded = "true";
      input.removeAttribute("aria-activedescendant");
      return;
    }
    list.replaceChildren(
      ...matches.map((word, row) => {
        const option = page.createElement("li");
        option.id = `match-${row}`;
        option.role = "option";
        option.textContent = words[word]!;
        option.ariaSelected = String(row === active);
        option.addEventListener("pointerdown", (event) => {
          event.preventDefault(); // the box keeps the focus
          take(row);
        });
        return option;
      }),
    );
    const open = matches.length > 0;
    list.hidden = !open;
    input.ariaExpanded = String(open);
    if (open) input.setAttribute("aria-activedescendant", `match-${active}`);
    else input.removeAttribute("aria-activedescendant");
  }

  function close(): void {
    searched = false;
    matches = [];
    show();
  }

  function take(row: number): void {
    const word = matches[row];
    if (word === undefined) return;
    input.value = words[word]!;
    close();
    choose(word);
  }

  input.addEventListener("input", () => {
    searched = true;
    matches = find(input.value);
    active = 0;
    show();
  });
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return; // Enter and arrows are the input method's while a syllable is written
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step) {
      if (!matches.length) matches = find(input.value);
      else active = (active + step + matches.length) % matches.length;
      show();
    } else if (event.key === "Enter") {
      if (!matches.length) {
        searched = true;
        matches = find(input.value);
        active = 0;
        show();
      }
      take(active);
    } else if (event.key === "Escape") {
      input.value = "";
      close();
      clear();
    } else return;
    event.preventDefault();
  });
}
