// The code blocks of docs/runtime.md.
import { readFileSync } from "node:fs";
import { join } from "node:path";

const doc = readFileSync(join(import.meta.dirname, "..", "..", "docs", "runtime.md"), "utf8");

/** The block that begins with a comment of this name. */
export const example = (name: string): string =>
  new RegExp(`\`\`\`\\w+\\n(?://|<!--) ${name}[^\\n]*\\n([\\s\\S]*?)\`\`\``).exec(doc)![1]!;
