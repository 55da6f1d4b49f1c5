// What PyTorch computes, forward and backward, is what we compute: the fixtures of test/fixtures.
import { afterAll, describe, it } from "vitest";
import { gradient } from "../../src/compile/gradient.ts";
import {
  bidirectional,
  collect,
  dense,
  embedding,
  gru,
  type Layer,
  layerNorm,
  lstm,
  parameterInputs,
  recurrent,
  rnn,
  sequenceCrossEntropy,
  stacked,
  under,
} from "../../src/nn/index.ts";
import { input, logSoftmax, mul, sum, type Tensor } from "../../src/tensor/index.ts";
import {
  type FixtureTensor,
  type FixtureTensors,
  fixture,
  type LanguageModelCase,
  type RecurrentCase,
} from "../fixture.ts";
import { ints } from "../gradient-check.ts";
import { type CellCase, cells } from "./cells.ts";
import { cut, expectClose, floats, type Subject, type Values, workbench } from "./subject.ts";
import { trace } from "./traced.ts";

/** Registers the comparisons for an engine. */
export function parityFor(subject: Subject): void {
  const { compile, release } = workbench(subject);
  const { engine, tolerance } = subject;

  const withParity = Object.entries(cells).filter(([, { parity }]) => parity);
  describe.each(withParity)(`${engine.name} = PyTorch: %s`, (_, cellCase) => {
    afterAll(release);
    const all = fixture(cellCase.parity!.fixture);
    const chosen = subject.brief === "all" ? all.slice(-1) : all;
    it.each(chosen.map((one) => [one.name, one] as const))("%s", async (__, one) => {
      const layer = layerOf(cellCase, one);
      const { forward, gradients } = trace(layer, one.options.inputSize, { ragged: one.lengths !== null });
      const run = await compile({ ...forward, ...gradients });
      expectClose(await run(feedsOf(cellCase, one)), expectedOf(cellCase, one), tolerance);
    });
  });

  describe(`${engine.name} = PyTorch: language models`, () => {
    afterAll(release);
    it.each(fixture("language-model").map((one) => [one.name, one] as const))("%s", async (_, one) => {
      const { outputs, feeds, expected } = languageModel(one);
      expectClose(await (await compile(outputs))(feeds), expected, tolerance);
    });
  });

  describe(`${engine.name} = PyTorch: losses and norms`, () => {
    afterAll(release);
    const cases = fixture("functions");
    it.each(cases.filter(({ targets }) => targets).map((one) => [one.name, one] as const))("%s", async (_, one) => {
      const x = input("x", one.input.shape);
      const targets = input("targets", one.targets!.shape, { dtype: "int" });
      const weights = one.mask ? input("weights", one.mask.shape) : undefined;
      const loss = sequenceCrossEntropy(x, targets, { weights, smoothing: one.smoothing });
      const run = await compile({ loss: loss.mean, gradient: gradient(loss.mean, [x])[0]! });
      const feeds = {
        x: plain(one.input),
        targets: whole(one.targets!),
        ...(one.mask ? { weights: plain(one.mask) } : {}),
      };
      const expected = { loss: floats([], [one.expected.loss!]), gradient: plain(one.expected.gradient) };
      expectClose(await run(feeds), expected, tolerance);
    });

    it("log-softmax", async () => {
      const one = cases.find(({ name }) => name === "log-softmax")!;
      const x = input("x", one.input.shape);
      const dy = input("dy", one.input.shape);
      const y = logSoftmax(x);
      const run = await compile({ y, gradient: gradient(sum(mul(y, dy)), [x])[0]! });
      const expected = { y: plain(one.expected.output!), gradient: plain(one.expected.gradient) };
      expectClose(await run({ x: plain(one.input), dy: plain(one.cotangent!) }), expected, tolerance);
    });

    it("layer-norm", async () => {
      const one = cases.find(({ name }) => name === "layer-norm")!;
      const { forward, gradients } = trace(layerNorm({ epsilon: one.epsilon! }), one.input.shape.at(-1)!);
      const run = await compile({ ...forward, ...gradients });
      const feeds = {
        x: plain(one.input),
        dy: plain(one.cotangent!),
        norm_weight_l0: plain(one.weight!),
        norm_bias_l0: plain(one.bias!),
      };
      const expected = {
        outputs: plain(one.expected.output!),
        "grad.x": plain(one.expected.gradient),
        "grad.norm_weight_l0": plain(one.expected.weight!),
        "grad.norm_bias_l0": plain(one.expected.bias!),
      };
      expectClose(await run(feeds), expected, tolerance);
    });
  });
}

const plain = ({ shape, data }: FixtureTensor) => floats(shape, data);
const whole = ({ shape, data }: FixtureTensor) => ints(shape, data);

/** [B, T, ...] -> [T, B, ...] */
function timeFirst({ shape, data }: FixtureTensor): FixtureTensor {
  const [batch, time, ...rest] = shape as [number, number, ...number[]];
  const size = rest.reduce((a, b) => a * b, 1);
  const turned: number[] = [];
  for (let t = 0; t < time; t++) {
    for (let b = 0; b < batch; b++) turned.push(...data.slice((b * time + t) * size, (b * time + t + 1) * size));
  }
  return { shape: [time, batch, ...rest], data: turned };
}

function layerOf({ cell }: CellCase, { options }: RecurrentCase): Layer {
  const one = recurrent(cell, { hiddenSize: options.hiddenSize });
  const both = options.bidirectional ? bidirectional(one) : one;
  return stacked(new Array<Layer>(options.numLayers ?? 1).fill(both));
}

/** The endings of a deep, perhaps bidirectional layer, in PyTorch's order. */
function suffixes({ options: { numLayers = 1, bidirectional: both } }: RecurrentCase): string[] {
  const directions = both ? ["", "_reverse"] : [""];
  return Array.from({ length: numLayers }, (_, k) => directions.map((end) => `_l${k}${end}`)).flat();
}

/** PyTorch's states [layers * directions, B, H] (or [B, H]) as ours, each [B, H]. */
function states({ parity }: CellCase, one: RecurrentCase, theirs: FixtureTensors, prefix = ""): Values {
  const split: Values = {};
  for (const [name, tensor] of Object.entries(theirs)) {
    for (const [i, suffix] of suffixes(one).entries()) {
      const all = plain(tensor);
      const value = all.shape.length === 2 ? all : { ...cut(all, 0, i, i + 1), shape: all.shape.slice(1) };
      split[`${prefix}${parity!.states[name]}${suffix}`] = value;
    }
  }
  return split;
}

function parameters({ parity }: CellCase, one: RecurrentCase, theirs: FixtureTensors, gradients: boolean): Values {
  const ours = suffixes(one).map((suffix) => parity!.parameters(theirs, suffix, gradients));
  return Object.fromEntries(
    ours
      .flatMap((group) => Object.entries(group))
      .map(([name, tensor]) => [`${gradients ? "grad." : ""}${name}`, plain(tensor)]),
  );
}

function feedsOf(cellCase: CellCase, one: RecurrentCase): Values {
  return {
    ...parameters(cellCase, one, one.parameters, false),
    ...states(cellCase, one, one.initial),
    ...states(cellCase, one, one.cotangents.final, "d."),
    x: plain(timeFirst(one.input)),
    dy: plain(timeFirst(one.cotangents.output)),
    ...(one.lengths ? { lengths: ints([one.lengths.length], one.lengths) } : {}),
  };
}

function expectedOf(cellCase: CellCase, { expected, ...one }: RecurrentCase): Values {
  const full = { ...one, expected };
  return {
    outputs: plain(timeFirst(expected.output)),
    ...states(cellCase, full, expected.final),
    ...parameters(cellCase, full, expected.gradients.parameters, true),
    "grad.x": plain(timeFirst(expected.gradients.input)),
    ...states(cellCase, full, expected.gradients.initial, "grad."),
  };
}

/** Embedding, recurrent layers, dense; the cells' own parity lies above, so biases are mapped by the same functions. */
function languageModel(one: LanguageModelCase) {
  const { cell, vocabSize, embeddingSize, hiddenSize, numLayers, tied } = one.options;
  const layers = { rnn, gru, lstm } as const;
  const cellCase = cells[cell]!;
  const table = embedding({ embeddingSize }).build(vocabSize);
  const encoder = layers[cell as keyof typeof layers]({ hiddenSize, numLayers }).build(embeddingSize);
  const project = dense({ outputSize: vocabSize, tied }).build(hiddenSize);
  const specs = collect({ embedding: table, encoder, project });
  const all = parameterInputs(specs);
  const tokens = input("tokens", ["T", "B"], { dtype: "int" });
  const targets = input("targets", ["T", "B"], { dtype: "int" });
  const weights = one.mask ? input("weights", ["T", "B"]) : undefined;
  const state: Record<string, Tensor> = {};
  for (const name of Object.keys(encoder.state)) state[name] = input(name, ["B", hiddenSize]);
  const { outputs: embedded } = table.apply(under(all, "embedding"), tokens);
  const { outputs, final } = encoder.apply(under(all, "encoder"), embedded, { state });
  const weight: Record<string, Tensor> = tied ? { weight: all["embedding.weight"]! } : {};
  const { outputs: logits } = project.apply({ ...under(all, "project"), ...weight }, outputs);
  const loss = sequenceCrossEntropy(logits, targets, { weights }).mean;
  const wrt = { ...all, ...state };
  const gradients = gradient(loss, Object.values(wrt));
  const named = Object.fromEntries(Object.keys(wrt).map((name, i) => [`grad.${name}`, gradients[i]!]));

  const asRecurrent = { options: { numLayers } } as RecurrentCase;
  const mapped = (theirs: FixtureTensors, isGradient: boolean, prefix: string): Values => {
    const inside = Object.fromEntries(
      Object.entries(theirs).flatMap(([name, tensor]) =>
        name.startsWith("encoder.") ? [[name.slice(8), tensor]] : [],
      ),
    );
    const ours = Array.from({ length: numLayers }, (_, k) => cellCase.parity!.parameters(inside, `_l${k}`, isGradient));
    const values: Values = {};
    for (const [name, tensor] of ours.flatMap((group) => Object.entries(group))) {
      values[`${prefix}encoder.${name}`] = plain(tensor);
    }
    for (const [name, tensor] of Object.entries(theirs)) {
      if (!name.startsWith("encoder.")) values[prefix + name] = plain(tensor);
    }
    return values;
  };
  return {
    outputs: { logits, loss, ...(one.expected.final ? final : {}), ...named },
    feeds: {
      ...mapped(one.parameters, false, ""),
      ...states(cellCase, asRecurrent, one.initial),
      tokens: whole(timeFirst(one.tokens)),
      targets: whole(timeFirst(one.targets)),
      ...(one.mask ? { weights: plain(timeFirst(one.mask)) } : {}),
    },
    expected: {
      logits: plain(timeFirst(one.expected.logits)),
      loss: floats([], [one.expected.loss]),
      ...(one.expected.final ? states(cellCase, asRecurrent, one.expected.final) : {}),
      ...mapped(one.expected.gradients.parameters, true, "grad."),
      ...states(cellCase, asRecurrent, one.expected.gradients.initial, "grad."),
    },
  };
}
