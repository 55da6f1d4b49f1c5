// Runs the commands in docs/tasks.md on small files made here, and writes what they print beside them.
//
//   npm run build && node scripts/tasks-page.mjs
//   npm run build && node scripts/tasks-page.mjs --demo     what README shows of `npm start`, in its place
//
// In a block of the page the lines `$ unrolled ...` are run; what stands after each is replaced. Of a training only its facts and
// its result are kept.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tasksFiles } from "./tasks-files.mjs";

const root = join(import.meta.dirname, "..");
const page = join(root, "docs", "tasks.md");
const folder = mkdtempSync(join(tmpdir(), "unrolled-tasks-"));

for (const [file, text] of Object.entries(tasksFiles)) writeFileSync(join(folder, file), text);

/** What a command prints; of a training neither its course nor its plot, and of nothing how long it took. */
function output(command) {
  const args = command
    .match(/"[^"]*"|\S+/g)
    .slice(1)
    .map((word) => word.replace(/^"|"$/g, ""));
  const began = Date.now();
  const text = execFileSync(process.execPath, [join(root, "dist", "cli", "main.js"), ...args], {
    cwd: folder,
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1", COLUMNS: "90" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  console.log(`${((Date.now() - began) / 1000).toFixed(0).padStart(4)} s  ${command}`);
  if (args[0] !== "train") return text.trim();
  return text
    .replace(/\n\n(?:time|step|validations) [\s\S]*?\n(done[^\n]*)\n/, "\n...\n$1\n")
    .replace(/\nthe model is in [\s\S]*$/, "")
    .replace(/^done in [^;\n]*/m, "done")
    .trim();
}

/** Replaces a part of a page. */
const rewrite = (file, pattern, replacement) =>
  writeFileSync(file, readFileSync(file, "utf8").replace(pattern, replacement));

try {
  if (process.argv.includes("--demo")) {
    const shown = output("unrolled demo");
    rewrite(join(root, "README.md"), /(samples new names:\n\n```text\n)[\s\S]*?(\n```)/, (_, before, after) => {
      // A log has a line every ten seconds between the validations; they say nothing more here.
      const kept = shown.replaceAll(/^step [\d,]+\/.*\n/gm, "");
      return `${before}${kept}${after}`;
    });
  } else
    rewrite(page, /```text\n(\$ unrolled [\s\S]*?)\n```/g, (_, block) => {
      const commands = block.split("\n").filter((line) => line.startsWith("$ unrolled "));
      return `\`\`\`text\n${commands.map((line) => `${line}\n${output(line.slice(2))}`).join("\n")}\n\`\`\``;
    });
} finally {
  rmSync(folder, { recursive: true });
}
