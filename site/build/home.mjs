// The first page, and the gallery of all figures.
import { escaped } from "./markdown.mjs";

export function homePage({ still }) {
  return {
    path: "",
    title: "Unrolled",
    lang: "en",
    kind: "home",
    description: "Recurrent networks in TypeScript: train them, look inside, ship them.",
    other: "learn/ko/",
    body: `<h1>Sequence models in TypeScript</h1>
<p class="question">Train recurrent networks on your own text, tags, tunes or numbers. Look inside. Run them anywhere JavaScript runs.</p>
<u-figure name="counter">${still}</u-figure>
<p>This network learns to count in this page, now. Nobody told it how; <a href="learn/en/lstm/">hold its forget gate</a> and see what it loses.</p>
<div class="cards">
<a href="start/"><b>Start</b><span>Node, browser, one HTML file, command line</span></a>
<a href="learn/en/"><b>Lectures</b><span>29 pages; every figure runs the library. Also <span lang="ko">한국어</span></span></a>
<a href="studio/"><b>Studio</b><span>Watch a network learn on your own text</span></a>
<a href="how-to/"><b>How-to</b><span>Every kind of data, with its output</span></a>
<a href="reference/"><b>Reference</b><span>API, command line, formats, errors</span></a>
<a href="explain/"><b>Explain</b><span>Architecture, decisions, measurements</span></a>
</div>`,
  };
}

export function galleryPage(lectures, stills) {
  const cards = lectures
    .map(({ id, en }) => {
      const name = /^::: figure (\S+)/m.exec(en.text)[1];
      return `<section><h2 id="${id}"><a href="../learn/en/${id}/">${escaped(en.head.title)}</a></h2><div class="still" inert>${stills[name]}</div></section>`;
    })
    .join("");
  return {
    path: "gallery/",
    title: "Gallery",
    lang: "en",
    kind: "gallery",
    description: "Every figure of the lectures.",
    body: `<h1>Gallery</h1><p class="question">Every figure of the lectures, as it stands at first. All of them are drawn from numbers that the library computed.</p>${cards}`,
  };
}

/** What agents read first: https://llmstxt.org. */
export function llmsText(pages) {
  const line = ({ path, title, description }) =>
    `- [${title}](${path}index.md)${description ? `: ${description}` : ""}`;
  const of = (prefix) =>
    pages
      .filter(({ path, source }) => source && path.startsWith(prefix))
      .map(line)
      .join("\n");
  return `# Unrolled

> Recurrent sequence models in TypeScript: train, inspect, export. Package \`unrolled\`, command \`npx unrolled\`. Node 20.19 or newer, browsers.

Every page listed here is Markdown.

## Start

${of("start/")}

## How-to

${of("how-to/")}

## Reference

${of("reference/")}

## Lectures

${of("learn/en/")}

## Explain

${of("explain/")}
`;
}
