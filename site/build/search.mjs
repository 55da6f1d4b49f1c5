// The index of the search: every section of every page as plain text, one file a language.
import { createHash } from "node:crypto";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const names = { amp: "&", lt: "<", gt: ">", quot: '"', nbsp: " " };

/** Words of a piece of HTML; pictures, equations' markup and buttons have none that one would look for. */
const plain = (html) =>
  html
    .replace(/<(svg|button|script|style)\b[\s\S]*?<\/\1>/g, " ")
    .replace(/<\/?(i|b|em|strong|code|a|span|small|mark|mi|mn|mo|mrow|msub|msup)\b[^>]*>/g, "")
    .replace(/<[^>]+>/g, " ")
    .replace(/&(amp|lt|gt|quot|nbsp);/g, (_, name) => names[name])
    .replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)))
    .replace(/\s+/g, " ")
    .trim();

/** @returns rows `[path, title, heading, text]`; a section begins at a heading that can be linked to */
export function sectionsOf({ path, title, body }) {
  const heading = /<h([1-4]) id="([^"]+)">([\s\S]*?)<\/h\1>/g;
  const rows = [];
  let [from, to, name] = [Math.max(0, body.indexOf("</h1>")), path, ""]; // above it stands the page's number
  const add = (end) => {
    const text = plain(body.slice(from, end));
    if (text !== "" || name !== "") rows.push([to, plain(title), name, text]);
  };
  for (const found of body.matchAll(heading)) {
    add(found.index);
    from = found.index + found[0].length;
    const first = found[1] === "1";
    [to, name] = [first ? path : `${path}#${found[2]}`, first ? "" : plain(found[3])];
  }
  add(body.length);
  return rows;
}

/** Writes the indexes into `folder`. @returns their file names by language */
export function writeSearch(pages, folder) {
  for (const file of readdirSync(folder)) if (/^search-.*\.json$/.test(file)) rmSync(join(folder, file));
  const files = {};
  for (const lang of ["en", "ko"]) {
    // Lectures are in both languages; everything else is in English, and is found from Korean pages too.
    const seen = pages.filter((page) => page.lang === lang || !page.path.startsWith("learn/"));
    const json = JSON.stringify(seen.flatMap(sectionsOf));
    const hash = createHash("sha256").update(json).digest("hex").slice(0, 8);
    files[lang] = `search-${lang}-${hash}.json`;
    writeFileSync(join(folder, files[lang]), json);
  }
  return files;
}
