// A scan becomes one ONNX Scan node. The body reads captured tensors by their names in the outer scope.
import { insideBody } from "../../tensor/graph.ts";
import { scanOperands } from "../../tensor/scan.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Lowering } from "./lower.ts";
import type { OnnxGraph, OnnxValue } from "./model.ts";

/** The results of a scan that a graph reads. */
export interface ScanRequests {
  finals: Tensor<"scanFinal">[];
  stacked: Tensor<"scanStacked">[];
}

export function lowerScan(context: Lowering, loop: Tensor<"scan">, { finals, stacked }: ScanRequests): void {
  const { body, reverse } = loop.attrs;
  const { initial, xs } = scanOperands(loop);
  const ys = [...new Set(stacked.map((tensor) => tensor.attrs.tensor))];
  const roots = [...body.next, ...ys];
  const { inside } = insideBody(body, roots);
  const placeholders = [...body.states, ...body.xs];

  const outputs: OnnxValue[] = [];
  const nodes = context.body(inside, placeholders, () => {
    const taken = new Set<string>(placeholders.map((tensor) => context.name(tensor)));
    const own = new Set<Tensor>(inside);
    for (const root of roots) {
      // An output of a body must be a result of one of its nodes, and of no other output.
      const value = context.name(root);
      const name = taken.has(value) || !own.has(root) ? context.emit("Identity", [value]) : value;
      taken.add(name);
      outputs.push({ name, dtype: root.dtype, shape: root.shape });
    }
  });
  const graph: OnnxGraph = {
    name: `body${loop.id}`,
    nodes,
    constants: [],
    inputs: placeholders.map((tensor) => ({ name: context.name(tensor), dtype: tensor.dtype, shape: tensor.shape })),
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
