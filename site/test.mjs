// Figures, whose lessons reach their state by their seed; every page (browser/pages.mjs); the studio (browser/studio.mjs).
// `node test.mjs [seeds|pages|studio] [PART OF A PATH]`.

import { pagesFaults } from "./browser/pages.mjs";
import { seedsFaults } from "./browser/seeds.mjs";
import { studioFaults } from "./browser/studio.mjs";

const [what = "all", only = ""] = process.argv.slice(2);
const faults = [];

if (what === "all" || what === "seeds") faults.push(...(await seedsFaults(only)));
if (what === "all" || what === "pages") faults.push(...(await pagesFaults(only)));
if (what === "all" || what === "studio") faults.push(...(await studioFaults(only ? [only] : [])));
for (const fault of faults) console.error(fault);
console.log(`${faults.length} faults`);
process.exit(faults.length > 0 ? 1 : 0);
