// The suites that need a browser share one; the first one also counts what a page fetches.
import { afterAll } from "vitest";
import { closeChromium } from "./chromium.ts";
import "./training.ts";
import "./models.ts";
import "./embeddings.ts";
import "./picture.ts";
import "./studio.ts";
import "./site.ts";
import "./runtime.ts";

afterAll(closeChromium);
