// Cells written as equations: the same losses as the same cell as a program, and errors that name the line.
import { expect, test } from "vitest";
import { charTokenizer, languageModel, recurrent, sgd, train } from "../index.ts";
import { type Cell, cell } from "../nn/index.ts";
import { add, linear, mul, sigmoid, sub, tanh } from "../tensor/index.ts";
import { cellOfEquations } from "./equations.ts";

const text = "the cat sat on the mat. ".repeat(12);

async function losses(own: Cell): Promise<number[]> {
  const tokenizer = charTokenizer.fit(text);
  const model = languageModel({ tokenizer, encoder: recurrent(own, { hiddenSize: 5 }), embeddingSize: 3, seed: 1 });
  const found: number[] = [];
  const options = { optimizer: sgd({ learningRate: 0.5 }), batchSize: 2, bptt: 8, steps: 4, seed: 1 };
  for await (const { loss } of train(model, text, options)) found.push(loss);
  return found;
}

test("a gated cell learns as the same cell written as a program", async () => {
  const written = cellOfEquations(`
    Γu = σ(Wuc @ c + Wux @ x + bu)   # update gate
    c~ = tanh(Wcc @ (Γu ⊙ c) + Wcx @ x + bc)
    c = Γu * c~ + (1 - Γu) * c
  `);
  const program = cell({
    name: "own",
    parameters: ({ inputSize: D, hiddenSize: H }) => ({
      Wuc: [H, H],
      Wux: [H, D],
      Wcc: [H, H],
      Wcx: [H, D],
      bu: [H],
      bc: [H],
    }),
    state: ["c"],
    step: ({ Wuc, Wux, Wcc, Wcx, bu, bc }, x, { c }) => {
      const gate = sigmoid(add(linear(c, Wuc), linear(x, Wux), bu));
      const candidate = tanh(add(linear(mul(gate, c), Wcc), linear(x, Wcx), bc));
      const next = add(mul(gate, candidate), mul(sub(1, gate), c));
      return { output: next, state: { c: next } };
    },
  });
  expect(Object.keys(written.parameters({ inputSize: 3, hiddenSize: 5 })).sort()).toEqual(
    Object.keys(program.parameters({ inputSize: 3, hiddenSize: 5 })).sort(),
  );
  const [one, other] = [await losses(written), await losses(program)];
  expect(one.at(-1)!).toBeLessThan(one[0]!);
  for (const [i, loss] of one.entries()) expect(loss).toBeCloseTo(other[i]!, 5);
});

test("two states, the last equation is the output", () => {
  const lstm = cellOfEquations("f = sigmoid(Wf @ h + Uf @ x)\nc = f * c + (1 - f) * tanh(Uc @ x)\nh = tanh(c)");
  expect(Object.keys(lstm.state({ inputSize: 3, hiddenSize: 5 })).sort()).toEqual(["c", "h"]);
  expect(lstm.parameters({ inputSize: 3, hiddenSize: 5 })).toMatchObject({ Wf: [5, 5], Uf: [5, 3], Uc: [5, 3] });
});

test.each([
  ["", /expected an equation, got none/],
  ["a = tanh(W @ x)", /a name that is read before its equation/],
  ["a = tanh(W @ a", /cell:1: expected \), got the end of the line/],
  ["a = a +\nb = 1", /cell:1: expected a name or a number, got the end/],
  ["a = sine(a)", /cell:1: expected sigmoid, tanh/],
  ["a = a ? 1", /cell:1: expected a name, a number or an operator, got \?/],
  ["a = (a + 1) @ x", /the left side of @ must be the name of a matrix/],
  ["a = W @ a + W @ x", /W multiplies both the input and a state/],
  ["a = W @ a + W", /W is both a matrix and a vector/],
  ["x = a", /expected the name of a result, got x/],
  ["tanh(a)", /expected =, got \(/],
  ["a".repeat(5000), /at most 4000 characters/],
])("refuses %j", (equations, message) => {
  expect(() => cellOfEquations(equations)).toThrow(message);
});
