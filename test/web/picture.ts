// The interactive page in a real browser: search, an empty result, Korean input, the neighbors of a word by keyboard.
import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { random } from "../../src/base/random.ts";
import { pictureHtml } from "../../src/embeddings/picture/index.ts";
import { scratchFolder } from "../cli/terminal.ts";
import { type Browser, chromium, type Page, sharedChromium, withoutChromium } from "./chromium.ts";

describe.skipIf(!chromium)(`the picture's page in Chromium${withoutChromium}`, () => {
  const scratch = scratchFolder();
  const n = 300;
  const draw = random(2);
  const words = Array.from({ length: n }, (_, i) => (i === 5 ? "한국" : i === 6 ? "한국어" : `word${i}`));
  const points = Float32Array.from({ length: 2 * n }, () => draw.normal());
  const indices = Uint32Array.from({ length: 3 * n }, (_, e) => (Math.floor(e / 3) + 1 + (e % 3)) % n);
  const similarities = Float32Array.from({ length: 3 * n }, (_, e) => 0.9 - 0.1 * (e % 3));
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    const file = scratch.path("page.html");
    writeFileSync(file, pictureHtml({ words, points, neighbors: { k: 3, indices, similarities } }));
    browser = await sharedChromium();
    page = await browser.open(`file://${file}`);
    const ready = `document.getElementById("labels")?.width > 0`;
    for (let i = 0; i < 300 && !(await page.evaluate<boolean>(ready).catch(() => false)); i++) {
      await new Promise((done) => setTimeout(done, 30));
    }
    await page.evaluate(`
      window.box = document.getElementById("search");
      window.matches = () => [...document.querySelectorAll("#matches li")].map((li) => li.textContent);
      window.near = () => [...document.querySelectorAll("#neighbors button")].map((b) => b.textContent);
      window.type = (text) => { box.focus(); box.value = text; box.dispatchEvent(new Event("input")); };
      window.press = (key, more = {}) => box.dispatchEvent(new KeyboardEvent("keydown", { key, cancelable: true, bubbles: true, ...more }));
    `);
  });
  afterAll(() => scratch.remove());

  it("finds words in either form of Korean, and waits while a syllable is written", async () => {
    expect(await page.evaluate(`type("한국".normalize("NFD")); matches()`)).toEqual(["한국", "한국어"]);
    expect(await page.evaluate(`press("Enter", { isComposing: true }); document.getElementById("chosen").hidden`)).toBe(
      true,
    );
    expect(await page.evaluate(`press("ArrowDown"); press("Enter"); document.getElementById("word").textContent`)).toBe(
      "한국어",
    );
    expect(await page.evaluate("near()")).toEqual(["word70.90", "word80.80", "word90.70"]);
  });
  it("says that no word was found", async () => {
    expect(await page.evaluate(`type("nothing such"); matches()`)).toEqual(['no word has "nothing such" in it']);
    expect(await page.evaluate(`press("Enter"); document.getElementById("word").textContent`)).toBe("한국어");
    expect(await page.evaluate(`type(""); document.getElementById("matches").hidden`)).toBe(true);
  });
  it("goes from neighbor to neighbor by keyboard", async () => {
    const walk = `const b = document.querySelectorAll("#neighbors button")[1]; b.focus(); b.click();`;
    expect(await page.evaluate(`(() => { ${walk} return near(); })()`)).toEqual([
      "word90.90",
      "word100.80",
      "word110.70",
    ]);
    expect(await page.evaluate(`document.activeElement.textContent`)).toBe("word90.90");
  });
  it("draws points, and brings the chosen word beside the panel", async () => {
    await page.evaluate(`type("word42"); press("Enter")`);
    await new Promise((done) => setTimeout(done, 700));
    const [x, right, drawn] = await page.evaluate<number[]>(`(() => {
      const canvas = document.getElementById("points");
      const right = document.getElementById("panel").getBoundingClientRect().right;
      const copy = Object.assign(document.createElement("canvas"), { width: canvas.width, height: canvas.height });
      const g = copy.getContext("2d");
      g.drawImage(canvas, 0, 0);
      const { data, width } = g.getImageData(0, 0, copy.width, copy.height);
      let [sum, red, drawn] = [0, 0, 0];
      for (let i = 0; i < data.length; i += 4) {
        if (data[i + 3]) drawn++;
        if (data[i] > 180 && data[i + 1] < 40 && data[i + 3] > 250) { red++; sum += (i / 4) % width; } // the chosen one
      }
      return [sum / red / devicePixelRatio, right, drawn];
    })()`);
    expect(drawn).toBeGreaterThan(100);
    const middle = (right! + (await page.evaluate<number>("innerWidth"))) / 2;
    expect(Math.abs(x! - middle)).toBeLessThan(3);
  });
});
