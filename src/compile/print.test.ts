import { describe, expect, it } from "vitest";
import { add, argMax, constant, input, linear, matmul, scan, sum, tanh } from "../tensor/index.ts";
import { hoist } from "./passes/hoist.ts";
import { graphSize, printGraph } from "./print.ts";

const x = input("x", ["T", "B", 3]);
const Wax = input("Wax", [4, 3], { kind: "parameter" });
const Waa = input("Waa", [4, 4], { kind: "parameter" });
const a0 = input("a0", ["B", 4]);

const { outputs, final } = scan(
  ([xt], { a }) => {
    const next = tanh(add(linear(xt!, Wax), linear(a, Waa)));
    return { outputs: [next], state: { a: next } };
  },
  { initial: { a: a0 }, xs: [x] },
);

describe("printGraph", () => {
  it("reads like the equations", () => {
    expect(printGraph({ outputs: outputs[0]!, final: final.a }).replaceAll(/ +(?=(int )?(\[|number))/g, "  ")).toBe(
      [
        "input a0  [B, 4]",
        "input x  [T, B, 3]",
        "input Wax  [4, 3]",
        "input Waa  [4, 4]",
        "loop1 = for t = 1..T",
        "  state a from a0",
        "  reads x0 of x",
        "  t1 = matmul(x0, Wax')  [B, 4]",
        "  t2 = matmul(a, Waa')  [B, 4]",
        "  t3 = t1 + t2  [B, 4]",
        "  t4 = tanh(t3)  [B, 4]",
        "  a <- t4",
        "  keeps t4",
        "return outputs = loop1.all(t4)  [T, B, 4]",
        "return final = loop1.last(a)  [B, 4]",
        "",
      ].join("\n"),
    );
  });
  it("writes constants, attributes and kinds", () => {
    const text = printGraph({ best: argMax(matmul(a0, a0, { transA: true })), total: sum(add(a0, constant(0.1))) });
    expect(text).toMatch(/t1 = matmul\(a0', a0\) +\[4, 4\]/);
    expect(text).toMatch(/t3 = a0 \+ 0\.1 +\[B, 4\]/);
    expect(text).toMatch(/t4 = sum\(t3, axes: \[0, 1\]\) +number/);
    expect(text).toMatch(/return best = t2 +int \[4\]/);
  });
  it("gives loops and inputs names of their own", () => {
    const again = scan(([y]) => ({ outputs: [tanh(y!)], state: {} }), { initial: {}, xs: [outputs[0]!] });
    const text = printGraph({ outputs: again.outputs[0]! });
    expect(text).toContain("loop2 = for t = 1..T");
    expect(text).toContain("reads x0_2 of loop1.all(t4)");
  });
});

it("graphSize counts what is done once and at each step", () => {
  expect(graphSize({ y: outputs[0]! })).toEqual({ outside: 0, loops: [{ operations: 4, products: 2 }] });
  const [y] = hoist([outputs[0]!]);
  expect(graphSize({ y: y! })).toEqual({ outside: 1, loops: [{ operations: 3, products: 1 }] });
});
