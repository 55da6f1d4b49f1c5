// Reduced motion, 200 % zoom and WebGPU, on every screen of the studio.
import { launch, timeout } from "./open.mjs";
import { drop, expect } from "./page.mjs";
import { visit } from "./screens.mjs";

/** What moves, or would at the next change: animations and transitions of any element, and canvases that are drawn anew. */
const moving = (page) =>
  page.evaluate(async () => {
    const named = (element) => [element.localName, ...element.classList].join(".");
    const found = document.getAnimations().map(({ effect }) => `${named(effect.target)} is animated`);
    for (const element of document.querySelectorAll("body, body *"))
      for (const part of [null, "::before", "::after"]) {
        const { animationName, transitionDuration, scrollBehavior } = getComputedStyle(element, part);
        if (animationName !== "none") found.push(`${named(element)} has the animation ${animationName}`);
        if (/[1-9]/.test(transitionDuration)) found.push(`${named(element)} has a transition of ${transitionDuration}`);
        if (scrollBehavior === "smooth") found.push(`${named(element)} scrolls smoothly`);
      }
    return [...new Set(found)];
  });

/** Frames out of 30 in which a word map differs from the frame before. */
const redrawn = (page) =>
  page.evaluate(async () => {
    let [last, changes] = ["", 0];
    for (let i = 0; i < 30; i++) {
      await new Promise(requestAnimationFrame);
      const now = document.querySelector("canvas.word-map").toDataURL();
      if (now !== last && i > 0) changes++;
      last = now;
    }
    return changes;
  });

/** Controls that cannot be brought into the window, or that something covers there; and what is wider than the window. */
const outOfReach = (page) =>
  page.evaluate(() => {
    const over = document.documentElement.scrollWidth - document.documentElement.clientWidth;
    const found = over > 0 ? [`${over} px wider than the window`] : [];
    const controls = "a[href], button, input, select, textarea, summary, [tabindex='0']";
    for (const control of document.querySelectorAll(controls)) {
      const shown = control.matches("input.sr") ? control.closest("label") : control;
      if (!shown || shown.matches(".skip, main") || !shown.checkVisibility({ visibilityProperty: true })) continue;
      shown.scrollIntoView({ block: "nearest", inline: "nearest" });
      const { left, right, top, bottom, width, height } = shown.getBoundingClientRect();
      const name = `${control.localName} "${(control.getAttribute("aria-label") ?? shown.innerText ?? "").slice(0, 30)}"`;
      if (right > innerWidth + 1 && width <= innerWidth) found.push(`${name} is cut off at the right`);
      else if (left < -1) found.push(`${name} is cut off at the left`);
      if (height > innerHeight / 2) continue; // a text to scroll through: the header takes its part of the window
      if (top < -1 || bottom > innerHeight + 1) found.push(`${name} is out of the window`);
      const [x, y] = [Math.min(innerWidth - 1, (left + Math.min(right, innerWidth)) / 2), (top + bottom) / 2];
      const hit = document.elementFromPoint(x, y);
      if (hit && !shown.contains(hit) && !hit.contains(shown))
        found.push(`${name} is covered by ${[hit.localName, ...hit.classList].join(".")}`);
    }
    return found;
  });

const wide = "a-very-long-name-without-a-space".repeat(4);

/** 1280 x 800 at 200 %: by the browser, which halves the window that the page sees; and by `zoom`, which leaves it. */
const zooms = {
  "200 % zoom": { viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 },
  "200 % zoom by style": { viewport: { width: 1280, height: 800 }, zoom: 2 },
};

/** WebGPU on the software GPU that comes with Chromium. */
const webgpu = [
  "--no-sandbox",
  "--enable-unsafe-webgpu",
  "--use-webgpu-adapter=swiftshader",
  "--enable-unsafe-swiftshader",
  "--enable-features=Vulkan",
  "--disable-gpu-watchdog", // it takes compiling on a busy machine to be a hang
];

export const checks = {
  async "WebGPU in the page: the same screens"({ studio }) {
    const browser = await launch({ args: webgpu });
    try {
      const page = await browser.newPage();
      page.setDefaultTimeout(timeout);
      const faults = [];
      page.on("pageerror", (error) => faults.push(error.message));
      page.on("console", (message) => message.type() === "error" && faults.push(message.text()));
      const seen = [];
      await visit(page, studio, async (name) => {
        seen.push(name);
        const adapter = await page.evaluate(async () => (await navigator.gpu?.requestAdapter()) != null);
        expect(adapter, `${name}: no WebGPU in this page`);
      });
      expect(faults.length === 0, faults.join("\n"));
      console.log(`     ${seen.join("; ")}`);
    } finally {
      await browser.close();
    }
  },

  async "reduced motion: nothing moves by itself"({ browser, studio }) {
    const context = await browser.newContext({ reducedMotion: "reduce" });
    const page = await context.newPage();
    page.setDefaultTimeout(timeout);
    const found = [];
    try {
      await visit(page, studio, async (name) => {
        found.push(...(await moving(page)).map((one) => `${name}: ${one}`));
        if (name !== "words") return;
        // The map takes each new place at once: it does not glide there at every frame.
        const changes = await redrawn(page);
        if (changes > 10) found.push(`words: the map is drawn anew in ${changes} of 30 frames`);
      });
    } finally {
      await context.close();
    }
    expect(found.length === 0, found.join("\n"));
  },

  ...Object.fromEntries(
    Object.entries(zooms).map(([title, { zoom, ...options }]) => [
      title,
      async ({ browser, studio }) => {
        const found = [];
        for (const locale of ["en-US", "ko-KR"]) {
          const context = await browser.newContext({ ...options, locale });
          if (zoom)
            await context.addInitScript((value) => {
              addEventListener("DOMContentLoaded", () => {
                document.documentElement.style.zoom = value;
              });
            }, zoom);
          const page = await context.newPage();
          page.setDefaultTimeout(timeout);
          try {
            await visit(page, studio, async (name) => {
              found.push(...(await outOfReach(page)).map((one) => `${name}, ${locale}: ${one}`));
            });
            await drop(page, `${wide}.txt`, "the cat sat on the mat and ran.\n".repeat(60));
            await page.locator(".data dt", { hasText: wide }).waitFor();
            found.push(...(await outOfReach(page)).map((one) => `a long name, ${locale}: ${one}`));
          } finally {
            await context.close();
          }
        }
        expect(found.length === 0, found.join("\n"));
      },
    ]),
  ),
};
