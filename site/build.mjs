// Builds the site into site/dist: figures by Vite, pages from Markdown, the studio beside them. `npm run site` at the root.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "vite";
import { apiPages, commandPage } from "./build/api.mjs";
import { deadLinks, unrunBlocks } from "./build/check.mjs";
import { documentPages, otherFiles } from "./build/docs.mjs";
import { everyHelp } from "./build/help.mjs";
import { galleryPage, homePage, llmsText } from "./build/home.mjs";
import { differences, lecturePages, readLectures } from "./build/lectures.mjs";
import { framed } from "./build/page.mjs";
import { writeSearch } from "./build/search.mjs";

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
const { still, figures } = await import(pathToFileURL(join(root, ".ssr", "stills.js")).href);

const lectures = readLectures();
const stills = {};
for (const name of Object.keys(figures)) stills[name] = await still(name, "en");
const reference = [...apiPages(), commandPage(await everyHelp())];
const pages = [
  homePage({ still: stills.counter }),
  ...(await lecturePages(lectures, { still })),
  ...documentPages({ reference }),
  galleryPage(lectures, stills),
];
assets.search = writeSearch(pages, join(out, "assets"));
for (const page of pages) {
  const file = join(out, page.path, "index.html");
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, framed(page, assets));
  if (page.source) writeFileSync(join(out, page.path, "index.md"), page.source);
}
writeFileSync(join(out, "llms.txt"), llmsText(pages));
for (const [from, to] of otherFiles) cpSync(join(root, "..", from), join(out, to));
const studio = join(root, "..", "dist", "studio");
if (existsSync(studio)) {
  cpSync(studio, join(out, "studio"), { recursive: true });
  const index = join(out, "studio", "index.html");
  const link = '<link rel="offline" href="../service-worker.js" />';
  writeFileSync(index, readFileSync(index, "utf8").replace("</head>", `  ${link}\n  </head>`));
}
// What the service worker keeps of each folder.
cpSync(join(root, "src", "service-worker.js"), join(out, "service-worker.js"));
const filesOf = (folder) =>
  existsSync(join(out, folder))
    ? readdirSync(join(out, folder), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => relative(out, join(entry.parentPath, entry.name)).replaceAll("\\", "/"))
        .map((path) => path.replace(/(^|\/)index\.html$/, "$1"))
    : [];
const offline = Object.fromEntries(["assets/", "studio/"].map((folder) => [folder, filesOf(folder)]));
offline.search = Object.values(assets.search).map((file) => `assets/${file}`);
writeFileSync(join(out, "offline.json"), JSON.stringify(offline));

// Words that set a figure name parameters that it has.
const settings = await Promise.all(
  lectures.map(async ({ en }) => {
    const { params } = await figures[/^::: figure (\S+)/m.exec(en.text)[1]]();
    const keys = [...en.text.matchAll(/\]\(set:([^)]*)\)/g)].flatMap(([, list]) =>
      list.split(",").map((pair) => pair.split("=")[0]),
    );
    return keys.filter((key) => !(key in params)).map((key) => `${en.file}: the figure has no parameter ${key}`);
  }),
);

const docs = pages.filter(({ file }) => file).map(({ file, source }) => [file, source]);
const faults = [
  ...lectures.flatMap(differences),
  ...settings.flat(),
  ...deadLinks(pages, out).filter((fault) => existsSync(studio) || !fault.includes("studio/")),
  ...unrunBlocks([...docs, ...lectures.map(({ en }) => ["site/learn", en.text])]),
];
for (const fault of faults) console.error(fault);
console.log(`${pages.length} pages, ${faults.length} faults`);
process.exit(faults.length ? 1 : 0);
