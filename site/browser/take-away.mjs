// Keeping a run in the browser, every export, and the way to the command line and back.
import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { tasksFiles } from "../../scripts/tasks-files.mjs";
import { download, drop, expect, link, trained } from "./page.mjs";

const root = join(import.meta.dirname, "..", "..");
const main = join(root, "dist", "cli", "main.js");
const recipe = { kind: "lines", cell: "gru", hiddenSize: 16, embeddingSize: 8, steps: 200, batchSize: 16, seed: 4 };
const hash = (bytes) => createHash("sha256").update(bytes).digest("hex");

async function inScratch(work) {
  const folder = mkdtempSync(join(tmpdir(), "unrolled-browser-"));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
const cli = (cwd, ...args) =>
  execFileSync(process.execPath, [main, ...args], { cwd, encoding: "utf8", env: { ...process.env, NO_COLOR: "1" } });

const exportOf = (page, name) => download(page, page.getByRole("button", { name, exact: true }));
async function pausedAt(page, step) {
  await page.waitForFunction((least) => document.querySelector(".progress progress")?.value >= least, step);
  await page.getByRole("button", { name: "Pause", exact: true }).click();
  await page.getByText("Paused").waitFor();
}

export const checks = {
  /** Stopped halfway in the page, resumed by the command line: the same weights as a run that was never stopped. */
  async "zip resumed by the command line"({ page, studio }) {
    await page.goto(await link(studio, { source: "dinosaurs", recipe }));
    await pausedAt(page, 40);
    await page.getByRole("link", { name: "Run" }).click();
    await page.getByLabel("Name", { exact: true }).fill("stopped");
    const { name, bytes } = await exportOf(page, "Model folder (.zip)");
    expect(name === "stopped.zip", `called ${name}`);
    await inScratch(async (folder) => {
      writeFileSync(join(folder, name), bytes);
      execFileSync("unzip", ["-q", name], { cwd: folder });
      const printed = cli(folder, "train", "--resume", "stopped");
      expect(/200/.test(printed), printed.slice(-300));
      const state = JSON.parse(readFileSync(join(folder, "stopped", "config.json"), "utf8"));
      expect(state.task === "language-model", JSON.stringify(state).slice(0, 200));
      const written = cli(folder, "sample", "stopped", "--count", "3", "--seed", "1");
      expect(written.trim().length > 3, `sampled ${written}`);
    });
  },

  async "kept in the browser"({ page, studio }) {
    await page.goto(await link(studio, { source: "dinosaurs", recipe }));
    await pausedAt(page, 40);
    await page.getByRole("link", { name: "Run" }).click();
    const whole = hash((await exportOf(page, "safetensors")).bytes);
    await page.getByRole("button", { name: "Keep in this browser" }).click();
    await page.getByText("Kept. You find it under Models.").waitFor();
    await page.goto(studio);
    await page.reload();
    await page.getByRole("link", { name: "Models" }).click();
    await page.getByRole("button", { name: "Open", exact: true }).click();
    await page.getByRole("button", { name: "safetensors" }).waitFor();
    expect(hash((await exportOf(page, "safetensors")).bytes) === whole, "the opened model has other weights");
    await page.getByRole("link", { name: "Models" }).click();
    await page.getByRole("button", { name: "Go on training" }).click();
    await trained(page);
    const resumed = hash((await exportOf(page, "safetensors")).bytes);
    await page.goto("about:blank");
    await page.goto(await link(studio, { source: "dinosaurs", recipe }));
    await trained(page);
    await page.getByRole("link", { name: "Run" }).click();
    const never = hash((await exportOf(page, "safetensors")).bytes);
    expect(resumed === never, "stopped and resumed: other weights than without a stop");
    await page.getByRole("link", { name: "Models" }).click();
    await page.getByRole("button", { name: "Delete" }).click();
    await page.getByText("None yet.").waitFor();
  },

  async "every export"({ page, context, studio }) {
    await page.goto(studio);
    await drop(page, "reviews.tsv", tasksFiles["reviews.tsv"]);
    await page.locator(".progress progress").waitFor();
    await pausedAt(page, 20);
    const onnx = await exportOf(page, "ONNX");
    const js = await exportOf(page, "JavaScript module");
    const html = await exportOf(page, "Web page");
    const weights = await exportOf(page, "safetensors");
    await inScratch(async (folder) => {
      const write = ({ name, bytes }) => writeFileSync(join(folder, name), bytes);
      for (const file of [onnx, js, html]) write(file);
      expect(JSON.parse(weights.bytes.subarray(8, 8 + weights.bytes.readUInt32LE(0))) !== null, "no safetensors");
      expect(onnx.name === "reviews.onnx", `called ${onnx.name}`);
      const checked = JSON.parse(cli(folder, "predict", onnx.name, "lovely film", "--json").split("\n")[0]);
      execFileSync("unzip", ["-q", js.name], { cwd: folder });
      const module = readFileSync(join(folder, "reviews.js"), "utf8");
      expect(module.includes("export"), "no module");
      const { load } = await import(pathToFileURL(join(folder, "reviews.js")).href);
      const model = await load(new Uint8Array(readFileSync(join(folder, "reviews.safetensors"))));
      const answer = model.classify("lovely film");
      expect(checked.label === answer.label, `${checked.label} and ${answer.label}`);
      console.log(`     ${JSON.stringify(checked).slice(0, 160)} ${JSON.stringify(answer).slice(0, 160)}`);
      const standalone = await context.newPage();
      await standalone.goto(pathToFileURL(join(folder, html.name)).href);
      await standalone.locator("textarea, input").first().fill("lovely film");
      await standalone
        .getByText(/good|bad/)
        .first()
        .waitFor();
    });
  },

  async "the command line's folder opens"({ page }) {
    await inScratch(async (folder) => {
      writeFileSync(join(folder, "north.txt"), tasksFiles["north.txt"]);
      const fast = ["--lines", "--hidden", "16", "--steps", "60", "--seed", "1"];
      cli(folder, "train", "north.txt", ...fast);
      const server = spawn(process.execPath, [main, "studio", "--no-open", "--port", "0", "--json"], { cwd: folder });
      try {
        const url = await new Promise((resolve, reject) => {
          let text = "";
          server.stdout.on("data", (part) => {
            text += part;
            const found = /"url":"([^"]+)"/.exec(text);
            if (found) resolve(found[1]);
          });
          server.once("close", () => reject(new Error(`the studio ended: ${text}`)));
        });
        await page.goto(url);
        await page.getByRole("link", { name: "Models" }).click();
        await page.getByRole("button", { name: "Open", exact: true }).click();
        await page.locator(".answers li").first().waitFor();
        const { bytes } = await exportOf(page, "safetensors");
        const saved = readFileSync(join(folder, "models", "north", "model.safetensors"));
        expect(hash(bytes) === hash(saved), "other weights than the folder's");
        await page.getByRole("tab", { name: "Units" }).click();
        await page.locator("#lens svg, #lens canvas").first().waitFor();
        // A folder that was chosen by hand is the same.
        mkdirSync(join(folder, "other"));
        await page.getByRole("link", { name: "Models" }).click();
        await page.locator("input[webkitdirectory]").setInputFiles(join(folder, "models", "north"));
        await page.locator(".answers li").first().waitFor();
      } finally {
        server.kill("SIGTERM");
      }
    });
  },
};
