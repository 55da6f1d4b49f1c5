// Every cell of the library, its wrappers, and one as a user would write it. Each law holds for each of them.
import {
  type Cell,
  cell,
  gruCell,
  gruSimplifiedCell,
  layerNormCell,
  layerNormLstmCell,
  lstmCell,
  minGruCell,
  minLstmCell,
  mogrifierLstmCell,
  peepholeLstmCell,
  qrnnCell,
  residualCell,
  rgLruCell,
  rnnCell,
  sruCell,
  weightDropCell,
  zoneoutCell,
} from "../../src/nn/index.ts";
import { add, linear, tanh } from "../../src/tensor/index.ts";
import type { FixtureTensor, FixtureTensors, RecurrentFixture } from "../fixture.ts";

export interface CellCase {
  cell: Cell;
  /** It needs an input as wide as its state. */
  square?: true;
  /** An independent computation of it, and how its names map to ours. */
  parity?: {
    fixture: RecurrentFixture;
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

const lstmNames = { weight_ih: "Wi Wf Wg Wo", weight_hh: "Ui Uf Ug Uo", bias_ih: "bi bf bg bo" };

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
  minGru: {
    cell: minGruCell(),
    parity: { fixture: "min-gru", states: { h: "h" }, parameters: joined({ weight_ih: "Wz Wh", bias_ih: "bz bh" }) },
  },
  minLstm: {
    cell: minLstmCell(),
    parity: {
      fixture: "min-lstm",
      states: { h: "h" },
      parameters: joined({ weight_ih: "Wf Wi Wh", bias_ih: "bf bi bh" }),
    },
  },
  sru: {
    cell: sruCell({ highwayBias: -0.5 }),
    parity: {
      fixture: "sru",
      states: { c: "c" },
      parameters: joined({ weight_ih: "W Wf Wr", weight_c: "vf vr", bias_ih: "bf br", weight_highway: "Wx" }),
    },
  },
  "sru with a plain highway": { cell: sruCell(), square: true },
  qrnn: {
    cell: qrnnCell(),
    parity: {
      fixture: "qrnn",
      states: { c: "c", q: "previous" },
      parameters: joined({ weight_ih: "Wz Wf Wo", weight_previous: "Vz Vf Vo", bias_ih: "bz bf bo" }),
    },
  },
  rgLru: { cell: rgLruCell(), parity: { fixture: "rg-lru", states: { h: "h" }, parameters: griffin } },
  "rgLru without a projection": { cell: rgLruCell(), square: true },
  "rgLru with a lower bound": {
    cell: rgLruCell({ lowerBound: 0.25 }),
    parity: { fixture: "rg-lru-lower-bound", states: { h: "h" }, parameters: griffin },
  },
  "mogrifierLstm by default": { cell: mogrifierLstmCell() },
  mogrifierLstm: {
    cell: mogrifierLstmCell({ rounds: 5 }),
    parity: {
      fixture: "lstm-mogrifier",
      states: { h: "h", c: "c" },
      parameters: joined({
        ...lstmNames,
        weight_q1: "Q1",
        weight_r2: "R2",
        weight_q3: "Q3",
        weight_r4: "R4",
        weight_q5: "Q5",
      }),
    },
  },
  layerNormLstm: {
    cell: layerNormLstmCell(),
    parity: {
      fixture: "lstm-layer-norm",
      states: { h: "h", c: "c" },
      parameters: joined({ ...lstmNames, norm_ih: "gain_x", norm_hh: "gain_h", norm_c: "gain_c", bias_c: "shift_c" }),
    },
  },
  zoneout: {
    cell: zoneoutCell(lstmCell(), { rate: { h: 0.05, c: 0.5 } }),
    parity: { fixture: "lstm-zoneout", states: { h: "h", c: "c" }, parameters: joined(lstmNames) },
  },
  "residual pre-norm minGru": { cell: residualCell(layerNormCell(minGruCell())), square: true },
  "layer norm in front of a GRU": { cell: layerNormCell(gruCell()) },
  weightDrop: { cell: weightDropCell(lstmCell()) },
};

/** The width of a case's state in the laws, where its input has `inputSize` numbers. */
export const hiddenSizeOf = ({ square }: CellCase, inputSize: number, other: number): number =>
  square ? inputSize : other;

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

/** Our stacked parameters from one matrix per gate; those that a case does not have are left out. */
function joined(names: Readonly<Record<string, string>>) {
  return (theirs: FixtureTensors, suffix: string): FixtureTensors =>
    Object.fromEntries(
      Object.entries(names).flatMap(([name, list]): [string, FixtureTensor][] => {
        const parts = list.split(" ").map((each) => theirs[each]);
        if (parts.includes(undefined)) return [];
        const [first] = parts as [FixtureTensor];
        const shape = [first.shape[0]! * parts.length, ...first.shape.slice(1)];
        return [[name + suffix, { shape, data: parts.flatMap((part) => part!.data) }]];
      }),
    );
}

function griffin(theirs: FixtureTensors, suffix: string): FixtureTensors {
  return joined({ weight_ih: "Wr Wi", bias_ih: "br bi", decay: "decay", weight_in: "Wx" })(theirs, suffix);
}
