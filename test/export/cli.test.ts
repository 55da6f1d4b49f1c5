// `unrolled export`: what it writes, and what it refuses.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as ort from "onnxruntime-node";
import { afterAll, expect, it } from "vitest";
import { type Classifier, load, save } from "../../src/index.ts";
import { readOnnx } from "../../src/interop/index.ts";
import { weightsOf } from "../../src/tasks/index.ts";
import { events, run } from "../cli/in-process.ts";
import { eventFaults } from "../cli/schema.ts";
import { scratchFolder } from "../cli/terminal.ts";
import { modelNamed } from "./models.ts";

const scratch = scratchFolder();
afterAll(() => scratch.remove());

it("writes one ONNX file, and two for a translator", async () => {
  const [classifier, translator] = [scratch.path("classifier"), scratch.path("translator")];
  await save(modelNamed("classifier, stacked, attention"), classifier);
  await save(modelNamed("translator, attention"), translator);
  const { out } = await run("export", classifier, "--onnx", scratch.path("one.onnx"), "--json");
  const [event] = events(out);
  expect(event).toMatchObject({ event: "export", format: "onnx", task: "classifier" });
  expect(eventFaults(event!)).toEqual([]);
  const session = await ort.InferenceSession.create(scratch.path("one.onnx"));
  expect([...session.inputNames].sort()).toEqual(["inputs", "lengths"]);
  const text = await run("export", translator, "--onnx", scratch.path("two.onnx"));
  expect(text.out).toMatch(/two\.encoder\.onnx \([\d.]+ [kK]i?B\)\n.*two\.decoder\.onnx/);
  expect(["two.encoder.onnx", "two.decoder.onnx"].map((file) => existsSync(scratch.path(file)))).toEqual([true, true]);
});

it("writes a folder for the Hugging Face Hub, which is a model too", async () => {
  const [folder, hub] = [scratch.path("reviews-model"), scratch.path("reviews")];
  const model = modelNamed("classifier, stacked, attention");
  const record = { steps: 12, seconds: 3.2, best: { step: 10, nats: 0.5 }, recipe: { cell: "lstm", hiddenSize: 3 } };
  await save(model, folder, { record });
  await run("export", folder, "--hf", hub, "--license", "mit");
  const card = readFileSync(join(hub, "README.md"), "utf8");
  expect(card).toMatch(/^---\nlicense: "mit"\nlibrary_name: unrolled\npipeline_tag: text-classification\n/);
  expect(card).toContain("| Training steps | 12 |");
  expect(card).toContain("value: 0.5");
  const config = JSON.parse(readFileSync(join(hub, "config.json"), "utf8"));
  expect(config).toMatchObject({ model_type: "unrolled", id2label: { 0: "bad" }, record: { steps: 12 } });
  const tokenizer = JSON.parse(readFileSync(join(hub, "tokenizer.json"), "utf8"));
  expect(tokenizer.model.type).toBe("WordLevel");
  for (const path of [hub, join(hub, "onnx", "model.onnx")]) {
    const again = await load(path, { task: "classifier" });
    expect(weightsOf(again)).toEqual(weightsOf(model));
    expect(again.tokenizer!.toJSON()).toEqual((model as Classifier).tokenizer!.toJSON());
  }
  await expect(run("export", folder, "--hf", hub)).rejects.toThrow("expected an empty or new folder");
});

it("writes the two halves of a translator for the Hub under the names that Optimum uses", async () => {
  const [folder, hub] = [scratch.path("pairs-model"), scratch.path("pairs")];
  await save(modelNamed("translator, attention"), folder);
  await run("export", folder, "--hf", hub);
  expect(readdirSync(join(hub, "onnx")).sort()).toEqual(["decoder_model.onnx", "encoder_model.onnx"]);
  expect((await load(join(hub, "onnx", "decoder_model.onnx"))).task).toBe("translator");
});

it("refuses a command line without a format, and a place that cannot be written to", async () => {
  const folder = scratch.path("model");
  await save(modelNamed("regressor"), folder);
  await expect(run("export", folder)).rejects.toThrow("expected --onnx");
  await expect(run("export", folder, "--onnx", scratch.path("no/such/file.onnx"))).rejects.toThrow(
    "there is no folder",
  );
  await expect(run("export", scratch.path("nothing"), "--onnx", "x.onnx")).rejects.toThrow("nothing");
});

it("writes word vectors as a look-up with their words", async () => {
  const text = scratch.write("vectors.txt", "3 2\na 1 2\nb 3 4\nc 5 6.5\n");
  await run("embed", "convert", text, scratch.path("vectors.onnx"));
  const bytes = readFileSync(scratch.path("vectors.onnx"));
  expect(JSON.parse(readOnnx(bytes).metadata.get("words")!)).toEqual(["a", "b", "c"]);
  const session = await ort.InferenceSession.create(bytes);
  const { vectors } = await session.run({ ids: new ort.Tensor("int32", [2, 0], [2]) });
  expect([...(vectors!.data as Float32Array)]).toEqual([5, 6.5, 1, 2]);
});
