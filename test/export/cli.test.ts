// `unrolled export`: what it writes, and what it refuses.
import { existsSync } from "node:fs";
import * as ort from "onnxruntime-node";
import { afterAll, expect, it } from "vitest";
import { save } from "../../src/index.ts";
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

it("refuses a command line without a format, and a place that cannot be written to", async () => {
  const folder = scratch.path("model");
  await save(modelNamed("regressor"), folder);
  await expect(run("export", folder)).rejects.toThrow("expected --onnx");
  await expect(run("export", folder, "--onnx", scratch.path("no/such/file.onnx"))).rejects.toThrow(
    "there is no folder",
  );
  await expect(run("export", scratch.path("nothing"), "--onnx", "x.onnx")).rejects.toThrow("nothing");
});
