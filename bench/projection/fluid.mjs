// Frame times of the interactive page with 50,000 words while it is panned, zoomed and asked, in headless Chromium
// without a GPU: the worst machine it will meet. usage: node bench/projection/fluid.mjs [--words 50000]   (after npm run build)
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { random } from "../../dist/base/index.js";
import { pictureHtml } from "../../dist/embeddings/index.js";

const { values } = parseArgs({ options: { words: { type: "string", default: "50000" } } });
const n = Number(values.words);
const r = random(1);
const centers = Array.from({ length: 150 }, () => [r.normal() * 8, r.normal() * 8]);
const points = new Float32Array(2 * n);
for (let i = 0; i < n; i++) {
  const center = centers[r.below(150)];
  points[2 * i] = center[0] + r.normal();
  points[2 * i + 1] = center[1] + r.normal();
}
const words = Array.from({ length: n }, () => r.below(36 ** 6).toString(36));
const neighbors = {
  k: 10,
  indices: Uint32Array.from({ length: 10 * n }, () => r.below(n)),
  similarities: Float32Array.from({ length: 10 * n }, (_, e) => 0.9 - 0.05 * (e % 10)),
};
const html = pictureHtml({ words, points, neighbors });

// Runs before the page's script: wraps requestAnimationFrame to time what the page does in a frame.
const probe = `<script>
const frames = { work: [] };
const ask = requestAnimationFrame.bind(window);
window.requestAnimationFrame = (f) => ask((t) => { const a = performance.now(); f(t); frames.work.push(performance.now() - a); });
</script>`;
const drive = `<script>
window.driven = (async () => {
  const ready = performance.now();
  const stage = document.getElementById("stage");
  const next = () => new Promise((resolve) => ask(resolve));
  const event = (type, x, y) => stage.dispatchEvent(new PointerEvent(type, { pointerId: 1, clientX: x, clientY: y, bubbles: true }));
  const results = { load: ready };
  const phase = async (name, step) => {
    frames.work.length = 0; const gaps = []; let last = await next();
    for (let i = 0; i < 60; i++) { step(i); const now = await next(); gaps.push(now - last); last = now; }
    const mid = (list) => list.sort((a, b) => a - b)[list.length >> 1];
    results[name] = { frames: frames.work.length, workMedian: mid(frames.work), workWorst: Math.max(...frames.work), gapMedian: mid(gaps), gapWorst: Math.max(...gaps) };
  };
  for (let i = 0; i < 10; i++) await next();
  event("pointerdown", 600, 400);
  await phase("pan", (i) => event("pointermove", 600 + 200 * Math.sin(i / 10), 400 + 100 * Math.sin(i / 7)));
  event("pointercancel", 600, 400);
  await phase("zoom", (i) => stage.dispatchEvent(new WheelEvent("wheel", { deltaY: i < 40 ? -60 : 60, clientX: 650, clientY: 420, bubbles: true, cancelable: true })));
  await phase("hover", (i) => event("pointermove", 300 + 10 * i, 420));
  const input = document.getElementById("search");
  await phase("search", (i) => { input.value = "abcdef".slice(0, i % 6); input.dispatchEvent(new Event("input")); });
  const a = performance.now(); event("pointerdown", 650, 420); event("pointerup", 650, 420); results.click = performance.now() - a;
  results.webgl = document.getElementById("points").getContext("webgl") !== null;
  return JSON.stringify(results);
})();
</script>`;
const folder = mkdtempSync(join(tmpdir(), "fluid-"));
const file = join(folder, "page.html");
for (const emulated of [false, true]) {
  // As it stands the page draws its own pixels where WebGL is emulated; with the name of the renderer hidden it takes WebGL.
  const force = emulated ? "<script>WebGLRenderingContext.prototype.getExtension = () => null;</script>" : "";
  writeFileSync(file, html.replace("<body>", `<body>${force}${probe}`).replace("</body>", `${drive}</body>`));
  const result = await inChromium(
    `file://${file}`,
    "window.driven",
    emulated ? ["--enable-unsafe-swiftshader"] : [],
  ).catch((error) => `{"skipped": ${JSON.stringify(String(error))}}`);
  console.log(JSON.stringify({ bench: "fluid", words: n, megabytes: html.length / 1e6, ...JSON.parse(result) }));
}
rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });

/** Opens a page, awaits a promise of its script and returns the value: the DevTools protocol over two pipes. */
async function inChromium(url, expression, extra) {
  const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"];
  const child = spawn(
    "chromium",
    [
      ...flags,
      ...extra,
      `--user-data-dir=${mkdtempSync(join(folder, "profile-"))}`,
      "--window-size=1280,850",
      "--remote-debugging-pipe",
    ],
    { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] },
  );
  const waiting = new Map();
  const failed = new Promise((_, reject) => child.on("error", reject));
  let text = "";
  child.stdio[4].on("data", (chunk) => {
    text += chunk;
    const messages = text.split("\0");
    text = messages.pop();
    for (const message of messages.map((m) => JSON.parse(m))) waiting.get(message.id)?.(message.result ?? message);
  });
  let id = 0;
  const call = (method, params, sessionId) => {
    child.stdio[3].write(`${JSON.stringify({ id: ++id, method, params, sessionId })}\0`);
    return Promise.race([failed, new Promise((resolve) => waiting.set(id, resolve))]);
  };
  try {
    const { targetId } = await call("Target.createTarget", { url });
    const { sessionId } = await call("Target.attachToTarget", { targetId, flatten: true });
    for (;;) {
      const { result } = await call("Runtime.evaluate", { expression: `${expression} !== undefined` }, sessionId);
      if (result?.value === true) break;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const { result, exceptionDetails } = await call("Runtime.evaluate", { expression, awaitPromise: true }, sessionId);
    if (exceptionDetails) throw new Error(JSON.stringify(exceptionDetails.exception ?? exceptionDetails));
    if (!result?.value) throw new Error(`the page gave ${JSON.stringify(result)}`);
    return result.value;
  } finally {
    child.kill();
  }
}
