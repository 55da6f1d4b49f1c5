// Builds the studio into dist/studio/, after the library. Installs its own few packages at the first time.
import { join } from "node:path";
import { buildIn } from "./vite-build.mjs";

buildIn(join(import.meta.dirname, "..", "studio"));
