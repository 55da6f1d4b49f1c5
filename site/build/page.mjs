// The frame around every page.
import { escaped } from "./markdown.mjs";

const say = {
  en: {
    skip: "Skip to the content",
    theme: "Light or dark",
    search: "Search",
    other: "한국어",
    menu: "Pages",
    next: "Next",
    previous: "Previous",
    site: "Unrolled",
  },
  ko: {
    skip: "본문으로 건너뛰기",
    theme: "밝게 또는 어둡게",
    search: "검색",
    other: "English",
    menu: "목차",
    next: "다음",
    previous: "이전",
    site: "Unrolled",
  },
};

const sections = {
  en: [
    ["start/", "Start"],
    ["learn/en/", "Lectures"],
    ["how-to/", "How-to"],
    ["studio/", "Studio"],
    ["reference/", "Reference"],
    ["explain/", "Explain"],
    ["gallery/", "Gallery"],
  ],
  ko: [
    ["start/", "시작하기"],
    ["learn/ko/", "강의"],
    ["how-to/", "방법"],
    ["studio/", "스튜디오"],
    ["reference/", "레퍼런스"],
    ["explain/", "설명"],
    ["gallery/", "갤러리"],
  ],
};

const icon =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Cpath d='M3 8a5 5 0 1 1 5 5' fill='none' stroke='%230072b2' stroke-width='2.4' stroke-linecap='round'/%3E%3Ccircle cx='8' cy='13' r='2' fill='%23d55e00'/%3E%3C/svg%3E";
const policy =
  "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src 'self' data:; worker-src 'self' blob:; object-src 'none'; base-uri 'none'";

/** Relative from the page to a path of the site: the site works under any path. */
export const up = (path) => "../".repeat(path.split("/").length - 1) || "./";

/**
 * page: { path: "learn/en/rnn/", title, lang, body, description, list: [[path, title]], previous, next, other }
 */
export function framed(
  { path, title, lang, body, description = "", list = [], previous, next, other, kind = "doc" },
  assets,
) {
  const root = up(path);
  const s = say[lang];
  const items = list
    .map(([to, text]) =>
      to === undefined
        ? `<li class="group">${escaped(text)}</li>`
        : `<li><a href="${root}${to}"${to === path ? ' aria-current="page"' : ""}>${escaped(text)}</a></li>`,
    )
    .join("");
  const nav = sections[lang]
    .map(([to, text]) => `<a href="${root}${to}"${path.startsWith(to) ? ' aria-current="true"' : ""}>${text}</a>`)
    .join("");
  const turn = (to, label) =>
    to
      ? `<a href="${root}${to[0]}" rel="${label}"><small>${s[label === "prev" ? "previous" : "next"]}</small> ${escaped(to[1])}</a>`
      : "<span></span>";
  return `<!doctype html>
<html lang="${lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="color-scheme" content="light dark">
<meta name="description" content="${escaped(description)}">
<title>${escaped(title)}${path === "" ? "" : " · Unrolled"}</title>
<link rel="icon" href="${icon}">
<link rel="offline" href="${root}service-worker.js">
<link rel="stylesheet" href="${root}assets/${assets.css}">
<script src="${root}assets/${assets.theme}" type="module" blocking="render"></script>
<script src="${root}assets/${assets.site}" type="module"></script>
${other ? `<link rel="alternate" hreflang="${lang === "en" ? "ko" : "en"}" href="${root}${other}">` : ""}
</head>
<body class="${kind}">
<a class="skip" href="#content">${s.skip}</a>
<header>
<a class="brand" href="${root}${lang === "ko" ? "learn/ko/" : "./"}"><svg viewBox="0 0 16 16" aria-hidden="true"><path d="M3 8a5 5 0 1 1 5 5"/><circle cx="8" cy="13" r="2"/></svg>Unrolled</a>
<nav aria-label="${lang === "ko" ? "사이트" : "Site"}">${nav}</nav>
<div class="tools">
${other ? `<a lang="${lang === "en" ? "ko" : "en"}" href="${root}${other}">${s.other}</a>` : ""}
<button type="button" data-search="${root}assets/${assets.search[lang]}" aria-label="${s.search}" aria-keyshortcuts="/" title="${s.search} ( / )" hidden><svg viewBox="0 0 16 16" aria-hidden="true"><circle cx="7" cy="7" r="4.5"/><path d="m10.5 10.5 3.5 3.5"/></svg></button>
<button type="button" data-theme aria-label="${s.theme}"><span aria-hidden="true">◐</span></button>
</div>
</header>
<div class="columns">
<main id="content"><article>
${body}
</article>
${previous || next ? `<nav class="turn" aria-label="${s.previous}, ${s.next}">${turn(previous, "prev")}${turn(next, "next")}</nav>` : ""}
</main>
${items ? `<nav class="list" aria-label="${s.menu}"><ol>${items}</ol></nav>` : ""}
</div>
</body>
</html>
`;
}
