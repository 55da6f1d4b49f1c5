// Fetches and compiles the engine's WebAssembly, away from the page and from the network that is about to learn. The build
// compresses it (packed-engine.ts): 3.7 MB instead of 14, from any host.
import type { GivenEngine } from "./given-engine.ts";

const wasm = new URL("../../dist/onnxruntime/web/ort-wasm-simd-threaded.wasm", import.meta.url).href;

async function compile(): Promise<GivenEngine> {
  const url = import.meta.env.PROD ? `${wasm}.gz` : wasm;
  try {
    const { ok, status, body } = await fetch(url);
    if (!ok) throw new Error(`${url}: the server answered ${status}`);
    const plain = import.meta.env.PROD ? body!.pipeThrough(new DecompressionStream("gzip")) : body;
    const response = new Response(plain, { headers: { "content-type": "application/wasm" } });
    return { kind: "engine", module: await WebAssembly.compileStreaming(response) };
  } catch (error) {
    return { kind: "engine", problem: error instanceof Error ? error.message : String(error) };
  }
}
self.postMessage(await compile());
