// Work on whole rows along the last axis: softmax and its relatives, and the index of the greatest element. Some threads
// share a row; the greatest element is taken out first, so that no exponential overflows.
import { product } from "../../tensor/shape.ts";
import { isOp, type Tensor } from "../../tensor/tensor.ts";
import type { Code, Home, Loop } from "./code.ts";
import { Draft, type Environment } from "./draft.ts";
import { floatText, read } from "./emit.ts";
import type { Index } from "./index-of.ts";

const threads = 256;

export const isRowOp = ({ op }: Tensor): boolean =>
  ["softmax", "logSoftmax", "crossEntropy", "crossEntropyGrad", "argMax"].includes(op);

export function rowKernel(
  environment: Environment,
  tensor: Tensor,
  to: Home,
  loop: Loop | undefined,
  lanes: number,
): Draft {
  const { parameters } = environment;
  const x = tensor.inputs[0]!;
  const count = product(x.shape.slice(0, -1));
  const width = parameters.dim(x.shape.at(-1)!);
  const side = threads / lanes;
  const groups = parameters.groups((size) => Math.min(Math.ceil(size(count) / side), 32768));
  const draft = new Draft(environment, tensor.op, threads, loop, groups);
  draft.workgroup.push(`var<workgroup> W: array<f32, ${threads}>;`);
  if (tensor.op === "argMax") draft.workgroup.push(`var<workgroup> I: array<u32, ${threads}>;`);
  const { body } = draft;
  const lane = body.let(`(lid % ${lanes}u)`);
  const blocks = body.let(`((${parameters.dim(count)} + ${side - 1}u) / ${side}u)`);
  const element = (code: Code, column: string): string => {
    const index: Index = { shape: x.shape, flat: code.let(`(row * ${width} + ${column})`) };
    return read({ draft, own: new Set() }, x, index, code);
  };
  const overRow = (code: Code, write: (inner: Code, value: string) => void) =>
    code.block(`for (var j = ${lane}; j < ${width}; j += ${lanes}u)`, (inner) => write(inner, element(inner, "j")));
  /** Leaves in the first lane's W what all lanes give together, then in `name` of all. */
  const combine = (code: Code, name: string, join: (a: string, b: string) => string) => {
    code.add(`W[lid] = ${name};`);
    for (let step = lanes / 2; step >= 1; step /= 2)
      code.add("workgroupBarrier();", `if (${lane} < ${step}u) { W[lid] = ${join("W[lid]", `W[lid + ${step}u]`)}; }`);
    code.add("workgroupBarrier();", `${name} = W[lid - ${lane}];`, "workgroupBarrier();");
  };

  body.block(`for (var block = wg.x; block < ${blocks}; block += ${groups})`, (code) => {
    // Rows past the last are done like the last, and not stored.
    code.add(`let own = block * ${side}u + lid / ${lanes}u;`, `let row = min(own, ${parameters.dim(count)} - 1u);`);
    const live = `own < ${parameters.dim(count)}`;
    if (tensor.op === "argMax") {
      argMax(code);
      return;
    }
    code.add("var top = -3.4028234e38;", "var total = 0.0;", "var mean = 0.0;");
    overRow(code, (inner, value) => inner.add(`top = max(top, ${value});`));
    combine(code, "top", (a, b) => `max(${a}, ${b})`);
    overRow(code, (inner, value) => inner.add(`total += exp(${value} - top);`, `mean += ${value};`));
    combine(code, "total", (a, b) => `${a} + ${b}`);
    const store = (inner: Code, column: string, value: string) =>
      inner.block(`if (${live})`, (branch) =>
        draft.store(to, "float", { shape: x.shape, flat: branch.let(`(row * ${width} + ${column})`) }, value, branch),
      );
    if (isOp(tensor, "softmax")) {
      overRow(code, (inner, value) => store(inner, "j", inner.let(`(exp(${value} - top) / total)`)));
    } else if (isOp(tensor, "logSoftmax")) {
      code.add("let lse = log(total);");
      overRow(code, (inner, value) => store(inner, "j", inner.let(`((${value} - top) - lse)`)));
    } else if (isOp(tensor, "crossEntropy")) {
      const { smoothing } = tensor.attrs;
      if (smoothing > 0) combine(code, "mean", (a, b) => `${a} + ${b}`);
      const target = code.let(`min(u32(max(${idOf(code)}, 0i)), ${width} - 1u)`);
      const right = element(code, target);
      // In differences from the greatest element, which keeps small losses exact.
      const rest = smoothing > 0 ? ` - ${floatText(smoothing)} * (mean / f32(${width}) - top)` : "";
      const value = code.let(`(log(total) - ${floatText(1 - smoothing)} * (${right} - top)${rest})`);
      code.block(`if (${lane} == 0u && ${live})`, (branch) =>
        draft.store(to, "float", { shape: tensor.shape, flat: "row" }, value, branch),
      );
    } else if (isOp(tensor, "crossEntropyGrad")) {
      const { smoothing } = tensor.attrs;
      const target = code.let(`u32(${idOf(code)})`);
      const g = read(
        { draft, own: new Set() },
        tensor.inputs[2]!,
        { shape: tensor.inputs[2]!.shape, flat: "row" },
        code,
      );
      overRow(code, (inner, value) => {
        const wanted =
          `select(0.0, ${floatText(1 - smoothing)}, j == ${target})` +
          (smoothing > 0 ? ` + ${floatText(smoothing)} / f32(${width})` : "");
        store(inner, "j", inner.let(`((exp(${value} - top) / total - (${wanted})) * ${g})`));
      });
    }
  });
  return draft;

  function idOf(code: Code): string {
    const ids = tensor.inputs[1]!;
    return read({ draft, own: new Set() }, ids, { shape: ids.shape, flat: "row" }, code);
  }

  /** The first of equal greatest elements. */
  function argMax(code: Code): void {
    code.add("var top = -3.4028234e38;", "var best = 0xffffffffu;");
    overRow(code, (inner, value) => {
      const number = inner.let(`f32(${value})`);
      inner.add(`if (${number} > top || best == 0xffffffffu) { top = ${number}; best = j; }`);
    });
    code.add("W[lid] = top;", "I[lid] = best;");
    for (let step = lanes / 2; step >= 1; step /= 2) {
      const other = `lid + ${step}u`;
      code.add(
        "workgroupBarrier();",
        `if (${lane} < ${step}u && (W[${other}] > W[lid] || (W[${other}] == W[lid] && I[${other}] < I[lid]))) { W[lid] = W[${other}]; I[lid] = I[${other}]; }`,
      );
    }
    code.block(`if (${lane} == 0u && own < ${parameters.dim(count)})`, (branch) =>
      draft.store(to, "int", { shape: tensor.shape, flat: "row" }, "i32(I[lid])", branch),
    );
    code.add("workgroupBarrier();");
  }
}
