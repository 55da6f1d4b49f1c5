// Training steps as programs with state: parameters, moments and carried states stay in the engine.
import { gradient } from "../../dist/compile/gradient.js";
import { forwardPasses, runPasses } from "../../dist/compile/passes/index.js";
import {
  cell as defineCell,
  dense,
  gru,
  initialize,
  lstm,
  parameterInputs,
  parameterLayouts,
  recurrent,
  sequenceCrossEntropy,
  under,
  uniform,
} from "../../dist/nn/index.js";
import {
  add,
  div,
  gather,
  input,
  linear,
  minimum,
  mul,
  sigmoid,
  sqrt,
  sub,
  sum,
  tanh,
  transpose,
  view,
} from "../../dist/tensor/index.js";

/** The minimal gated unit (Zhou et al., 2016), as a user would write it. */
export const minimalGated = defineCell({
  name: "minimal-gated",
  parameters: ({ inputSize: D, hiddenSize: H }) => ({
    Wf: [H, D],
    Uf: [H, H],
    bf: [H],
    Wh: [H, D],
    Uh: [H, H],
    bh: [H],
  }),
  state: ["h"],
  step: ({ Wf, Uf, bf, Wh, Uh, bh }, x, { h }) => {
    const f = sigmoid(add(linear(x, Wf, bf), linear(h, Uf)));
    const candidate = tanh(add(linear(x, Wh, bh), linear(mul(f, h), Uh)));
    const next = add(mul(sub(1, f), h), mul(f, candidate));
    return { output: next, state: { h: next } };
  },
});

export const layers = {
  lstm: (hiddenSize) => lstm({ hiddenSize }),
  gru: (hiddenSize) => gru({ hiddenSize }),
  own: (hiddenSize) => recurrent(minimalGated, { hiddenSize }),
};

const [b1, b2, eps, decay, clip] = [0.9, 0.999, 1e-8, 1e-2, 1];

/** A recurrent layer alone, [T, B, D] -> [T, B, H]: the gradients of sum(outputs * dy). */
export function layerProgram({ cell = "lstm", hidden, inputSize = hidden }) {
  const built = layers[cell](hidden).build(inputSize);
  const specs = built.parameters;
  const parameters = parameterInputs(specs);
  const x = input("x", ["T", "B", inputSize]);
  const dy = input("dy", ["T", "B", hidden]);
  const { outputs } = built.apply(parameters, x);
  const forward = runPasses({ loss: sum(mul(outputs, dy)) }, forwardPasses);
  const wrt = [...specs.map(({ name }) => parameters[name]), x];
  const slopes = gradient(forward.loss, wrt);
  const names = [...specs.map(({ name }) => name), "x"];
  return {
    specs,
    forward: { outputs },
    outputs: { loss: forward.loss, ...Object.fromEntries(names.map((name, i) => [`d.${name}`, slopes[i]])) },
    state: Object.fromEntries(specs.map(({ name }) => [name, {}])),
  };
}

/** A character model with clipping and AdamW. Feeds: inputs and targets, int [B, T]; rate and correction, numbers. */
export function languageModelProgram({ cell = "lstm", hidden, vocab = 65, embed = hidden }) {
  const encoder = layers[cell](hidden).build(embed);
  const project = dense({ outputSize: vocab }).build(hidden);
  const prefixed = (prefix, specs) => specs.map((spec) => ({ ...spec, name: `${prefix}.${spec.name}` }));
  const specs = [
    { name: "embedding.weight", shape: [vocab, embed], init: uniform(0.5) },
    ...prefixed("encoder", encoder.parameters),
    ...prefixed("project", project.parameters),
  ];
  const all = parameterInputs(specs);
  const ids = transpose(input("inputs", ["B", "T"], { dtype: "int" }));
  const targets = transpose(input("targets", ["B", "T"], { dtype: "int" }));
  const carried = Object.fromEntries(
    Object.entries(encoder.state).map(([name, shape]) => [name, input(`state.${name}`, ["B", ...shape])]),
  );
  const { outputs, final } = encoder.apply(under(all, "encoder"), gather(all["embedding.weight"], ids), {
    state: carried,
  });
  const logits = project.apply(under(all, "project"), outputs).outputs;
  const { total, count } = sequenceCrossEntropy(logits, targets);
  const names = Object.keys(final);
  const forward = runPasses(
    { total, count, ...Object.fromEntries(names.map((name) => [`state.${name}`, final[name]])) },
    forwardPasses,
  );
  const slopes = gradient(
    forward.total,
    specs.map(({ name }) => all[name]),
  );
  const share = div(1, forward.count);
  const squares = slopes.map((g) => sum(mul(g, g)));
  const norm = mul(sqrt(squares.reduce((a, b) => add(a, b))), share);
  const factor = mul(share, minimum(1, div(clip, add(norm, 1e-6))));
  const rate = input("rate", []); // learning rate / (1 - b1^t)
  const plain = input("plain", []); // learning rate
  const correction = input("correction", []); // 1 / sqrt(1 - b2^t)
  const state = {};
  for (const [i, { name, shape }] of specs.entries()) {
    const [p, m, v] = [all[name], input(`m.${name}`, shape), input(`v.${name}`, shape)];
    const g = mul(slopes[i], factor);
    const nextM = add(m, mul(sub(g, m), 1 - b1));
    const nextV = add(mul(v, b2), mul(mul(g, g), 1 - b2));
    const kept = mul(p, sub(1, mul(plain, decay)));
    state[name] = { next: sub(kept, mul(rate, div(nextM, add(mul(sqrt(nextV), correction), eps)))) };
    state[`m.${name}`] = { next: nextM };
    state[`v.${name}`] = { next: nextV };
  }
  for (const name of names) state[`state.${name}`] = { next: forward[`state.${name}`] };
  return { specs, outputs: { loss: mul(forward.total, share), norm }, state };
}

/** Values of parameters by name, drawn from a seed. */
export function initialValues(specs, seed = 1) {
  const { trainable } = parameterLayouts(specs);
  const flat = initialize(specs, trainable, seed);
  return Object.fromEntries(
    trainable.slots.map((slot) => [slot.name, { shape: slot.shape, dtype: "float", data: view(flat, slot) }]),
  );
}

export const adamNumbers = (step, learningRate) => ({
  rate: scalar(learningRate / (1 - b1 ** step)),
  plain: scalar(learningRate),
  correction: scalar(1 / Math.sqrt(1 - b2 ** step)),
});
const scalar = (value) => ({ shape: [], dtype: "float", data: Float32Array.of(value) });

/** A stream of ids in which three of ten follow from the one before. */
export function corpus({ batch, bptt, vocab = 65, windows = 8 }) {
  let [seed, last] = [1, 0];
  const next = () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    last = seed % 100 < 70 ? (last * 3 + 1) % vocab : (seed >>> 8) % vocab;
    return last;
  };
  const rows = Array.from({ length: batch }, () => Int32Array.from({ length: windows * bptt + 1 }, next));
  const cut = (at, shift) => {
    const data = new Int32Array(batch * bptt);
    for (const [b, row] of rows.entries()) data.set(row.subarray(at * bptt + shift, (at + 1) * bptt + shift), b * bptt);
    return { shape: [batch, bptt], dtype: "int", data };
  };
  return Array.from({ length: windows }, (_, i) => ({ inputs: cut(i, 0), targets: cut(i, 1) }));
}
