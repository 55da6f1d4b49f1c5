// The files of docs/tasks.md, dropped on the page: recognized, trained, used and exported, without a setting. And files that
// nothing can be trained on: a sentence each, in the page. (Every kind of bad file is in test/run/tasks.test.ts.)
import { toy } from "../../dist/data/index.js";
import { tasksFiles } from "../../scripts/tasks-files.mjs";
import { download, drop, expect, trained } from "./page.mjs";

/** What is on the page once its model has answered. */
const tasks = {
  "reviews.tsv": [/texts of 2 classes/, "lovely film", ".answer .bars li"],
  "people.conll": [/tags/, "Anna saw Paris .", ".answer .spans mark"],
  "load.csv": [/series of numbers/, undefined, ".answer svg"],
  "dates.tsv": [/pairs/, "5 may 2012", ".answer .translation"],
  "tunes.abc": [/tunes|ABC/, undefined, ".answer svg, .answer canvas"],
  "north.txt": [/text/, undefined, ".answers li"],
};
const dates = toy("dates", { seed: 1337 });
const pair = (_, i) => Object.values(dates.sample(i)).join("\t");
const files = { ...tasksFiles, "dates.tsv": `${Array.from({ length: 2000 }, pair).join("\n")}\n` };

const dropped = Object.entries(tasks).map(([name, [recognized, text, answer]]) => [
  `file ${name}`,
  async ({ page, studio }) => {
    await page.goto(studio);
    await drop(page, name, files[name]);
    await page.waitForFunction((file) => document.querySelector(".data dt")?.textContent === file, name);
    const sentence = await page.locator(".data dd").first().innerText();
    expect(recognized.test(sentence), `recognized as ${sentence}`);
    await trained(page);
    if (text !== undefined) await page.locator(".two textarea").fill(text);
    await page.locator(answer).first().waitFor();
    for (const button of [/\.zip/, /JavaScript/]) {
      const { bytes } = await download(page, page.getByRole("button", { name: button }));
      expect(bytes.length > 1000, `${button} gave ${bytes.length} bytes`);
    }
    console.log(`     ${name}: ${sentence}; ${(await page.locator(".progress p").innerText()).replaceAll("\n", " ")}`);
  },
]);

const refused = {
  "empty.txt": ["", /expected a text, got an empty file/],
  "photo.jpg": [Uint8Array.from([0xff, 0xd8, 0, 1]), /got a binary file/],
  "wide.txt": [Uint8Array.from([0xff, 0xfe, ...Buffer.from("short", "utf16le")]), /at least 200 characters, got 5/],
  "one-line.txt": ["one line", /at least 200 characters, got 8/],
  "table.csv": ['text,label\n"never closed,a\nb,c\n', /table.csv/],
};

export const checks = {
  ...Object.fromEntries(dropped),
  async "files that are refused"({ page, studio }) {
    await page.goto(studio);
    for (const [name, [content, sentence]] of Object.entries(refused)) {
      await drop(page, name, content);
      const alert = page.getByRole("alert").filter({ hasText: name });
      await alert.waitFor();
      expect(sentence.test(await alert.innerText()), `${name}: ${await alert.innerText()}`);
    }
    // 200 MB: refused by its size, not read.
    await page.evaluate(() => {
      const data = new DataTransfer();
      data.items.add(new File([new Uint8Array(200 * 2 ** 20)], "huge.txt"));
      document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true }));
    });
    const alert = page.getByRole("alert").filter({ hasText: "huge.txt" });
    await alert.waitFor();
    expect(/at most 64 MiB, got 200 MiB/.test(await alert.innerText()), await alert.innerText());
  },
};
