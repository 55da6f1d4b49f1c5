import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { packedEngine } from "../studio/packed-engine.ts";

const library = (path: string) => fileURLToPath(new URL(`../dist/${path}`, import.meta.url));

// Two builds of the same figures: for the page, and (`--ssr`) for the stills and the tests of the build.
export default defineConfig(({ isSsrBuild }) => ({
  base: "./", // the same files work under any path
  worker: { format: "es" },
  plugins: isSsrBuild ? [] : [packedEngine()],
  resolve: {
    alias: [
      { find: /^unrolled$/, replacement: library("index.web.js") },
      { find: /^unrolled\/(.+)$/, replacement: library("$1/index.js") },
    ],
  },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  ssr: { noExternal: [/^preact/] },
  build: {
    target: "es2023",
    cssTarget: ["chrome123", "firefox121", "safari17.5"],
    outDir: isSsrBuild ? ".ssr" : "dist/assets",
    emptyOutDir: true,
    chunkSizeWarningLimit: 900,
    assetsInlineLimit: 0,
    assetsDir: ".",
    manifest: !isSsrBuild && "manifest.json",
    rollupOptions: {
      external: isSsrBuild ? (id: string) => id.startsWith(library("")) : [],
      input: isSsrBuild ? "src/stills.ts" : { site: "src/site.ts", theme: "src/theme.ts" },
    },
  },
}));
