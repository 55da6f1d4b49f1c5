// A scan becomes one ONNX Scan node. The body reads captured tensors by their names in the outer scope.
import { insideBody } from "../../tensor/graph.ts";
import { scanOperands } from "../../tensor/scan.ts";
import { isOp, type Tensor } from "../../tensor/tensor.ts";
import type { LoweringContext } from "./lower-context.ts";
import type { OnnxGraph, OnnxValue } from "./model.ts";

/** Lowers a loop. `read`: what the scope reads of it; `lowerTensors` lowers the body. */
export function lowerScan(
  context: LoweringContext,
  loop: Tensor<"scan">,
  read: readonly Tensor[],
  lowerTensors: (inside: readonly Tensor[]) => void,
): void {
  const { body, reverse } = loop.attrs;
  const { initial, xs } = scanOperands(loop);
  const finals = read.filter((tensor) => isOp(tensor, "scanFinal"));
  const stacked = read.filter((tensor) => isOp(tensor, "scanStacked"));
  const ys = [...new Set(stacked.map((tensor) => tensor.attrs.tensor))];
  const roots = [...body.next, ...ys];
  const placeholders = [...body.states, ...body.xs];
  const { inside } = insideBody(body, roots);

  const inputs: OnnxValue[] = [];
  const outputs: OnnxValue[] = [];
  const nodes = context.scope(() => {
    for (const placeholder of placeholders) {
      const name = context.fresh();
      context.setName(placeholder, name);
      inputs.push({ name, dtype: placeholder.dtype, shape: placeholder.shape });
    }
    const own = inside.filter((tensor) => !context.isNamed(tensor)); // the scope around may have some already
    lowerTensors(own);
    const taken = new Set<string>(placeholders.map((tensor) => context.name(tensor)));
    const isOwn = new Set<Tensor>(own);
    for (const root of roots) {
      // An output of a body must be a result of one of its nodes, and of no other output.
      const value = context.name(root);
      const name = taken.has(value) || !isOwn.has(root) ? context.emit("Identity", [value]) : value;
      taken.add(name);
      outputs.push({ name, dtype: root.dtype, shape: root.shape });
    }
  });
  const graph: OnnxGraph = {
    name: `body${loop.id}`,
    nodes,
    constants: [],
    inputs,
    outputs,
  };
  const results = roots.map(() => context.fresh());
  const direction = reverse ? 1 : 0;
  context.add({
    type: "Scan",
    inputs: [...initial, ...xs].map((tensor) => context.name(tensor)),
    outputs: results,
    attributes: {
      body: graph,
      num_scan_inputs: xs.length,
      scan_input_directions: xs.map(() => direction),
      ...(ys.length ? { scan_output_directions: ys.map(() => direction) } : {}),
    },
  });
  for (const tensor of finals) context.setName(tensor, results[tensor.attrs.index]!);
  for (const tensor of stacked) context.setName(tensor, results[body.next.length + ys.indexOf(tensor.attrs.tensor)]!);
}
