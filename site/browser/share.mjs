// A link trains the same network everywhere: in a second profile, in Node's WebAssembly, and in Firefox (`FIREFOX` names it).
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dinosaurNames } from "../../dist/index.web.js";
import { startRun } from "../../dist/run/index.js";
import { webEngine } from "../../dist/web/index.js";
import { serveSite, timeout } from "./open.mjs";
import { download, expect, link, trained } from "./page.mjs";

/** The first screen's network, for half of its steps. */
const recipe = {
  kind: "lines",
  cell: "gru",
  hiddenSize: 64,
  embeddingSize: 24,
  steps: 500,
  batchSize: 32,
  learningRate: 0.01,
  seed: 1337,
};
const hash = (bytes) => createHash("sha256").update(bytes).digest("hex");

async function hashInPage(page) {
  await trained(page);
  await page.getByRole("link", { name: "Run" }).click();
  return hash((await download(page, page.getByRole("button", { name: "safetensors" }))).bytes);
}

export function hashInNode() {
  return new Promise((resolve, reject) => {
    const run = startRun(
      (message) => {
        if (message.kind === "done") run.handle({ kind: "keep" });
        if (message.kind === "failed") reject(new Error(message.message));
        if (message.kind !== "kept") return;
        run.handle({ kind: "stop" });
        resolve(hash(message.files["model.safetensors"]));
      },
      { engine: webEngine({ threads: 1 }) },
    );
    run.handle({ kind: "start", recipe, text: dinosaurNames.join("\n") });
  });
}

/** A page beside the studio that opens the link in a frame, presses the button and takes what it would have saved. */
const driver = (
  address,
) => `<!doctype html><meta charset="utf-8"><iframe src="${address}" width="1000" height="900"></iframe>
<script type="module">
const frame = document.querySelector("iframe");
const until = async (find) => {
  for (;;) {
    const found = find(frame.contentDocument);
    if (found) return found;
    await new Promise((done) => setTimeout(done, 200));
  }
};
await until((page) => /Trained/.test(page?.querySelector(".progress")?.innerText ?? ""));
frame.contentWindow.location.hash = "#/run";
const button = await until((page) => [...page.querySelectorAll("button")].find((one) => one.innerText === "safetensors"));
const saved = new Promise((resolve) => {
  frame.contentWindow.URL.createObjectURL = (blob) => (resolve(blob), "about:blank");
});
button.click();
const digest = await crypto.subtle.digest("SHA-256", await (await saved).arrayBuffer());
const hex = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
await fetch("report", { method: "POST", body: hex });
</script>`;

export async function hashInFirefox(program) {
  let report = () => {};
  const reported = new Promise((resolve) => {
    report = resolve;
  });
  const files = { "/studio/report": report };
  const site = await serveSite({ files });
  files["/studio/driver.html"] = driver(await link(`${site.origin}studio/`, { source: "dinosaurs", recipe }));
  const profile = mkdtempSync(join(tmpdir(), "unrolled-firefox-"));
  const args = ["--headless", "--no-remote", "--profile", profile, `${site.origin}studio/driver.html`];
  const browser = spawn(program, args, { stdio: "ignore", env: { ...process.env, LANG: "en_US.UTF-8" } });
  try {
    return await Promise.race([
      reported,
      new Promise((_, reject) => setTimeout(() => reject(new Error("Firefox did not report")), timeout).unref()),
    ]);
  } finally {
    const closed = new Promise((resolve) => browser.once("close", resolve));
    browser.kill();
    await closed;
    await site.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 });
  }
}

export const checks = {
  async "link: a second profile and Node"({ page, browser, studio }) {
    await page.goto(await link(studio, { source: "dinosaurs", recipe }));
    await page.waitForFunction(() => document.querySelector(".progress progress")?.value > 3);
    await page.getByRole("button", { name: "Copy link" }).click();
    await page.getByText("Link copied.").waitFor();
    const copied = page.url();
    const here = await hashInPage(page);
    const other = await browser.newContext();
    const second = await other.newPage();
    second.setDefaultTimeout(timeout);
    await second.goto(copied);
    const there = await hashInPage(second);
    await other.close();
    const node = await hashInNode();
    console.log(
      `     after 500 steps: ${here.slice(0, 16)} here, ${there.slice(0, 16)} there, ${node.slice(0, 16)} in Node`,
    );
    expect(here === there, `the second profile has other weights: ${here}, ${there}`);
    expect(here === node, `Node has other weights: ${here}, ${node}`);
  },

  async "link: Firefox"() {
    const program = process.env.FIREFOX ?? "firefox-esr";
    if (spawnSync(program, ["--version"]).status !== 0) return console.log(`     not run: ${program} is not installed`);
    const [firefox, node] = [await hashInFirefox(program), await hashInNode()];
    console.log(`     after 500 steps: ${firefox.slice(0, 16)} in Firefox, ${node.slice(0, 16)} in Node`);
    expect(firefox === node, `Firefox has other weights than Node: ${firefox}, ${node}`);
  },
};
