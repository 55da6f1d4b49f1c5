// Builds the site into site/dist: figures by Vite, pages from Markdown, the studio beside them. `npm run site` at the root.
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "vite";
import { differences, lecturePages, readLectures } from "./build/lectures.mjs";
import { framed } from "./build/page.mjs";

const root = import.meta.dirname;
const out = join(root, "dist");
process.chdir(root);
const fast = process.argv.includes("--pages"); // only the pages, with the scripts of the last build
if (!fast) {
  rmSync(out, { recursive: true, force: true });
  await build({ logLevel: "error" });
  await build({ logLevel: "error", build: { ssr: true } });
}
const manifest = JSON.parse(readFileSync(join(out, "assets", "manifest.json"), "utf8"));
const assets = {
  site: manifest["src/site.ts"].file,
  css: manifest["src/site.ts"].css[0],
  theme: manifest["src/theme.ts"].file,
};
const { still } = await import(pathToFileURL(join(root, ".ssr", "stills.js")).href);

const lectures = readLectures();
const faults = lectures.flatMap(differences);
const pages = [...(await lecturePages(lectures, { still }))];
for (const page of pages) {
  const file = join(out, page.path, "index.html");
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, framed(page, assets));
}
const studio = join(root, "..", "dist", "studio");
if (existsSync(studio)) cpSync(studio, join(out, "studio"), { recursive: true });

for (const fault of faults) console.error(fault);
console.log(`${pages.length} pages, ${faults.length} faults`);
process.exit(faults.length ? 1 : 0);
