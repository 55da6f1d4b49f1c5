import { expect, it } from "vitest";
import { random } from "../../base/index.ts";
import type { LoopCode } from "./kernel/loops.ts";
import { type FlatMemory, flatMemory, openMemory, padded, type Region } from "./kernel/memory.ts";
import { cutSlices, sliceRunner } from "./slices.ts";

// Two parameters, their moments, and the sums of 8 workers. The first parameter is longer than several blocks.
const sizes = [13_011, 5, 4096];
const offsets = sizes.map((_, i) => sizes.slice(0, i).reduce((sum, size) => sum + padded(size), 0));
const stride = sizes.reduce((sum, size) => sum + padded(size), 0);
const part = (base: number, i: number): Region => ({ offset: base * stride + offsets[i]!, size: sizes[i]! });
const [parameters, moments, sums] = [0, 1, 2];

const r = random(3);
const values = Float32Array.from({ length: 10 * stride }, () => r.uniform() - 0.5);

/** p -= rate g;  m = m + g g */
const code: LoopCode = {
  arrays: 3,
  numbers: 1,
  instructions: [
    { op: "mul", operands: [{ number: 0 }, { array: 2 }] },
    { op: "sub", operands: [{ array: 0 }, { result: 0 }] },
    { op: "mul", operands: [{ array: 2 }, { array: 2 }] },
    { op: "add", operands: [{ array: 1 }, { result: 2 }] },
  ],
  stores: [
    { array: 0, value: { result: 1 } },
    { array: 1, value: { result: 3 } },
  ],
};
const loops = sizes.map((_, i) => ({ code, regions: [part(parameters, i), part(moments, i), part(sums, i)] }));
/** The norm of the gradients, of the second parameter, and of the last gradient. */
const squares = [{ offset: sums * stride, size: stride }, part(parameters, 0), part(sums, 2)];

/** The sums of 8 shards, of which some are absent; `workers` of them each add neighboring ones first. */
function step(workers: number, present: readonly boolean[], memory: FlatMemory) {
  memory.floats.set(values);
  for (const list of [parameters, moments, ...Array.from({ length: 8 }, (_, k) => sums + k)])
    for (const [i, size] of sizes.entries())
      memory.floats.fill(0, part(list, i).offset + size, part(list, i).offset + padded(size));
  const all = Array.from({ length: 8 }, (_, i) => ({ offset: (sums + i) * stride, size: stride }));
  const own = 8 / workers;
  const groups = Array.from({ length: workers }, (_, i) => [i * own, (i + 1) * own]);
  for (const [from, to] of groups)
    for (const slice of cutSlices(all.slice(from, to), { squares: [], loops: [] }).slices)
      sliceRunner(slice, memory).reduce(present.slice(from, to));
  const first = groups.map(([from]) => all[from!]!);
  const { slices, join } = cutSlices(first, { squares, loops });
  const threads = slices.map((slice) => sliceRunner(slice, openMemory(memory.storage, memory.floats.length)));
  const here = groups.map(([from, to]) => present.slice(from, to).includes(true));
  const norms = join(threads.map((thread) => thread.reduce(here)));
  for (const thread of threads) thread.update([[0.1], undefined, [0.3]]);
  return { norms, floats: memory.floats.slice(0, 3 * stride) };
}

it.each([[[true, true, true, true, true, true, true, true]], [[true, false, true, true, false, false, true, false]]])(
  "slices of 1, 2, 4 and 8 workers = the same bits: shards with rows %j",
  (present) => {
    const length = 10 * stride;
    const alone = step(1, present, flatMemory(length));
    for (const workers of [2, 4, 8])
      expect(step(workers, present, flatMemory(length, { shared: true }))).toEqual(alone);
    expect(step(4, present, flatMemory(length, { plain: true, shared: true }))).toEqual(alone);
    const [all, second, third] = squares.map(({ offset, size }) =>
      alone.floats.subarray(offset, offset + size).reduce((sum, x) => sum + x * x, 0),
    );
    expect(alone.norms[0]).toBeCloseTo(all!, 6);
    expect(alone.norms[2]).toBeCloseTo(third!, 6);
    expect(alone.norms[1]).not.toBeCloseTo(second!, 6); // it was updated
  },
);
