import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { packedEngine } from "./packed-engine.ts";
import { preloadMain } from "./preload-main.ts";

const library = (path: string) => fileURLToPath(new URL(`../dist/${path}`, import.meta.url));

export default defineConfig({
  base: "./", // the same files work under any path
  worker: { format: "es" },
  plugins: [packedEngine(), preloadMain()],
  resolve: {
    alias: [
      { find: "onnxruntime-web/wasm", replacement: library("onnxruntime/web/index.js") }, // the package's own copy
      { find: /^unrolled$/, replacement: library("index.web.js") },
      { find: /^unrolled\/(.+)$/, replacement: library("$1/index.js") },
    ],
  },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    target: "es2023",
    cssTarget: ["chrome123", "firefox121", "safari17.5"],
    outDir: "../dist/studio",
    emptyOutDir: true,
    chunkSizeWarningLimit: 900,
    assetsInlineLimit: 0,
  },
  server: { headers: { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" } },
});
