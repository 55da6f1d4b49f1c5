// What the page loads first: it starts the worker and the engine, which take longest, and then the page itself.
import { beginFirstWorker } from "./training-worker.ts";

/** A page of `npx unrolled studio` may train in Node, and then needs neither. */
const served = location.hash.startsWith("#k=") || sessionStorage.getItem("studio-key") !== null;
if (!served) beginFirstWorker();
if (document.readyState === "loading")
  await new Promise((resolve) => document.addEventListener("DOMContentLoaded", resolve, { once: true }));
await import("./main.tsx");
