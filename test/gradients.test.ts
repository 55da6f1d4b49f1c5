// Each operation's gradient, with each of its options, against central differences; some second derivatives too.
import { describe, expect, it } from "vitest";
import { gradient } from "../src/compile/gradient.ts";
import { add, constant, input, max, maximum, sum } from "../src/tensor/ops.ts";
import { operations, traceOperation } from "./conformance/operations.ts";
import { contract, evaluate, gradientFaults, noise } from "./gradient-check.ts";

describe.each(Object.entries(operations))("gradient of %s", (_, cases) => {
  it.each(cases.map((one, i) => [i + 1, one] as const))("case %i", async (__, one) => {
    const { inputs, loss } = traceOperation(one);
    expect(await gradientFaults(loss, inputs, one.feeds)).toEqual([]);
    if (!one.twice) return;
    const float = inputs.filter(({ dtype }) => dtype === "float");
    const first = gradient(loss, float).map((g, i) => contract(g, 100 + i));
    expect(
      await gradientFaults(
        first.reduce((a, b) => add(a, b)),
        inputs,
        one.feeds,
      ),
    ).toEqual([]);
  });
});

describe("gradient", () => {
  it("is 0 where the loss does not depend on a tensor", async () => {
    const x = input("x", [2]);
    const y = input("y", [2]);
    const [gx, gy] = gradient(sum(x), [x, y]);
    const { a, b } = await evaluate({ a: gx!, b: gy! }, { x: noise([2]) });
    expect([...a!.data, ...b!.data]).toEqual([1, 1, 0, 0]);
  });

  it("shares a tie of maximum and of max", async () => {
    const x = input("x", [2]);
    const { a, b } = await evaluate(
      { a: gradient(sum(maximum(x, constant([1, 5], [2]))), [x])[0]!, b: gradient(max(x), [x])[0]! },
      { x: { shape: [2], dtype: "float", data: Float64Array.of(1, 1) } },
    );
    expect([...a!.data]).toEqual([0.5, 0]);
    expect([...b!.data]).toEqual([0.5, 0.5]);
  });

  it("refuses a loss that is not a scalar", () => {
    const x = input("x", [2]);
    expect(() => gradient(x, [x])).toThrow("gradient: expected a scalar float loss, got float [2]");
  });
});
