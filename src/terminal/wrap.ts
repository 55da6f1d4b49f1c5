// Prose at the width of the terminal.
import { displayWidth } from "./width.ts";

/** Spaces that a paragraph begins with. */
const lead = (paragraph: string): string => /^ */.exec(paragraph)![0];

/** Breaks lines at spaces, never inside a word; later lines of a paragraph get `indent` spaces. */
export function wrap(text: string, columns: number, indent = 0): string {
  return text
    .split("\n")
    .map((paragraph) => {
      const lines: string[] = [];
      let line = "";
      for (const word of paragraph.trimStart().split(" ")) {
        const longer = `${line}${line.trim() === "" ? "" : " "}${word}`;
        if (line.trim() === "") line += `${line === "" ? lead(paragraph) : ""}${word}`;
        else if (displayWidth(longer) <= columns) line = longer;
        else {
          lines.push(line);
          line = `${" ".repeat(indent)}${word}`;
        }
      }
      return [...lines, line].join("\n");
    })
    .join("\n");
}
