// The files of docs/tasks.md, dropped on the page: recognized, trained, used and exported, without a setting. And odd files: one
// sentence each, in the page, or a network that learns.
import { toy } from "../../dist/data/index.js";
import { tasksFiles } from "../../scripts/tasks-files.mjs";
import { learned, refused } from "./odd-files.mjs";
import { download, drop, expect, learnedEnough, learns } from "./page.mjs";

/** What a file is recognized as, what to ask, and where the answer is. The toy of dates is a file of pairs. */
const tasks = {
  "reviews.tsv": [/texts of 2 classes/, "lovely film", ".answer .bars li"],
  "people.conll": [/tags/, "Anna saw Paris .", ".answer .spans"],
  "load.csv": [/series of numbers/, undefined, ".answer svg"],
  "dates.tsv": [/pairs/, "5 may 2012", ".answer .translation"],
  "tunes.abc": [/tunes|ABC/, undefined, ".answer svg, .answer canvas"],
  "north.txt": [/text/, undefined, ".answers li"],
  "south.txt": [/text/, undefined, ".answers li"],
};
const dates = toy("dates", { seed: 1337 });
const pair = (_, i) => Object.values(dates.sample(i)).join("\t");
const files = { ...tasksFiles, "dates.tsv": `${Array.from({ length: 2000 }, pair).join("\n")}\n` };
for (const name of Object.keys(files)) expect(name in tasks, `docs/tasks.md has ${name}, this check does not`);

const dropped = Object.entries(tasks).map(([name, [recognized, text, answer]]) => [
  `file ${name}`,
  async ({ page, studio }) => {
    await page.goto(studio);
    await drop(page, name, files[name]);
    await page.waitForFunction((file) => document.querySelector(".data dt")?.textContent === file, name);
    const sentence = await page.locator(".data dd").first().innerText();
    expect(recognized.test(sentence), `recognized as ${sentence}`);
    await learnedEnough(page);
    if (text !== undefined) await page.locator(".two textarea").fill(text);
    await page.locator(answer).first().waitFor();
    for (const button of [/\.zip/, /JavaScript/]) {
      const { bytes } = await download(page, page.getByRole("button", { name: button }));
      expect(bytes.length > 1000, `${button} gave ${bytes.length} bytes`);
    }
    console.log(`     ${name}: ${sentence}; ${(await page.locator(".progress p").innerText()).replaceAll("\n", " ")}`);
  },
]);

export const checks = {
  ...Object.fromEntries(dropped),
  async "files that are refused"({ page, studio }) {
    await page.goto(studio);
    const failure = async (name, sentence, hint = sentence) => {
      const alert = page.getByRole("alert").filter({ hasText: name });
      await alert.waitFor();
      const text = await alert.innerText();
      expect(sentence.test(text) && hint.test(text), `${name}: ${text}`);
      expect(text.includes("Nothing was trained."), `${name}: ${text}`);
      expect(!/unexpected error/.test(text), `${name}: ${text}`);
    };
    for (const [name, [content, sentence, hint]] of Object.entries(refused)) {
      await drop(page, name, content);
      await failure(name, sentence, hint);
    }
    // 200 MB: refused by its size, not read.
    await page.evaluate(() => {
      const data = new DataTransfer();
      data.items.add(new File([new Uint8Array(200 * 2 ** 20)], "huge.txt"));
      document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true }));
    });
    await failure("huge.txt", /at most 64 MiB, got 200 MiB/, /npx unrolled train/);
    // A table that cannot be read is text all the same.
    await drop(page, "ragged.csv", refused["ragged.csv"][0]);
    await page.getByRole("button", { name: "Train on it as plain text" }).click();
    await learns(page, "ragged.csv");
    console.log(`     ${Object.keys(refused).length + 1} files`);
  },
  async "files that are odd, and trained on"({ page, studio }) {
    await page.goto(studio);
    for (const [name, [content, recognized]] of Object.entries(learned)) {
      await drop(page, name, content);
      await learns(page, name);
      const sentence = await page.locator(".data dd").first().innerText();
      expect(recognized.test(sentence), `${name}: ${sentence}`);
    }
  },
};
