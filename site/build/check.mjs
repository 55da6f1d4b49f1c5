// What must hold for the whole site: no dead link, no style attribute, every block of code with a runner or a reason.
import { existsSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";

const blocks = JSON.parse(readFileSync(join(import.meta.dirname, "..", "blocks.json"), "utf8"));

/** Links inside the site that lead nowhere, and anchors that are not there. */
export function deadLinks(pages, out) {
  const ids = new Map();
  const idsOf = (path) => {
    if (!ids.has(path)) {
      const file = join(out, path, path.endsWith("/") || path === "" ? "index.html" : "");
      ids.set(
        path,
        existsSync(file)
          ? new Set([...readFileSync(file, "utf8").matchAll(/ id="([^"]+)"/g)].map(([, id]) => id))
          : undefined,
      );
    }
    return ids.get(path);
  };
  const faults = [];
  for (const page of pages) {
    const html = readFileSync(join(out, page.path, "index.html"), "utf8");
    for (const [, , target] of html.matchAll(/<(?:a|link|script|img)[^>]*? (href|src)="([^"]*)"/g)) {
      if (/^(https?:|mailto:|data:)/.test(target)) continue;
      const [path, anchor] = target.split("#");
      const to = path === "" ? page.path : posix.normalize(posix.join(page.path || ".", path)).replace(/^\.\/?$/, "");
      if (to.startsWith("..")) {
        faults.push(`${page.path}: ${target} leads out of the site`);
        continue;
      }
      const file = join(out, to);
      if (!existsSync(file) && !existsSync(join(file, "index.html"))) faults.push(`${page.path}: dead link ${target}`);
      else if (anchor && !anchor.startsWith("r=") && (to.endsWith("/") || to === "")) {
        if (idsOf(to) && !idsOf(to).has(decodeURIComponent(anchor)))
          faults.push(`${page.path}: no #${anchor} in ${to || "the first page"}`);
      }
    }
    for (const [, style] of html.matchAll(/<[^>]* style="([^"]*)"/g))
      faults.push(`${page.path}: style="${style}" is refused by the policy`);
  }
  return faults;
}

/**
 * Blocks of code without a runner or a reason. `blocks.json` names, for each file and language, the test that runs its blocks,
 * or after "reason: " why none does.
 */
export function unrunBlocks(sources) {
  const faults = [];
  for (const [file, text] of sources) {
    const languages = new Set([...text.matchAll(/^```([a-z]+)/gm)].map(([, language]) => language));
    for (const language of languages) {
      const covered = blocks[file]?.[language] ?? blocks["*"][language];
      if (covered === undefined)
        faults.push(`${file}: blocks of ${language} have neither a test nor a reason in site/blocks.json`);
      else if (!covered.startsWith("reason: ") && !existsSync(join(import.meta.dirname, "..", "..", covered)))
        faults.push(`${file}: ${covered} is not there`);
    }
  }
  return faults;
}
