// Every cell that the library has, and one as a user would write it. Each law holds for each of them.
import {
  type Cell,
  cell,
  gruCell,
  gruSimplifiedCell,
  lstmCell,
  peepholeLstmCell,
  rnnCell,
} from "../../src/nn/index.ts";
import { add, linear, tanh } from "../../src/tensor/index.ts";
import type { FixtureTensors, fixture } from "../fixture.ts";

type FixtureName = Parameters<typeof fixture>[0];

export interface CellCase {
  cell: Cell;
  /** PyTorch's word on it, and how its names become ours. */
  parity?: {
    fixture: FixtureName &
      ("rnn-tanh" | "rnn-relu" | "gru" | "lstm" | "gru-reset-before" | "lstm-peepholes" | "gru-simplified");
    /** Our name of each of its states. */
    states: Record<string, string>;
    /** Our parameters with this ending (`_l0`), from its values or, with `gradients`, from its gradients. */
    parameters: (theirs: FixtureTensors, suffix: string, gradients: boolean) => FixtureTensors;
  };
}

/** The lecture's network, as it stands on the slide. */
const elman = cell({
  name: "elman",
  parameters: ({ inputSize: D, hiddenSize: H }) => ({ Wax: [H, D], Waa: [H, H], ba: [H] }),
  state: ["a"],
  step: ({ Wax, Waa, ba }, x, { a }) => {
    const next = tanh(add(linear(x, Wax), linear(a, Waa), ba)); // a<t> = tanh(Waa a<t-1> + Wax x<t> + ba)
    return { output: next, state: { a: next } };
  },
});

export const cells: Record<string, CellCase> = {
  "a user's own": {
    cell: elman,
    parity: {
      fixture: "rnn-tanh",
      states: { h: "a" },
      parameters(theirs, suffix, gradients) {
        const ours = summed(theirs, suffix, gradients);
        return {
          [`Wax${suffix}`]: ours[`weight_ih${suffix}`]!,
          [`Waa${suffix}`]: ours[`weight_hh${suffix}`]!,
          [`ba${suffix}`]: ours[`bias_ih${suffix}`]!,
        };
      },
    },
  },
  rnn: { cell: rnnCell(), parity: { fixture: "rnn-tanh", states: { h: "a" }, parameters: summed } },
  "rnn relu": {
    cell: rnnCell({ activation: "relu" }),
    parity: { fixture: "rnn-relu", states: { h: "a" }, parameters: summed },
  },
  gruSimplified: {
    cell: gruSimplifiedCell(),
    parity: { fixture: "gru-simplified", states: { h: "h" }, parameters: fromLecture },
  },
  gru: { cell: gruCell(), parity: { fixture: "gru", states: { h: "h" }, parameters: withInnerBias } },
  "gru reset before": {
    cell: gruCell({ reset: "before" }),
    parity: { fixture: "gru-reset-before", states: { h: "h" }, parameters: summed },
  },
  lstm: { cell: lstmCell(), parity: { fixture: "lstm", states: { h: "h", c: "c" }, parameters: summed } },
  peepholeLstm: {
    cell: peepholeLstmCell(),
    parity: { fixture: "lstm-peepholes", states: { h: "h", c: "c" }, parameters: summed },
  },
};

/** One bias where PyTorch adds two. The gradient of each of the two is the gradient of the sum. */
function summed(theirs: FixtureTensors, suffix: string, gradients: boolean): FixtureTensors {
  const own = Object.entries(theirs).filter(([name]) => name.endsWith(suffix) && !name.startsWith("bias_"));
  const [ih, hh] = [theirs[`bias_ih${suffix}`]!, theirs[`bias_hh${suffix}`]!];
  const data = gradients ? ih.data : ih.data.map((value, i) => value + hh.data[i]!);
  return { ...Object.fromEntries(own), [`bias_ih${suffix}`]: { shape: ih.shape, data } };
}

/** The reset-after GRU keeps the recurrent bias of its last third apart. */
function withInnerBias(theirs: FixtureTensors, suffix: string, gradients: boolean): FixtureTensors {
  const [ih, hh] = [theirs[`bias_ih${suffix}`]!, theirs[`bias_hh${suffix}`]!];
  const H = ih.shape[0]! / 3;
  const data = ih.data.map((value, i) => (gradients || i >= 2 * H ? value : value + hh.data[i]!));
  return {
    ...summed(theirs, suffix, gradients),
    [`bias_ih${suffix}`]: { shape: ih.shape, data },
    [`bias_hn${suffix}`]: { shape: [H], data: hh.data.slice(2 * H) },
  };
}

/** The lecture's Wu and Wc act on [c, x]: columns 0 .. H-1 are the state's. */
function fromLecture({ Wc, Wu, bc, bu }: FixtureTensors, suffix: string): FixtureTensors {
  const [H, width] = Wc!.shape as [number, number];
  const rows = [...Wu!.data, ...Wc!.data];
  const columns = (keep: (column: number) => boolean) => rows.filter((_, i) => keep(i % width));
  return {
    [`weight_ih${suffix}`]: { shape: [2 * H, width - H], data: columns((column) => column >= H) },
    [`weight_hh${suffix}`]: { shape: [2 * H, H], data: columns((column) => column < H) },
    [`bias_ih${suffix}`]: { shape: [2 * H], data: [...bu!.data, ...bc!.data] },
  };
}
