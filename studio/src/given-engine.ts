// In a worker: the engine comes from the page, compiled. ONNX Runtime would fetch and compile it again in every worker, so a
// worker imports this before it.
export interface GivenEngine {
  readonly kind: "engine";
  readonly module?: WebAssembly.Module;
  /** Why there is no module. */
  readonly problem?: string;
}

const given = new Promise<WebAssembly.Module>((resolve, reject) => {
  self.addEventListener("message", ({ data }: MessageEvent<GivenEngine>) => {
    if (data.kind !== "engine") return;
    if (data.module) resolve(data.module);
    else reject(new Error(data.problem));
  });
});
given.catch(() => {}); // reported where the engine is asked for

const plain = self.fetch.bind(self);
self.fetch = async (input, options) => {
  const url = input instanceof Request ? input.url : String(input);
  if (!/ort-[\w.-]*\.wasm$/.test(url)) return plain(input, options);
  await given;
  return new Response();
};
WebAssembly.instantiateStreaming = async (response, imports) => {
  await response;
  const module = await given;
  return { module, instance: await WebAssembly.instantiate(module, imports) };
};
