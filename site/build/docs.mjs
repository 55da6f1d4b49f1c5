// The documentation: pages of docs/ and of pages/, by section, with links rewritten to the site.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { escaped, highlighted, markdown } from "./markdown.mjs";
import { up } from "./page.mjs";

const root = join(import.meta.dirname, "..", "..");

/** What is where: [path on the site, file in the repository]. The order is that of the lists. */
const sections = {
  start: [
    ["start/", "docs/start.md"],
    ["start/install/", "docs/install.md"],
    ["start/library/", "docs/library.md"],
  ],
  "how-to": [
    ["how-to/", "docs/tasks.md"],
    ["how-to/predictors/", "docs/predictors.md"],
    ["how-to/language-models/", "docs/language-models.md"],
    ["how-to/tokenize/", "docs/tokenize.md"],
    ["how-to/embeddings/", "docs/embeddings.md"],
    ["how-to/transfer/", "docs/transfer.md"],
    ["how-to/scale/", "docs/scale.md"],
    ["how-to/gpu/", "docs/gpu.md"],
    ["how-to/runtime/", "docs/runtime.md"],
    ["how-to/serve/", "docs/serve.md"],
    ["how-to/onnx/", "docs/onnx.md"],
    ["how-to/import/", "docs/import.md"],
    ["how-to/studio/", "docs/studio.md"],
  ],
  reference: [
    ["reference/cells/", "docs/cells.md"],
    ["reference/notation/", "docs/notation.md"],
    ["reference/saved-model/", "docs/saved-model.md"],
    ["reference/json/", "docs/json.md"],
    ["reference/errors/", "docs/errors.md"],
  ],
  explain: [
    ["explain/", "docs/architecture.md"],
    ["explain/performance/", "bench/RESULTS.md"],
    ["explain/decisions/", "docs/decisions/README.md"],
    ...readdirSync(join(root, "docs", "decisions"))
      .filter((name) => name !== "README.md")
      .map((name) => [`explain/decisions/${name.replace(/^\d+-/, "").replace(".md", "")}/`, `docs/decisions/${name}`]),
    ["explain/changelog/", "CHANGELOG.md"],
  ],
};

const known = Object.values(sections)
  .flat()
  .filter(([, file]) => existsSync(join(root, file)));
const pathOf = new Map(known.map(([path, file]) => [file, path]));
pathOf.set("README.md", "");

/** Where a link of a file leads on the site; undefined where the site has no such page. */
function linkFrom(file, path, extra) {
  return (href) => {
    if (/^(https?:|mailto:|#)/.test(href)) return href;
    const [target, anchor] = href.split("#");
    const to = normalize(join(dirname(file), target))
      .replaceAll("\\", "/")
      .replace(/\/$/, "");
    const found = pathOf.get(to) ?? pathOf.get(`${to}/README.md`) ?? extra.get(to);
    return found === undefined ? undefined : `${up(path)}${found}${anchor ? `#${anchor}` : ""}`;
  };
}

const titleOf = (text) => /^# (.*)$/m.exec(text)?.[1].replaceAll("`", "") ?? "";

/** Files that the pages link to, and where the site has them. */
export const otherFiles = [
  ["docs/json.schema.json", "reference/json.schema.json"],
  ["docs/pipeline.svg", "explain/pipeline.svg"],
  ["docs/network.svg", "how-to/scale/network.svg"],
];

/** The pages of docs/, as the site shows them. Links to files that the site lacks become plain text. */
export function documentPages({ reference }) {
  const extra = new Map(otherFiles);
  const lists = Object.fromEntries(
    Object.entries(sections).map(([section, all]) => [
      section,
      all
        .filter(([, file]) => pathOf.has(file))
        .map(([path, file]) => [path, titleOf(readFileSync(join(root, file), "utf8"))]),
    ]),
  );
  lists.reference = [
    ["reference/", "Reference"],
    ...reference.map(({ path, title }) => [path, title]),
    ...lists.reference,
  ];
  const pages = known.map(([path, file]) => {
    const text = readFileSync(join(root, file), "utf8");
    const link = linkFrom(file, path, extra);
    const md = markdown({ link: (href) => link(href) ?? "" });
    let { html } = md.render(text);
    html = html
      .replace(/<a href="">([\s\S]*?)<\/a>/g, "$1")
      .replace(/(<img[^>]*src=")([^"]+)"/g, (all, head, src) =>
        /^(https?:|data:)/.test(src) ? all : `${head}${link(src) ?? src}"`,
      );
    return { path, title: titleOf(text), lang: "en", body: html, list: lists[path.split("/")[0]], source: text, file };
  });
  for (const page of reference) pages.push({ ...page, lang: "en", list: lists.reference });
  const order = Object.values(lists).flat();
  for (const page of pages) {
    const at = order.findIndex(([path]) => path === page.path);
    const same = (other) => other && other[0].split("/")[0] === page.path.split("/")[0];
    if (same(order[at - 1])) page.previous = order[at - 1];
    if (same(order[at + 1])) page.next = order[at + 1];
  }
  const index = lists.reference
    .slice(1)
    .map(([path, title]) => `<li><a href="../${path}">${escaped(title)}</a></li>`)
    .join("");
  pages.push({
    path: "reference/",
    title: "Reference",
    lang: "en",
    list: lists.reference,
    body: `<h1>Reference</h1><p>The API is read from the type declarations of the package, the command line from its help.</p><ul>${index}</ul>`,
  });
  return pages;
}

export const codeBlock = (code, lang) =>
  `<div class="code ${lang}"><pre tabindex="0" role="group" aria-label="Code"><code>${highlighted(code, lang)}</code></pre></div>`;
export const fromRoot = (path) => relative(root, path);
