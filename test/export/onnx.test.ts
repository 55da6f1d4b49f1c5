// Every task and cell as an ONNX file: at each batch and length, with carried state, the file's results are those of the
// float64 reference.
import * as ort from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { sentenceFeeds } from "../../src/data/batches/tagged.ts";
import { tagsAsWritten } from "../../src/data/tags/tagger-vocabulary.ts";
import { referenceEngine } from "../../src/engine/index.ts";
import { exportGraphs, exportOnnx } from "../../src/files/index.ts";
import { nodeEngine } from "../../src/node/engine.ts";
import { predict, type Tagger, weightsOf } from "../../src/tasks/index.ts";
import { feedsFor, sizes } from "./feeds.ts";
import { modelNamed, modelNames } from "./models.ts";

const tensorOf = ({ dtype, shape, data }: ReturnType<typeof feedsFor>[string]) =>
  new ort.Tensor(dtype === "int" ? "int32" : "float32", data as Float32Array, shape);

/** Of the cells that have an operator, as Scan too. */
const asScan = /^language model, (lstm|gru|rnn)|^classifier, stacked|^tagger, CRF|^translator, attention/;
const cases = modelNames.flatMap((name) => [
  [name, "standard"] as const,
  ...(asScan.test(name) ? [[name, "scan"] as const] : []),
]);

describe("a file equals its model", () => {
  it.each(cases)("%s, %s operators", async (name, ops) => {
    const model = modelNamed(name);
    const files: Readonly<Record<string, Uint8Array>> = exportOnnx(model, { ops });
    for (const [part, graph] of Object.entries(exportGraphs(model))) {
      const session = await ort.InferenceSession.create(files[part]!, { intraOpNumThreads: 1 });
      const reference = await referenceEngine().compile({ outputs: graph.outputs, constants: weightsOf(model) });
      expect([...session.outputNames].sort()).toEqual(Object.keys(graph.outputs).sort());
      for (const [B, T] of sizes) {
        const window = graph.inputs.find(({ shape }) => shape[1] === 7) ? 7 : T;
        const feeds = feedsFor(graph, B, window);
        const given = Object.entries(feeds).filter(([each]) => session.inputNames.includes(each));
        const found = await session.run(Object.fromEntries(given.map(([each, value]) => [each, tensorOf(value)])));
        const expected = await reference.run(feeds);
        for (const [output, { data, shape }] of Object.entries(expected)) {
          expect(found[output]!.dims).toEqual(shape);
          const own = found[output]!.data as Float32Array;
          const worst = Array.from(data, (x, i) => Math.abs(x - own[i]!) / Math.max(1, Math.abs(x)));
          expect(Math.max(...worst), `${part} ${output} at (${B}, ${T})`).toBeLessThan(1e-5);
        }
      }
      await session.release();
    }
  });
});

it("a tagger's file gives the tags that predict gives", async () => {
  const seen = new Set<string>();
  for (const name of modelNames.filter((each) => each.startsWith("tagger"))) {
    const model = modelNamed(name) as Tagger;
    const session = await ort.InferenceSession.create(exportOnnx(model).model, { intraOpNumThreads: 1 });
    const sentences = [["Ann", "saw", "Rome"], ["Lee"], ["New", "Rome", "saw", "Ann", "Lee", "saw", "Rome"]];
    const feeds = Object.entries(sentenceFeeds(model.encoding, sentences));
    const found = await session.run(Object.fromEntries(feeds.map(([each, value]) => [each, tensorOf(value)])));
    const tags = found.tags!.data as Int32Array;
    const predicted: string[][] = [];
    for await (const one of predict(model, sentences, { engine: nodeEngine() })) predicted.push(one.tags);
    const T = found.tags!.dims[1]!;
    const own = sentences.map(({ length }, b) =>
      tagsAsWritten(
        model.vocabulary,
        Array.from({ length }, (_, t) => model.vocabulary.tags[tags[b * T + t]!]!),
      ),
    );
    expect(own).toEqual(predicted);
    for (const tag of own.flat()) seen.add(tag);
    await session.release();
  }
  expect(seen.size).toBeGreaterThan(2);
});
