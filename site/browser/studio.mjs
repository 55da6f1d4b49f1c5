// The studio in Chromium. `node browser/studio.mjs [NAME...]` runs the checks whose name contains one of the names.
import { launch, serveSite, timeout } from "./open.mjs";

const suites = [
  "./files.mjs",
  "./take-away.mjs",
  "./share.mjs",
  "./screens.mjs",
  "./comfort.mjs",
  "./offline.mjs",
  "./search.mjs",
];

/** Runs every check in a page of its own. @returns what went wrong, one line each */
export async function studioFaults(names = []) {
  const site = await serveSite();
  const browser = await launch();
  const faults = [];
  for (const suite of suites)
    for (const [name, check] of Object.entries((await import(suite)).checks)) {
      if (names.length > 0 && !names.some((part) => name.includes(part))) continue;
      const start = performance.now();
      const context = await browser.newContext({ acceptDownloads: true });
      const page = await context.newPage();
      page.setDefaultTimeout(timeout);
      const errors = [];
      page.on("pageerror", (error) => errors.push(error.message));
      page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
      let fault;
      try {
        await check({ page, context, browser, studio: `${site.origin}studio/`, origin: site.origin });
        if (errors.length > 0) fault = errors[0];
      } catch (error) {
        fault = error instanceof Error ? error.message : String(error);
      }
      await context.close();
      const seconds = ((performance.now() - start) / 1000).toFixed(1);
      console.log(fault === undefined ? `ok   ${name}, ${seconds} s` : `FAIL ${name}, ${seconds} s: ${fault}`);
      if (fault !== undefined) faults.push(`${name}: ${fault}`);
    }
  await browser.close();
  await site.close();
  return faults;
}

if (process.argv[1] === import.meta.filename) {
  const faults = await studioFaults(process.argv.slice(2));
  for (const fault of faults) console.error(fault);
  process.exit(faults.length > 0 ? 1 : 0);
}
