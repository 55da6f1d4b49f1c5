// Prose at the width of the terminal.
import { displayWidth } from "./width.ts";

/** Breaks lines at spaces, never inside a word; later lines of a paragraph get `indent` spaces. */
export function wrap(text: string, columns: number, indent = 0): string {
  return text
    .split("\n")
    .map((paragraph) => {
      const lines: string[] = [];
      let line = "";
      for (const word of paragraph.split(" ")) {
        const longer = line === "" ? word : `${line} ${word}`;
        if (line.trim() !== "" && displayWidth(longer) > columns) {
          lines.push(line);
          line = `${" ".repeat(indent)}${word}`;
        } else line = line === "" && lines.length === 0 ? word : longer;
      }
      return [...lines, line].join("\n");
    })
    .join("\n");
}
