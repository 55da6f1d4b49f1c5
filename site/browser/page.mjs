// What the checks of the studio do in a page.
import { readFile } from "node:fs/promises";
import { timeout } from "./open.mjs";

/** Drops a file on the page, as from a folder. */
export async function drop(page, name, content) {
  const bytes = Buffer.from(content).toString("base64");
  const transfer = await page.evaluateHandle(
    async ([label, packed]) => {
      const data = new DataTransfer();
      const body = await (await fetch(`data:application/octet-stream;base64,${packed}`)).blob();
      data.items.add(new File([body], label));
      return data;
    },
    [name, bytes],
  );
  await page.dispatchEvent("body", "drop", { dataTransfer: transfer });
}

export const trained = (page) =>
  page.waitForFunction(() => /Trained|학습을 마쳤습니다/.test(document.querySelector(".progress")?.innerText ?? ""));

/** Until a function of the page that answers later says yes: `waitForFunction` takes a promise for a yes. */
export async function until(page, question, given) {
  const end = Date.now() + timeout;
  while (!(await page.evaluate(question, given))) {
    expect(Date.now() < end, `waited in vain: ${question}`);
    await page.waitForTimeout(200);
  }
}

/** Until a file that was dropped is trained on. */
export const learns = (page, name) =>
  page.waitForFunction(
    (file) =>
      document.querySelector(".data dt")?.textContent === file &&
      document.querySelector(".progress progress")?.value > 0,
    name,
  );

/**
 * Until it shows that it learns: the loss is a fifth below the first one shown, or the training has ended. A run that goes on
 * is then paused: a person need not wait to use what is there.
 */
export async function learnedEnough(page) {
  await page.waitForFunction(
    () => {
      const text = document.querySelector(".progress p")?.innerText ?? "";
      const found = /loss (-?[\d.]+)|(-?[\d.]+) bits/.exec(text);
      if (!found) return /Trained/.test(text);
      const loss = Number(found[1] ?? found[2]);
      globalThis.firstLoss ??= loss;
      return /Trained/.test(text) || loss < globalThis.firstLoss - 0.2 * Math.abs(globalThis.firstLoss);
    },
    undefined,
    { polling: 200 },
  );
  const pause = page.getByRole("button", { name: "Pause", exact: true });
  if (await pause.isVisible()) await pause.click({ timeout: 5000 }).catch(() => {}); // it may have ended meanwhile
  await page.locator(".progress p", { hasText: /Paused|Trained/ }).waitFor();
}

/** Sets a number of the recipe, by its label. */
export const setNumber = (page, label, value) => page.getByLabel(label, { exact: true }).fill(String(value));

/** Clicks, and gives the file that comes down. */
export async function download(page, button) {
  const [file] = await Promise.all([page.waitForEvent("download"), button.click()]);
  return { name: file.suggestedFilename(), bytes: await readFile(await file.path()) };
}

/** A link to the studio with this recipe. */
export async function link(studio, shared) {
  const { deflateRawSync } = await import("node:zlib");
  return `${studio}#r=${deflateRawSync(JSON.stringify({ v: 1, ...shared })).toString("base64url")}`;
}

export function expect(condition, message) {
  if (!condition) throw new Error(message);
}
