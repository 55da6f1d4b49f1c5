// Records what the pages show: the end of each lesson (recorded/), and the output of each command (in the pages themselves).
//   node record.mjs lessons [NAME...]     trains in Node, with the WebAssembly engine that pages use
//   node record.mjs commands [PAGE...]    runs the console blocks of learn/ in an empty folder
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const root = import.meta.dirname;
const [what, ...only] = process.argv.slice(2);
const packed = (values) => Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString("base64");

if (what === "lessons") {
  const { lessons, runLesson, webEngine } = await import(pathToFileURL(join(root, ".ssr", "stills.js")).href);
  for (const [name, load] of Object.entries(lessons)) {
    if (only.length > 0 && !only.includes(name)) continue;
    const start = performance.now();
    const frame = await runLesson(await load(), webEngine({ threads: 1 }), { signal: new AbortController().signal });
    const parts = Object.entries(frame).map(([part, { step, loss, weights }]) => [
      part,
      { steps: step, loss: Number(loss.toFixed(4)), weights: packed(weights) },
    ]);
    const file = join(root, "recorded", `${name}.json`);
    const text = `${JSON.stringify({ lesson: name, parts: Object.fromEntries(parts) }, null, 2)}\n`;
    writeFileSync(file, text);
    const losses = parts.map(([part, { loss }]) => `${part} ${loss}`).join(", ");
    console.log(
      `${name}: ${((performance.now() - start) / 1000).toFixed(1)} s, ${losses}, ${(text.length / 1000).toFixed(0)} kB`,
    );
  }
} else if (what === "commands") {
  const pages = readdirSync(join(root, "learn")).filter((name) => name.endsWith(".md"));
  spawnSync(process.execPath, [join(root, "make-data.mjs")], { stdio: "inherit" });
  const main = join(root, "..", "dist", "cli", "main.js");
  const done = new Map();
  for (const name of pages) {
    const page = join("learn", name);
    if (only.length > 0 && !only.some((part) => name.includes(part))) continue;
    const text = readFileSync(join(root, page), "utf8");
    const fresh = text.replace(/^```console[^\n]*\n([\s\S]*?)^```/gm, (block, body) => {
      const commands = body.split("\n").filter((line) => line.startsWith("$ "));
      const head = block.slice(0, block.indexOf("\n") + 1);
      const wanted = new RegExp(/show=(\S+)/.exec(head)?.[1] ?? ""); // the lines that a page shows
      const lastWhole = head.includes("last=all");
      const id = `${head}${commands.join("\n")}`;
      if (!done.has(id)) {
        const scratch = mkdtempSync(join(tmpdir(), "unrolled-record-"));
        const data = join(root, "data");
        const lines = [];
        for (const [i, command] of commands.entries()) {
          const args = command.slice(2).replace(/^npx unrolled /, "");
          const { stdout, stderr, status } = spawnSync(
            "bash",
            ["-c", `cp -r ${data}/. . 2>/dev/null; node ${main} ${args} 2>&1`],
            {
              cwd: scratch,
              encoding: "utf8",
              env: { ...process.env, NO_COLOR: "1", COLUMNS: "80" },
            },
          );
          if (status !== 0) throw new Error(`${page}: ${command}\n${stdout}${stderr}`);
          const whole = lastWhole && i === commands.length - 1;
          const shown = stdout
            .trimEnd()
            .split("\n")
            .filter((line) => whole || wanted.test(line));
          lines.push(command, ...shown);
        }
        rmSync(scratch, { recursive: true });
        done.set(id, lines.join("\n").trimEnd());
        console.log(`${page}: ${commands.length} commands`);
      }
      return `${head}${done.get(id)}\n\`\`\``;
    });
    if (fresh !== text) writeFileSync(join(root, page), fresh);
  }
} else {
  console.error("node record.mjs lessons|commands [NAME...]");
  process.exit(1);
}
mkdirSync(join(root, "recorded"), { recursive: true });
process.exit(0);
