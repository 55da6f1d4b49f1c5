import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it } from "vitest";
import { charTokenizer } from "../data/index.ts";
import { modelFiles } from "../files/index.ts";
import { lstm } from "../nn/index.ts";
import { type Classifier, classifier } from "../tasks/index.ts";
import { load } from "./model-files.ts";

const tokenizer = charTokenizer.fit("abc", { specials: ["pad", "unk"] });
const model = classifier({ tokenizer, labels: ["x", "y"], encoder: lstm({ hiddenSize: 3 }), embeddingSize: 2 });

const same = (again: Classifier) => {
  expect(again.config).toEqual(model.config);
  expect(again.parameters).toEqual(model.parameters);
};

it("loads from memory, from chosen files and from a directory", async () => {
  const files = await modelFiles(model);
  same(await load(files, { task: "classifier" }));
  same(await load(Object.fromEntries(files), { task: "classifier" }));
  const chosen = [...files].map(([name, bytes]) =>
    Object.assign(new File([bytes as Uint8Array<ArrayBuffer>], name), { webkitRelativePath: `models/mine/${name}` }),
  );
  same(await load(chosen, { task: "classifier" }));
  const blobs = new Map([...files].map(([name, bytes]) => [name, new Blob([bytes as Uint8Array<ArrayBuffer>])]));
  same(await load(directory(blobs), { task: "classifier" }));
  await expect(load(files, { task: "tagger" })).rejects.toThrow("expected a model of the task tagger, got classifier");
  files.delete("tokenizer.json");
  await expect(load(files)).rejects.toThrow("load(files): there is no tokenizer.json");
  await expect(load(new Map())).rejects.toThrow("load(files): there is no config.json");
});

it("loads from an address, and reports what the server answers", async () => {
  const files = await modelFiles(model);
  const server = createServer((request, response) => {
    const name = request.url!.slice("/model/".length);
    const bytes = files.get(name);
    response.statusCode = request.url!.startsWith("/broken/") ? 500 : bytes ? 200 : 404;
    response.end(bytes);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    same(await load(`${base}/model`, { task: "classifier" }));
    same(await load(new URL(`${base}/model/`), { task: "classifier" }));
    await expect(load(`${base}/nothing`)).rejects.toThrow("nothing/): there is no config.json");
    await expect(load(`${base}/broken`)).rejects.toThrow("config.json): the server answered 500");
  } finally {
    server.close();
  }
});

/** As a browser's directory handle, read only. */
function directory(files: ReadonlyMap<string, Blob>) {
  const missing = () => {
    throw new DOMException("not here", "NotFoundError");
  };
  return {
    name: "mine",
    getDirectoryHandle: async () => missing() as never,
    getFileHandle: async (name: string) => ({ getFile: async () => files.get(name) ?? (missing() as never) }),
  };
}
