// Builds the site (lectures and documentation) into site/dist/, after the library. Installs its own few packages at the first time.
import { join } from "node:path";
import { buildIn } from "./vite-build.mjs";

buildIn(join(import.meta.dirname, "..", "site"), "inherit");
