// The engine's WebAssembly in the build, compressed: 3.7 MB instead of 14, from any host.
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Plugin } from "vite";

/** Compresses `ort-*.wasm` among the files that were written. `fetchPacked` reads them. */
export const packedEngine = (): Plugin => ({
  name: "packed-engine",
  apply: "build",
  writeBundle({ dir }) {
    for (const name of readdirSync(dir!, { recursive: true, encoding: "utf8" }))
      if (/ort-[\w.-]*\.wasm$/.test(name)) {
        const file = join(dir!, name);
        writeFileSync(`${file}.gz`, gzipSync(readFileSync(file), { level: 9 }));
        rmSync(file);
      }
  },
});
