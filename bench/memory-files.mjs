// Peak memory of a training over the size of its file: a language model on text, a classifier on labeled reviews.
// node bench/memory-files.mjs [megabytes] [kind]   (100 and all kinds by default; needs `npm run build`)
import { createWriteStream, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { peak } from "./peak.mjs";

const megabytes = Number(process.argv[2] ?? 100);
const folder = mkdtempSync(join(tmpdir(), "unrolled-memory-"));
const words = "the film was not good but bad and so very long that nobody who saw it ever came back to see more".split(
  " ",
);
let state = 12345;
const below = (n) => {
  state = (Math.imul(state, 1103515245) + 12345) >>> 0;
  return (state >>> 8) % n;
};
const sentence = (n) =>
  Array.from({ length: n }, () => words[below(words.length)] + (below(9) ? "" : below(9999))).join(" ");

async function write(name, first, line, megabytes) {
  const path = join(folder, name);
  const out = createWriteStream(path);
  let size = out.write(first) ? first.length : first.length;
  while (size < megabytes * 1e6) {
    let block = "";
    for (let i = 0; i < 2000; i++) block += line();
    size += block.length;
    if (!out.write(block)) await new Promise((go) => out.once("drain", go));
  }
  await new Promise((go) => out.end(go));
  return path;
}

try {
  const small = "--steps 2 --valid 0.001 --hidden 16 --batch 16".split(" ");
  const kinds = [
    ["language model", "txt", "", () => `${sentence(12)}.\n`, small],
    ["classifier", "tsv", "text\tlabel\n", () => `${sentence(30)}\t${below(2)}\n`, [...small, "--embedding", "8"]],
  ];
  for (const [name, ending, first, line, flags] of kinds.filter(([name]) => name.includes(process.argv[3] ?? ""))) {
    // A small file shows what the program itself takes.
    const peaks = [];
    for (const size of [0.5, megabytes]) {
      const file = await write(`${name.replace(" ", "-")}-${size}.${ending}`, first, line, size);
      peaks.push({ size: statSync(file).size, bytes: await peak(["train", file, "--out", `${file}-model`, ...flags]) });
    }
    const [few, many] = peaks;
    const mb = (bytes) => `${(bytes / 1e6).toFixed(0)} MB`;
    console.log(
      `${name}: peak ${mb(many.bytes)} for a file of ${mb(many.size)}: ${(many.bytes / many.size).toFixed(2)} x; less the ${mb(few.bytes)} of a file of 0.5 MB: ${((many.bytes - few.bytes) / many.size).toFixed(2)} x`,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
