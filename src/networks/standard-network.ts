// The standard (feed-forward) network as a layer, for comparison with recurrent layers on tasks with an output per step.
import { dense, type Layer, under } from "../nn/index.ts";
import { cast, equal, matmul, range, relu, reshape, transpose } from "../tensor/index.ts";

/**
 * The lecture's standard network for Tx = Ty: x<1> .. x<window> concatenated to one long vector, a hidden layer, then all
 * outputs at once. Each position has its own weights. Shorter rows are padded with zeros; steps past the window are not
 * read, and their outputs are zeros.
 */
export function windowLayer({ window, hiddenSize }: { window: number; hiddenSize: number }): Layer {
  return {
    config: { type: "window", window, hiddenSize },
    build(inputSize) {
      const hidden = dense({ outputSize: 2 * hiddenSize }).build(window * inputSize);
      const out = dense({ outputSize: window * hiddenSize }).build(2 * hiddenSize);
      const named = (name: string, { parameters }: typeof hidden) =>
        parameters.map((spec) => ({ ...spec, name: `${name}.${spec.name}` }));
      return {
        outputSize: hiddenSize,
        depth: 0,
        causal: false,
        backwardSize: 0,
        parameters: [...named("hidden", hidden), ...named("out", out)],
        state: {},
        apply(parameters, x) {
          const [T, B] = x.shape as [string, string];
          // [window, T]: 1 where a position of the window is a step of the row.
          const places = cast(equal(reshape(range(window), [window, 1]), reshape(range(T), [1, T])), "float");
          const rows = transpose(x, [1, 0, 2]); // [B, T, D]
          const joined = reshape(matmul(places, rows), [B, window * inputSize]); // [B, window D]
          const read = relu(hidden.apply(under(parameters, "hidden"), joined).outputs);
          const written = reshape(out.apply(under(parameters, "out"), read).outputs, [B, window, hiddenSize]);
          return { outputs: transpose(matmul(transpose(places), relu(written)), [1, 0, 2]), final: {} };
        },
      };
    },
  };
}

/** A hidden layer applied to each step alone, without earlier steps: as a language model, a bigram model. */
export function stepLayer({ hiddenSize }: { hiddenSize: number }): Layer {
  return {
    config: { type: "step", hiddenSize },
    build(inputSize) {
      const block = dense({ outputSize: hiddenSize }).build(inputSize);
      return { ...block, apply: (parameters, x) => ({ outputs: relu(block.apply(parameters, x).outputs), final: {} }) };
    },
  };
}
