// The static site without a network, under any path, after the first visit.
import { serveSite } from "./open.mjs";
import { until } from "./page.mjs";

/** Until the service worker has kept all files of a folder. */
const kept = (page, folder) =>
  until(
    page,
    async (of) => {
      const registration = await navigator.serviceWorker.getRegistration();
      if (!registration) return false;
      const { scope } = registration;
      const listed = await (await fetch(new URL("offline.json", scope))).json();
      const cache = await caches.open("unrolled");
      const all = await Promise.all(listed[of].map((path) => cache.match(new URL(path, scope).href)));
      return all.every(Boolean);
    },
    folder,
  );

export const checks = {
  async "offline: the studio"({ page }) {
    const site = await serveSite({ prefix: "/some/where" });
    await page.goto(`${site.origin}studio/`);
    await page.waitForFunction(() => document.querySelector(".progress progress")?.value > 3);
    await kept(page, "studio/");
    await site.close();
    await page.reload();
    await page.waitForFunction(() => document.querySelector(".progress progress")?.value > 30);
    for (const name of ["Run", "Race", "Cell", "Words", "Models"]) {
      await page.getByRole("link", { name, exact: true }).click();
      await page.locator("main h1").filter({ hasText: name }).waitFor({ state: "attached" });
    }
  },
  async "offline: no room to keep a page"({ page, context }) {
    const site = await serveSite({ prefix: "/some/where" });
    await page.goto(`${site.origin}learn/ko/lstm/`);
    await kept(page, "assets/");
    await context.serviceWorkers()[0].evaluate(() => {
      globalThis.Cache.prototype.put = () => Promise.reject(new DOMException("full", "QuotaExceededError"));
    });
    await page.goto(`${site.origin}learn/ko/gru/`);
    await page.locator("u-figure[data-live] .picture").waitFor();
    await site.close();
  },
  async "offline: a lecture"({ page }) {
    const site = await serveSite({ prefix: "/some/where" });
    await page.goto(`${site.origin}learn/ko/lstm/`);
    await page.locator("u-figure[data-live] .picture").waitFor();
    await kept(page, "assets/");
    await site.close();
    await page.reload();
    await page.locator("u-figure[data-live] .picture").waitFor();
    // It trains by itself when it is seen, to its end.
    await page.locator("u-figure").scrollIntoViewIfNeeded();
    await page.locator("u-figure .state", { hasText: "이 페이지에서 학습" }).waitFor();
  },
};
