// A program may use the npm package onnxruntime-node beside unrolled, in one process and in either order.
import { spawnSync } from "node:child_process";
import { pathToFileURL } from "node:url";
import { beforeAll, expect, it } from "vitest";
import { build, root } from "./built.ts";

beforeAll(build);

const ours = `
  const u = await import(${JSON.stringify(pathToFileURL(`${root}/dist/index.js`).href)});
  const model = u.languageModel({ tokenizer: u.charTokenizer.fit("ab"), encoder: u.gru({ hiddenSize: 2 }) });
  for await (const _ of u.train(model, "abab".repeat(20), { steps: 1, batchSize: 2, bptt: 4 }));
  const bytes = u.exportOnnx(model).model;`;
const theirs = `
  const ort = (await import("onnxruntime-node")).default;
  await ort.InferenceSession.create(new Uint8Array()).catch(() => {});`;
const use = `
  const session = await ort.InferenceSession.create(bytes);
  console.log(session.inputNames.join());`;

it.each([
  ["first", theirs + ours + use],
  ["second", ours + theirs + use],
])("onnxruntime-node, loaded %s", (_order, program) => {
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
    cwd: root,
    encoding: "utf8",
  });
  expect({ stdout, stderr }).toEqual({ stdout: "ids,state.h_l0\n", stderr: "" });
});
