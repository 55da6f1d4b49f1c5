// The engine's WebAssembly is compressed by the build, as hosts do not all compress it. A worker imports this before the engine.
const plain = self.fetch.bind(self);

self.fetch = async (input, options) => {
  const url = input instanceof Request ? input.url : String(input);
  if (!import.meta.env.PROD || !/ort-[\w.-]*\.wasm$/.test(url)) return plain(input, options);
  const { ok, status, body } = await plain(`${url}.gz`, options);
  if (!ok) throw new Error(`${url}.gz: the server answered ${status}`);
  const headers = { "content-type": "application/wasm" };
  return new Response(body!.pipeThrough(new DecompressionStream("gzip")), { headers });
};
