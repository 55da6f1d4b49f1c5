// The picture as one HTML file that needs nothing else: data, style and script inside, no network (a content policy in
// the page forbids it).
import { checkPicture, type Picture, unitSquare } from "./picture.ts";
import { createLabels } from "./viewer/labels.ts";
import { createPoints } from "./viewer/points.ts";
import { createSearch } from "./viewer/search.ts";
import { type PageData, viewer } from "./viewer/viewer.ts";

/**
 * Renders the interactive page: drag to pan, wheel or fingers to zoom, search, and a clicked word's neighbors in the
 * original space. Fluid up to 50,000 words (bench/projection/fluid.mjs measures it); about 40 bytes a word and neighbor list of 10.
 */
export function pictureHtml(picture: Picture): string {
  checkPicture("pictureHtml", picture);
  const { words, title = "Word vectors", caption = "" } = picture;
  const count = `${words.length.toLocaleString("en")} words`;
  const subtitle = caption ? `${count} · ${caption}` : count;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
</head>
<body>
<main id="stage" tabindex="0" role="application" aria-label="Map of ${count}; arrows pan, plus and minus zoom, 0 shows all, slash searches">
<canvas id="points"></canvas><canvas id="labels"></canvas>
</main>
<aside id="panel">
<h1>${escapeHtml(title)}</h1>
<p>${escapeHtml(subtitle)}</p>
<input id="search" type="search" role="combobox" aria-label="Search a word" aria-controls="matches" aria-expanded="false" aria-autocomplete="list" placeholder="Search a word ( / )" autocomplete="off" spellcheck="false">
<ul id="matches" role="listbox" aria-label="Matching words" hidden></ul>
<section id="chosen" hidden><h2><span id="word"></span><button id="close" aria-label="Clear the choice">×</button></h2>
<ol id="neighbors" aria-label="Nearest words in the original space, with cosine similarity"></ol></section>
<p id="status" role="status"></p>
</aside>
<nav aria-label="Zoom"><button id="in" aria-label="Zoom in">+</button><button id="out" aria-label="Zoom out">−</button><button id="all" aria-label="Show all">⤢</button></nav>
<script type="application/json" id="data">${encodeData(picture)}</script>
<script>
var __name = (f) => f; // some bundlers wrap named functions in a call of this name
(${viewer})(document, {
createPoints: ${createPoints},
createLabels: ${createLabels},
createSearch: ${createSearch}
});
</script>
</body>
</html>
`;
}

/** The page's data as JSON; `<` is escaped, so that no word can end the script element. */
function encodeData(picture: Picture): string {
  const { words, neighbors } = picture;
  const { k, indices, similarities } = neighbors ?? { k: 0, indices: [], similarities: [] };
  const data: PageData = {
    words: [...words],
    points: base64(unitSquare(picture)),
    k,
    indices: base64(words.length > 65536 ? Uint32Array.from(indices) : Uint16Array.from(indices)),
    similarities: base64(Int8Array.from(similarities, (value) => Math.round(value * 100))),
  };
  return JSON.stringify(data).replaceAll("<", "\\u003c");
}

function base64(array: Float32Array | Uint32Array | Uint16Array | Int8Array): string {
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  let text = "";
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return btoa(text);
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

const style = `
:root { --paper: #ffffff; --ink: #3b4252; --strong: #11151c; --point: #4b6cb7; --near: #d97706; --chosen: #c0182f; --panel: #ffffff; --line: #d5dae3; --soft: #eef1f6; }
@media (prefers-color-scheme: dark) { :root { --paper: #11151c; --ink: #b9c2d0; --strong: #f5f7fa; --point: #7f9fe8; --near: #f5a524; --chosen: #ff5d6c; --panel: #171c26; --line: #323b4a; --soft: #232b38; } }
* { box-sizing: border-box; }
html, body { margin: 0; height: 100%; overflow: hidden; background: var(--paper); color: var(--ink); font: 14px/1.4 system-ui, "Apple SD Gothic Neo", "Malgun Gothic", "Noto Sans KR", "Noto Sans CJK KR", sans-serif; }
#stage { position: fixed; inset: 0; cursor: grab; touch-action: none; user-select: none; }
#stage:active { cursor: grabbing; }
#stage:focus-visible { outline: 2px solid var(--near); outline-offset: -2px; }
canvas { position: absolute; inset: 0; width: 100%; height: 100%; }
#labels { pointer-events: none; }
aside { position: fixed; top: 12px; left: 12px; width: 250px; max-height: calc(100% - 24px); overflow: auto; padding: 12px 14px; background: var(--panel); border: 1px solid var(--line); border-radius: 10px; }
h1 { margin: 0; font-size: 15px; color: var(--strong); overflow-wrap: anywhere; }
h2 { margin: 12px 0 4px; font-size: 17px; color: var(--chosen); display: flex; justify-content: space-between; overflow-wrap: anywhere; }
p { margin: 2px 0 8px; font-size: 12px; }
#status { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); margin: 0; }
input { width: 100%; font: inherit; padding: 6px 9px; color: var(--strong); background: var(--paper); border: 1px solid var(--line); border-radius: 6px; }
input:focus-visible, button:focus-visible { outline: 2px solid var(--near); outline-offset: 1px; }
ul, ol { list-style: none; margin: 4px 0 0; padding: 0; }
#matches li { padding: 3px 9px; border-radius: 5px; cursor: pointer; overflow-wrap: anywhere; }
#matches li[aria-disabled] { cursor: default; font-style: italic; background: none; }
#matches li[aria-selected=true], #matches li:hover { background: var(--soft); color: var(--strong); }
button { font: inherit; color: inherit; background: none; border: 0; border-radius: 5px; cursor: pointer; }
#neighbors button { width: 100%; display: flex; justify-content: space-between; gap: 8px; padding: 3px 9px; margin: 1px 0; text-align: left; color: var(--strong); background: linear-gradient(var(--soft), var(--soft)) no-repeat left / var(--share) 100%; }
#neighbors span { overflow-wrap: anywhere; }
#neighbors button:hover { box-shadow: inset 0 0 0 1px var(--line); }
#neighbors span:last-child { font-variant-numeric: tabular-nums; color: var(--ink); }
#close { font-size: 18px; line-height: 1; color: var(--ink); padding: 0 6px; }
nav { position: fixed; right: 12px; bottom: 12px; display: grid; background: var(--panel); border: 1px solid var(--line); border-radius: 10px; }
nav button { width: 36px; height: 36px; font-size: 18px; }
@media (pointer: coarse) { input { font-size: 16px; } nav button { width: 44px; height: 44px; } #matches li, #neighbors button { padding: 8px 9px; } #close { padding: 6px 12px; } }
@media (max-width: 600px) { aside { right: 12px; width: auto; max-height: 45%; } }
`;
