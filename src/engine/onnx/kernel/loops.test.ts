import { expect, it } from "vitest";
import { random } from "../../../base/index.ts";
import { compileLoop, type Instruction, type LoopCode, type Operand } from "./loops.ts";
import { type FlatMemory, flatMemory } from "./memory.ts";

/** A random expression over three arrays and two numbers; its last two results are stored. */
function draw(seed: number): LoopCode {
  const r = random(seed);
  const ops: Instruction["op"][] = ["abs", "neg", "sqrt", "add", "sub", "mul", "div", "minimum", "maximum"];
  const instructions: Instruction[] = [];
  const operand = (): Operand => {
    const kind = r.below(instructions.length > 0 ? 3 : 2);
    if (kind === 0) return { array: r.below(3) };
    return kind === 1 ? { number: r.below(2) } : { result: r.below(instructions.length) };
  };
  for (let i = 0; i < 8; i++) {
    const op = ops[r.below(ops.length)]!;
    const unary = ["abs", "neg", "sqrt"].includes(op);
    instructions.push({ op, operands: unary ? [operand()] : [operand(), operand()] });
  }
  const stores = [
    { array: 0, value: { result: 7 } },
    { array: 2, value: { result: 6 } },
  ];
  return { arrays: 3, numbers: 2, instructions, stores };
}

function fill(memory: FlatMemory, seed: number): void {
  const r = random(seed);
  for (let i = 0; i < memory.floats.length; i++) memory.floats[i] = r.normal() * 10 ** (r.below(8) - 4);
}

const size = 1003;
const stride = 1008;
const regions = [0, 1, 2].map((i) => ({ offset: i * stride, size }));

it("the WebAssembly loop = the plain loop, bit for bit, on random expressions", () => {
  for (let seed = 0; seed < 30; seed++) {
    const memories = [flatMemory(3 * stride), flatMemory(3 * stride, { plain: true })];
    expect(memories.map(({ memory }) => memory !== undefined)).toEqual([true, false]);
    const [fast, slow] = memories.map((memory) => {
      fill(memory, seed);
      compileLoop(draw(seed), memory)(regions, [0.1, -2.7]);
      return regions.map((region) => memory.view(region).slice());
    });
    expect(fast).toEqual(slow);
  }
});

it("sums and squared norms are the same without WebAssembly", () => {
  for (const count of [1, 7, 16, 1003]) {
    const [fast, slow] = [flatMemory(2 * stride), flatMemory(2 * stride, { plain: true })].map((memory) => {
      fill(memory, count);
      const [to, from] = [
        { offset: 0, size: count },
        { offset: stride, size: count },
      ];
      const norm = memory.sumSquares(to);
      memory.add(to, from);
      return { norm, floats: memory.floats.slice() };
    });
    expect(fast).toEqual(slow);
    expect(fast!.norm).toBeGreaterThan(0);
  }
});

it("a sum of squares does not overflow where float32 would", () => {
  const memory = flatMemory(16);
  memory.floats.fill(3e38);
  expect(Math.sqrt(memory.sumSquares({ offset: 0, size: 16 }))).toBeCloseTo(12e38, -33);
});
