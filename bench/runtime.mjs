// The exported JavaScript module against onnxruntime-web: characters a second of a language model, in Node and in
// Chromium, and the time from a page's first byte to its first prediction. CHROMIUM names the browser.

import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { onnx, ours, rates } from "./runtime-sides.mjs";
import { Skip } from "./skip.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const ortFolder = join(here, "..", "node_modules", "onnxruntime-web", "dist");
const load = (entry) => import(new URL(`../dist/${entry}`, import.meta.url));
const browser = process.env.CHROMIUM ?? "chromium";
const characters = 1000;

/** The character model of the other measures: 65 characters, embedding 128, one LSTM. */
async function writer(hidden) {
  const [library, { exportModule }, nn, tensor, { serializeProgram }, { weightsOf }] = await Promise.all(
    ["index.js", "runtime/index.js", "nn/index.js", "tensor/index.js", "engine/onnx/engine.js", "tasks/index.js"].map(
      load,
    ),
  );
  const alphabet = Array.from({ length: 65 }, (_, i) => String.fromCharCode(48 + i)).join("");
  const tokenizer = library.charTokenizer.fit(alphabet);
  const encoder = library.lstm({ hiddenSize: hidden });
  const model = library.languageModel({ tokenizer, encoder, embeddingSize: 128, seed: 1 });
  const sizes = { states: { h_l0: hidden, c_l0: hidden }, size: 65 };
  // The graph of one step, the best that our own engines run, and the file that `unrolled export --onnx` writes.
  const parameters = nn.parameterInputs(model.specs);
  const state = Object.fromEntries(
    Object.keys(sizes.states).map((name) => [name, tensor.input(`state.${name}`, [1, hidden])]),
  );
  const ids = tensor.reshape(tensor.input("id", [1], { dtype: "int" }), [1, 1]);
  const { logits, final } = model.apply(parameters, ids, { state });
  const outputs = { logits, "next.h_l0": final.h_l0, "next.c_l0": final.c_l0 };
  const step = serializeProgram({ outputs, constants: weightsOf(model) }).bytes;
  return {
    exported: exportModule(model),
    small: exportModule(model, { weights: "int8" }),
    files: {
      "one step": { bytes: step, id: "id", shape: [1], ...sizes },
      "export --onnx": { bytes: library.exportOnnx(model).model, id: "ids", shape: [1, 1], ...sizes },
    },
  };
}

const moduleOf = (text) => import(`data:text/javascript;base64,${Buffer.from(text).toString("base64")}`);

/** A measure: the module and each file for onnxruntime-web in turns, in this process. */
export const inNode =
  ({ hidden }) =>
  async ({ rounds }) => {
    const { exported, files } = await writer(hidden);
    const ort = await import("onnxruntime-web/wasm");
    const sides = [await ours(await moduleOf(exported.module), exported.weights)];
    for (const { bytes, ...options } of Object.values(files)) sides.push(await onnx(ort, bytes, options));
    return result(Object.keys(files), await rates(sides, characters, rounds));
  };

/** A measure: the module with weights of int8 and with those of f32, in turns, in this process. */
export const bytesInNode =
  ({ hidden }) =>
  async ({ rounds }) => {
    const { exported, small } = await writer(hidden);
    const sides = [];
    for (const { module, weights } of [small, exported]) sides.push(await ours(await moduleOf(module), weights));
    const [mine, theirs] = await rates(sides, characters, rounds);
    return { ours: mine, peer: theirs, ratio: mine / theirs, oursName: "int8", peerName: "the same module with f32" };
  };

/** The same in a page. */
export const inChromium =
  ({ hidden }) =>
  async ({ rounds }) => {
    const { exported, files } = await writer(hidden);
    const names = Object.keys(files);
    const found = await page(
      {
        "/model.js": exported.module,
        "/weights": exported.weights,
        "/sides.mjs": readFileSync(join(here, "runtime-sides.mjs")),
        ...ortFiles(),
        ...Object.fromEntries(names.map((name, i) => [`/${i}.onnx`, files[name].bytes])),
      },
      `import { onnx, ours, rates } from "/sides.mjs";
       import * as module from "/model.js";
       import * as ort from "/ort.wasm.min.mjs";
       const sides = [await ours(module, "/weights")];
       for (const [i, options] of ${JSON.stringify(names.map((name) => ({ ...files[name], bytes: undefined })))}.entries())
         sides.push(await onnx(ort, "/" + i + ".onnx", options));
       done(await rates(sides, ${characters}, ${rounds}));`,
    );
    return result(names, found);
  };

/** A classifier of about 300 KB: 1,000 subwords, embedding 32, 60 LSTM units from either end. */
async function classifierFiles() {
  const [library, { exportModule }] = await Promise.all(["index.js", "runtime/index.js"].map(load));
  const syllables = Array.from({ length: 1000 }, (_, i) => (i + 1296).toString(36));
  const tokenizer = library.wordTokenizer.fit(syllables.join(" "));
  const model = library.classifier({
    tokenizer,
    labels: ["good", "bad"],
    encoder: library.bidirectional(library.lstm({ hiddenSize: 60 })),
    pooling: "max",
    embeddingSize: 32,
  });
  const text = Array.from({ length: 30 }, (_, i) => syllables[(i * 37) % 1000]).join(" ");
  return { exported: exportModule(model), onnx: library.exportOnnx(model).model, text, ids: tokenizer.encode(text) };
}

/** A measure: milliseconds from the first byte of a page to the first prediction, each in a browser that has just started. */
export const firstPrediction = () => async (settings) => {
  const { exported, onnx: bytes, text, ids } = await classifierFiles();
  const timed = `const { responseStart } = performance.getEntriesByType("navigation")[0];
    const since = () => performance.now() - responseStart;`;
  const own = () =>
    page(
      { "/model.js": exported.module, "/weights": exported.weights },
      `${timed}
       import { load } from "/model.js";
       const model = await load("/weights");
       model.classify(${JSON.stringify(text)});
       done(since());`,
      `<link rel="preload" href="/weights" as="fetch" crossorigin>`,
    );
  const peer = () =>
    page(
      { "/model.onnx": bytes, ...ortFiles() },
      `${timed}
       import * as ort from "/ort.wasm.min.mjs";
       ort.env.wasm.numThreads = 1;
       const session = await ort.InferenceSession.create("/model.onnx", { executionProviders: ["wasm"] });
       await session.run({ inputs: new ort.Tensor("int32", Int32Array.from(${JSON.stringify([...ids])}), [1, ${ids.length}]),
         lengths: new ort.Tensor("int32", Int32Array.of(${ids.length}), [1]) });
       done(since());`,
      `<link rel="preload" href="/model.onnx" as="fetch" crossorigin>
       <link rel="preload" href="/ort-wasm-simd-threaded.wasm" as="fetch" crossorigin>`,
    );
  const [a, b] = [[], []];
  for (let i = 0; i < settings.rounds; i++) {
    a.push(await own());
    b.push(await peer());
  }
  const middle = (list) => list.sort((x, y) => x - y)[list.length >> 1];
  const [mine, theirs] = [middle(a), middle(b)];
  return { ours: mine, peer: theirs, ratio: theirs / mine, ...names };
};

const names = { oursName: "exported module", peerName: "onnxruntime-web 1.30.0, one thread" };

/** Against the faster of the files. */
function result(files, [mine, ...theirs]) {
  const best = theirs.indexOf(Math.max(...theirs));
  const peerName = `${names.peerName}, ${files[best]}`;
  return { ours: mine, peer: theirs[best], ratio: mine / theirs[best], ...names, peerName };
}

const ortFiles = () =>
  Object.fromEntries(
    ["ort.wasm.min.mjs", "ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm"].map((name) => [
      `/${name}`,
      readFileSync(join(ortFolder, name)),
    ]),
  );

const types = { mjs: "text/javascript", js: "text/javascript", wasm: "application/wasm" };

/** Serves files and a page with a module script; resolves to what the script gives to `done`. */
async function page(files, script, head = "") {
  const html = `<!doctype html><meta charset="utf-8"><title>bench</title>${head}<script type="module">
    const done = (value) => fetch("/done", { method: "POST", body: JSON.stringify({ value }) });
    const failed = (error) => fetch("/done", { method: "POST", body: JSON.stringify({ error: String(error) }) });
    addEventListener("error", ({ message }) => failed(message));
    addEventListener("unhandledrejection", ({ reason }) => failed(reason));
    ${script}</script>`;
  let answer;
  const answered = new Promise((resolve, reject) => {
    answer = ({ value, error }) => (error === undefined ? resolve(value) : reject(new Error(error)));
  });
  const server = createServer(async (request, response) => {
    if (request.method === "POST") {
      let body = "";
      for await (const chunk of request) body += chunk;
      response.end();
      answer(JSON.parse(body));
      return;
    }
    const body = request.url === "/" ? html : files[request.url];
    const type =
      types[request.url.split(".").at(-1)] ?? (request.url === "/" ? "text/html" : "application/octet-stream");
    if (body === undefined) response.writeHead(404).end();
    else response.setHeader("Content-Type", type).setHeader("Cache-Control", "no-store").end(body);
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  const profile = mkdtempSync(join(tmpdir(), "unrolled-bench-"));
  const flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", `--user-data-dir=${profile}`];
  const child = spawn(browser, [...flags, `http://127.0.0.1:${server.address().port}/`], { stdio: "ignore" });
  child.on("error", () => answer({ error: "no browser" }));
  try {
    return await answered;
  } catch (error) {
    throw error.message === "no browser" ? new Skip(`no ${browser}; set CHROMIUM`) : error;
  } finally {
    child.kill();
    await new Promise((done) => (child.exitCode === null ? child.once("close", done) : done()));
    server.closeAllConnections();
    server.close();
    for (let tries = 0; tries < 40; tries++) {
      try {
        rmSync(profile, { recursive: true, force: true });
        break;
      } catch {
        await new Promise((done) => setTimeout(done, 100));
      }
    }
  }
}
