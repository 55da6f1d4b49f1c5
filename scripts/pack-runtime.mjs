// Puts ONNX Runtime into dist/onnxruntime: the native build for each platform and the WebAssembly build, so that installing the
// package runs no script and downloads nothing else. docs/decisions/0010-install.md has the reasons.
import { copyFileSync, linkSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** The libraries that the CPU build needs. DirectML, its shader compiler and CUDA are loaded on demand, and never by us. */
const needed = /^(onnxruntime_binding\.node|libonnxruntime\.so\.1|libonnxruntime\.1\.dylib|onnxruntime\.dll)$/;

/** Imports that name an npm package in src/ and the copy in dist/. */
const specifiers = [
  ["node/onnx-runtime.js", "onnxruntime-node", "../onnxruntime/node/dist/index.js"],
  ["node/shard-worker.js", "onnxruntime-node", "../onnxruntime/node/dist/index.js"],
  ["web/onnx-runtime.js", "onnxruntime-web/wasm", "../onnxruntime/web/index.js"],
];

const entry = `// ONNX Runtime for browsers, with its WebAssembly beside it. Threads start from a file of their own, not from the page's
// bundle. Bundlers copy the two files and put in their new names.
export const wasmFiles = {
  mjs: new URL("./ort-wasm-simd-threaded.mjs", import.meta.url).href,
  wasm: new URL("./ort-wasm-simd-threaded.wasm", import.meta.url).href,
};
export * from "./ort.wasm.min.mjs";
`;

const license = (version) => `ONNX Runtime ${version}, https://github.com/microsoft/onnxruntime

MIT License

Copyright (c) Microsoft Corporation

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation
files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy,
modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the
Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE,
ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
`;

export function packRuntime(root) {
  const [native, web] = ["onnxruntime-node", "onnxruntime-web"].map((name) => join(root, "node_modules", name));
  const out = join(root, "dist", "onnxruntime");
  const { version } = JSON.parse(readFileSync(join(native, "package.json"), "utf8"));
  const js = ["backend.js", "binding.js", "index.js", "version.js"];
  for (const name of js) put(join(native, "dist", name), join(out, "node", "dist", name));
  // Its list of backends refuses a second copy of the same name: an own list lets users import onnxruntime-node beside ours.
  const common = join(root, "node_modules", "onnxruntime-common", "dist", "cjs");
  for (const name of readdirSync(common).filter((name) => name.endsWith(".js")))
    put(join(common, name), join(out, "node", "common", name));
  for (const name of ["binding.js", "index.js"])
    replace(join(out, "node", "dist", name), "onnxruntime-common", "../common/index.js");
  for (const file of binaries(join(native, "bin"))) put(join(native, "bin", file), join(out, "node", "bin", file));
  writeFileSync(join(out, "node", "package.json"), '{ "type": "commonjs" }\n');
  for (const name of ["ort.wasm.min.mjs", "ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm"])
    put(join(web, "dist", name), join(out, "web", name));
  writeFileSync(join(out, "web", "index.js"), entry);
  writeFileSync(join(out, "LICENSE"), license(version));
  for (const [file, from, to] of specifiers) replace(join(root, "dist", file), from, to);
}

function replace(path, from, to) {
  const parts = readFileSync(path, "utf8").split(JSON.stringify(from));
  if (parts.length === 1) throw new Error(`${path} does not import ${from}`);
  writeFileSync(path, parts.join(JSON.stringify(to)));
}

/** The files of each platform that are needed, by relative name. */
function binaries(bin) {
  const names = readdirSync(bin, { recursive: true, withFileTypes: true });
  return names
    .filter((entry) => entry.isFile() && needed.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(bin.length + 1));
}

/**
 * A second name of a file costs no room; where the disk cannot, a copy. Bindings are copied: two names of one are one library,
 * which ends a process that loads it from both. Scripts name source maps that are not copied.
 */
function put(from, to) {
  mkdirSync(dirname(to), { recursive: true });
  if (from.endsWith(".node")) {
    copyFileSync(from, to);
    return;
  }
  if (/\.m?js$/.test(from)) {
    writeFileSync(to, readFileSync(from, "utf8").replaceAll(/^\/\/# sourceMappingURL=.*$/gm, ""));
    return;
  }
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to);
  }
}
