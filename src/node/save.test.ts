import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { random, UnrolledError } from "../base/index.ts";
import { charTokenizer } from "../data/index.ts";
import { readSafetensors, writeSafetensors } from "../interop/index.ts";
import {
  bidirectional,
  cell,
  freeze,
  gru,
  type Layer,
  lstm,
  peepholeLstm,
  recurrent,
  residual,
  rnn,
  stacked,
} from "../nn/index.ts";
import { type LanguageModel, languageModel, stepper } from "../tasks/index.ts";
import { add, linear, tanh } from "../tensor/index.ts";
import { train } from "../train/index.ts";
import { nodeEngine } from "./engine.ts";
import { load, loadStart, save } from "./save.ts";

const engine = nodeEngine({ threads: 1 });
const tokenizer = charTokenizer.fit("abcdefg");
const elman = cell({
  name: "elman",
  parameters: ({ inputSize: D, hiddenSize: H }) => ({ Wax: [H, D], Waa: [H, H], ba: [H] }),
  state: ["a"],
  step: ({ Wax, Waa, ba }, x, { a }) => {
    const next = tanh(add(linear(x, Wax), linear(a, Waa), ba));
    return { output: next, state: { a: next } };
  },
});

const make = () => languageModel({ tokenizer, encoder: lstm({ hiddenSize: 3 }), embeddingSize: 2 });

describe("a model whose training has not saved a checkpoint", () => {
  it("is refused by readers, and keeps what is needed to start again", async () => {
    const path = join(scratch, "started");
    await save(make(), path, { start: { files: ["a"] } });
    await expect(load(path)).rejects.toMatchObject({
      code: "file",
      message: expect.stringContaining("no checkpoint yet"),
    });
    expect(await loadStart(path)).toEqual({ files: ["a"] });
    const again = (await load(path, { training: true, task: "language-model" })) as LanguageModel;
    expect(again.parameters).toEqual(make().parameters);
    await save(again, path); // a checkpoint
    expect(await loadStart(path)).toBeUndefined();
    expect((await load(path)).parameters).toEqual(make().parameters);
  });
});

let scratch = "";
let folder = "";
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "unrolled-save-"));
  folder = join(scratch, "model");
  const model = languageModel({ tokenizer, encoder: lstm({ hiddenSize: 3, numLayers: 2 }), embeddingSize: 2 });
  for await (const _ of train(model, "abcdefgabc", { engine, steps: 2, batchSize: 2, bptt: 3, valid: "abcabc" }));
  await save(model, folder);
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

/** Logits after each of some tokens. */
async function logitsOf(model: LanguageModel): Promise<number[]> {
  const step = await stepper(model, { engine });
  const all: number[] = [];
  for (const id of [1, 4, 4, 0, 6]) all.push(...(await step.read(id)));
  await step.release();
  return all;
}

const encoders: Record<string, Layer> = {
  "rnn, relu": rnn({ hiddenSize: 4, activation: "relu" }),
  "gru, reset before": gru({ hiddenSize: 4, reset: "before" }),
  "two peephole LSTMs with dropout": peepholeLstm({ hiddenSize: 4, numLayers: 2, dropout: 0.5 }),
  "a frozen layer under another": stacked([freeze(lstm({ hiddenSize: 4 })), residual(gru({ hiddenSize: 4 }))]),
  "a cell of one's own": recurrent(elman, { hiddenSize: 4 }),
};

describe("a folder that holds a model", () => {
  it("keeps it until the first checkpoint of a run that replaces it", async () => {
    const path = join(scratch, "replaced");
    const [old, next] = [make(), make()];
    old.parameters[0] = 0.25;
    await save(old, path);
    const before = await readFile(join(path, "model.safetensors"));
    await save(next, path, { start: { files: ["b"] } }); // the run may be killed from here on
    expect((await load(path)).parameters).toEqual(old.parameters);
    expect(await readFile(join(path, "model.safetensors"))).toEqual(before);
    expect(await loadStart(path)).toBeUndefined();
    await save(next, path);
    expect((await load(path)).parameters).toEqual(next.parameters);
  });
  it("is marked anew where it has initial weights only", async () => {
    const path = join(scratch, "twice");
    await save(make(), path, { start: { files: ["a"] } });
    await save(make(), path, { start: { files: ["b"] } });
    expect(await loadStart(path)).toEqual({ files: ["b"] });
  });
});

describe("save and load", () => {
  it.each(Object.entries(encoders))("gives the same logits, bit for bit: %s", async (_, encoder) => {
    const path = join(scratch, "same");
    const model = languageModel({ tokenizer, encoder, embeddingSize: 4, tieWeights: true, dropout: 0.1, seed: 9 });
    await save(model, path);
    const again = await load(path, { task: "language-model", cells: [elman] });
    const logits = await logitsOf(model);
    expect(new Set(logits).size).toBeGreaterThan(20); // not all alike
    expect(await logitsOf(again)).toEqual(logits);
    expect(again.config).toEqual(model.config);
    expect(again.training).toBeUndefined();
  });

  it("asks for a cell of one's own by name", async () => {
    const path = join(scratch, "own");
    await save(languageModel({ tokenizer, encoder: recurrent(elman, { hiddenSize: 4 }) }), path);
    await expect(load(path)).rejects.toThrow(
      /encoder\.cell: expected a built-in cell, got "elman"\n {2}hint: pass your own cells/,
    );
  });

  it("keeps the last good model rather than write a broken one", async () => {
    const model = await load(folder);
    model.parameters[model.layout.slots[1]!.offset] = Number.NaN;
    await expect(save(model, folder)).rejects.toThrow(
      /"encoder\.weight_ih_l0" holds numbers that are not finite; nothing/,
    );
    expect((await load(folder)).parameters.every(Number.isFinite)).toBe(true);
  });

  it("refuses encoders that look ahead", () => {
    const encoder = stacked([bidirectional(gru({ hiddenSize: 4 }))]);
    expect(() => languageModel({ tokenizer, encoder })).toThrow("languageModel(encoder): expected layers that read");
  });
});

describe("load refuses in one line", () => {
  const broken: Record<string, { change: (path: string) => Promise<void>; message: RegExp }> = {
    "a newer version": {
      change: (path) => edit(path, "config.json", (text) => text.replace(/"unrolled": \d+/, '"unrolled": 99')),
      message: /config\.json\): expected version 1 or older, got version 99\n {2}hint/,
    },
    "a missing tensor": {
      change: (path) => retensor(path, (tensors) => tensors.delete("encoder.weight_hh_l0")),
      message: /model\.safetensors\): missing tensor "encoder\.weight_hh_l0" \[12, 3\]$/,
    },
    "a tensor of another shape": {
      change: (path) =>
        retensor(path, (tensors) =>
          tensors.set("output.bias", { dtype: "F32", shape: [2], data: new Float32Array(2) }),
        ),
      message: /expected "output\.bias" as F32 \[7\], got F32 \[2\]$/,
    },
    "a truncated file": {
      change: async (path) => {
        const file = join(path, "model.safetensors");
        await writeFile(file, (await readFile(file)).subarray(0, -5));
      },
      message: /model\.safetensors\): /,
    },
    "no tokenizer": { change: (path) => rm(join(path, "tokenizer.json")), message: /there is no tokenizer\.json/ },
    "weights that are not finite": {
      change: (path) =>
        retensor(path, (tensors) => {
          (tensors.get("output.bias")!.data as Float32Array)[2] = Number.NaN;
        }),
      message: /model\.safetensors\): "output\.bias" holds NaN or infinity\n {2}hint/,
    },
    "layers nested to a gigabyte": {
      change: (path) =>
        edit(path, "config.json", (text) => {
          const config = JSON.parse(text);
          for (let n = 0; n < 24; n++)
            config.architecture.encoder = { type: "stacked", layers: [config.architecture.encoder], dropout: { p: 0 } };
          for (let n = 0; n < 24; n++)
            config.architecture.encoder = { type: "bidirectional", layer: config.architecture.encoder };
          return JSON.stringify(config);
        }),
      message:
        /config\.json\): (expected JSON at most 64 levels deep|architecture: expected as many parameters|languageModel)/,
    },
    "a config without end": {
      change: (path) =>
        edit(path, "config.json", (text) =>
          text.replace('"architecture": {', `"architecture": { "deep": ${"[".repeat(5000)}${"]".repeat(5000)},`),
        ),
      message: /config\.json\): expected JSON at most 64 levels deep, got more/,
    },
    "options of another kind": {
      change: (path) => edit(path, "config.json", (text) => text.replace('"tieWeights": false', '"tieWeights": "no"')),
      message: /config\.json\): architecture\(tieWeights\): expected true or false, got "no"/,
    },
    "an option that no model has": {
      change: (path) => edit(path, "config.json", (text) => text.replace('"tieWeights"', '"tieWeight"')),
      message: /config\.json\): architecture\(tieWeights\): expected true or false, got nothing/,
    },
    "a config that is no JSON": {
      change: (path) => edit(path, "config.json", (text) => text.slice(0, -9)),
      message: /config\.json\): expected JSON/,
    },
    "an architecture from nowhere": {
      change: (path) => edit(path, "config.json", (text) => text.replace('"recurrent"', '"quantum"')),
      message: /config\.json\): encoder\.layers\[0\]\.type: expected one of .*, got "quantum"$/,
    },
    "another width": {
      change: (path) => edit(path, "config.json", (text) => text.replace('"embeddingSize": 2', '"embeddingSize": 5')),
      message: /expected "embedding\.weight" as F32 \[7, 5\], got F32 \[7, 2\]$/,
    },
    "a width past all memory": {
      change: (path) =>
        edit(path, "config.json", (text) => text.replace('"hiddenSize": 3', '"hiddenSize": 3000000000')),
      message:
        /config\.json\): architecture: expected as many parameters as model\.safetensors holds, about \d+, got \d/,
    },
    "a training state from nowhere": {
      change: (path) => edit(path, "training/state.json", (text) => text.replace('"step"', '"steps"')),
      message: /training\/state\.json\): not a training state: "step" is missing/,
    },
  };
  it.each(Object.entries(broken))("%s", async (_, { change, message }) => {
    const path = join(scratch, "broken");
    await rm(path, { recursive: true, force: true });
    await cp(folder, path, { recursive: true });
    await change(path);
    await expect(load(path, { training: true })).rejects.toThrow(message);
  });

  it("a single bit of a parameter", async () => {
    const path = join(scratch, "one-bit");
    await cp(folder, path, { recursive: true });
    const bytes = await readFile(join(path, "model.safetensors"));
    bytes[bytes.length - 5]! ^= 1; // the lowest bits of a number: nothing but the checksum can see it
    await writeFile(join(path, "model.safetensors"), bytes);
    await expect(load(path)).rejects.toThrow(/bytes are not those that were saved/);
  });

  it("whatever bytes are flipped", async () => {
    const path = join(scratch, "flipped");
    await cp(folder, path, { recursive: true });
    const r = random(5);
    let refused = 0;
    for (const name of ["config.json", "tokenizer.json", "training/state.json", "model.safetensors"]) {
      const whole = await readFile(join(path, name));
      for (let n = 0; n < 25; n++) {
        const bytes = Uint8Array.from(whole);
        const at = r.below(n % 3 ? Math.min(bytes.length, 600) : bytes.length); // more often near the start: headers
        bytes[at] = n % 2 ? r.below(256) : bytes[at]! ^ (1 << r.below(8));
        await writeFile(join(path, name), bytes);
        await load(path, { training: true }).catch((error: unknown) => {
          if (!(error instanceof UnrolledError)) throw error;
          refused++;
        });
      }
      await writeFile(join(path, name), whole);
    }
    expect(refused).toBeGreaterThan(40);
  });
});

async function edit(path: string, name: string, change: (text: string) => string): Promise<void> {
  const before = await readFile(join(path, name), "utf8");
  const after = change(before);
  expect(after).not.toBe(before);
  await writeFile(join(path, name), after);
}

async function retensor(path: string, change: (tensors: ReturnType<typeof readSafetensors>["tensors"]) => unknown) {
  const file = join(path, "model.safetensors");
  const { tensors } = readSafetensors(await readFile(file));
  change(tensors);
  await writeFile(file, writeSafetensors(tensors));
}
