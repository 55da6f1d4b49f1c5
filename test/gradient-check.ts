// Float64 gradient checks: what reverse mode says against central differences, at the defaults of PyTorch's gradcheck
// (step 1e-6, |difference| <= 1e-5 + 1e-3 |numeric|).
import { random } from "../src/base/index.ts";
import { gradient } from "../src/compile/gradient.ts";
import { type Engine, referenceEngine, type Value } from "../src/engine/index.ts";
import { add, cast, constant, type DType, mul, range, reshape, sum, type Tensor, tanh } from "../src/tensor/index.ts";
import { isOp } from "../src/tensor/tensor.ts";

const step = 1e-6;
const atol = 1e-5;
const rtol = 1e-3;

/** Values of a shape: uniform, seeded. */
export function noise(shape: readonly number[], seed = 1, { low = -1.5, high = 1.5 } = {}): Value {
  const source = random(seed);
  const size = shape.reduce((a, b) => a * b, 1);
  const data = Float64Array.from({ length: size }, () => low + (high - low) * source.uniform());
  return { shape, dtype: "float", data };
}

export const ints = (shape: readonly number[], data: readonly number[]): Value => ({
  shape,
  dtype: "int",
  data: Int32Array.from(data),
});

export const bools = (shape: readonly number[], data: readonly number[]): Value => ({
  shape,
  dtype: "bool",
  data: Uint8Array.from(data),
});

/** A scalar that depends on every element of y in its own way: sum(y * weights), the weights tanh of a ramp along each axis. */
export function contract(y: Tensor, seed = 99): Tensor {
  const source = random(seed);
  const slope = () => 1.6 * source.uniform() - 0.8;
  const rank = y.shape.length;
  const ramps = y.shape.map((dim, axis) =>
    mul(
      reshape(
        cast(range(dim), "float"),
        y.shape.map((_, i) => (i === axis ? dim : 1)),
      ),
      slope(),
    ),
  );
  const weights = tanh(ramps.reduce<Tensor>((sum, ramp) => add(sum, ramp), constant(slope(), new Array(rank).fill(1))));
  return sum(mul(y, weights));
}

/** Runs a program once on the reference engine. */
export async function evaluate(
  outputs: Record<string, Tensor>,
  feeds: Record<string, Value>,
  engine: Engine = referenceEngine(),
): Promise<Record<string, Value>> {
  const executable = await engine.compile({ outputs });
  const results = await executable.run(feeds);
  await executable.release();
  return results;
}

/**
 * Compares d loss / d input with central differences for every element of every float input (or only of `wrt`).
 * Returns the faults, one line each; none if all is well.
 */
export async function gradientFaults(
  loss: Tensor,
  inputs: readonly Tensor[],
  feeds: Record<string, Value>,
): Promise<string[]> {
  const wrt = inputs.filter(({ dtype }) => dtype === ("float" satisfies DType));
  const gradients = gradient(loss, wrt);
  const named = Object.fromEntries(gradients.map((g, i) => [`g${i}`, g]));
  const analytic = await evaluate(named, feeds);
  const forward = await referenceEngine().compile({ outputs: { loss } });
  const faults: string[] = [];
  for (const [i, tensor] of wrt.entries()) {
    const name = isOp(tensor, "input") ? tensor.attrs.name : "";
    const { data, shape } = feeds[name]!;
    const got = analytic[`g${i}`]!;
    if (String(got.shape) !== String(shape)) faults.push(`${name}: a gradient of shape [${got.shape}], not [${shape}]`);
    for (let k = 0; k < data.length; k++) {
      const lossAt = async (value: number) => {
        const moved = Float64Array.from(data);
        moved[k] = value;
        return (await forward.run({ ...feeds, [name]: { shape, dtype: "float", data: moved } })).loss!.data[0]!;
      };
      const numeric = ((await lossAt(data[k]! + step)) - (await lossAt(data[k]! - step))) / (2 * step);
      const exact = got.data[k]!;
      if (!(Math.abs(exact - numeric) <= atol + rtol * Math.abs(numeric))) {
        faults.push(`${name}[${k}]: gradient ${exact}, by differences ${numeric}`);
      }
    }
  }
  return faults;
}
