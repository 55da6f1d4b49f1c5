// Looking into the loops of a traced model: at each step a zero is added to each state, as an input of its own,
//
//   h<t> := step(x<t>, h<t-1>) + p<t>,   p = 0,
//
// which changes nothing and makes d loss / d p<t> = d loss / d h<t>, through all that comes after. Works on any cell.
import { rewriter, withInputs } from "../compile/rewrite.ts";
import { insideBody, topological } from "../tensor/graph.ts";
import { add, input } from "../tensor/ops.ts";
import { bodyInput, makeScan, scanOperands, stackedOf } from "../tensor/scan.ts";
import { isOp, type Tensor } from "../tensor/tensor.ts";

export interface ProbedState {
  /** As the cell calls it: `h`, `c`, `a`. */
  name: string;
  /** The zeros that are added, an input [T, B, ...] to be fed and differentiated by. */
  probe: Tensor<"input">;
  /** The state after each step, [T, B, ...]. */
  values: Tensor;
}

export interface ProbedLayer {
  /** Where its parameters are: `encoder l0`, `encoder l0 reverse`. */
  name: string;
  /** It reads from the last step to the first. */
  reverse: boolean;
  /** The axis it runs along: `T`, or `S` for what reads a source. */
  time: string;
  states: ProbedState[];
  /** What its sigmoids give at each step, [T, B, H] each: 0 closed, 1 open. */
  gates: { name: string; values: Tensor }[];
}

export interface Probed {
  /** The results again, over loops with probes. */
  results: Tensor[];
  /** From the first layer to the last. */
  layers: ProbedLayer[];
}

/**
 * Adds probes to the recurrent layers that the results depend on: loops that read parameters named after a layer
 * (`weight_hh_l0`) and run along one of the axes `times`.
 */
export function probeStates(results: readonly Tensor[], times: readonly string[] = ["T"]): Probed {
  const placeholders = new Map<Tensor, Tensor[]>(); // of each loop
  const probes = new Map<Tensor, Tensor>(); // a state after its step -> the placeholder of its probe
  const found: { loop: Tensor<"scan">; layer: Omit<ProbedLayer, "states">; states: Pending[] }[] = [];
  for (const loop of topological(results)) {
    if (!isOp(loop, "scan")) continue;
    const time = String(scanOperands(loop).xs[0]?.shape[0]);
    if (!times.includes(time)) continue;
    const name = layerName(loop);
    if (name === undefined) continue;
    const { body, reverse } = loop.attrs;
    const states = body.states.flatMap((state, i): Pending[] => {
      const after = stepped(body.next[i]!, state);
      if (state.dtype !== "float" || after.op === "input") return [];
      const stateName = (state as Tensor<"input">).attrs.name;
      const probe = input(`probe.${name}.${stateName}`, [time, ...state.shape]) as Tensor<"input">;
      const placeholder = bodyInput(`probe.${stateName}`, state.shape, state);
      probes.set(after, placeholder);
      return [{ name: stateName, probe, placeholder, after }];
    });
    placeholders.set(
      loop,
      states.map(({ placeholder }) => placeholder),
    );
    found.push({ loop, layer: { name, reverse, time, gates: gatesOf(loop) }, states });
  }
  const rewrite = rewriter({
    before(tensor) {
      const probe = probes.get(tensor);
      if (probe) return add(withInputs(tensor, tensor.inputs.map(rewrite.visit)), probe);
      const extra = placeholders.get(tensor);
      if (!extra || !isOp(tensor, "scan")) return undefined;
      const { initial, xs } = scanOperands(tensor);
      const { body, reverse } = tensor.attrs;
      const mine = found.find(({ loop }) => loop === tensor)!.states;
      return makeScan(
        { ...body, xs: [...body.xs, ...extra], next: body.next.map(rewrite.visit) },
        initial.map(rewrite.visit),
        [...xs.map(rewrite.visit), ...mine.map(({ probe: zeros }) => zeros)],
        reverse,
      );
    },
  });
  return {
    results: results.map(rewrite.visit),
    layers: found.map(({ loop, layer, states }) => ({
      ...layer,
      states: states.map(({ name, probe, after }) => ({
        name,
        probe,
        values: stackedOf(rewrite.visit(loop), rewrite.visit(after)),
      })),
      gates: layer.gates.map(({ name, values }) => ({
        name,
        values: stackedOf(rewrite.visit(loop), rewrite.visit(values)),
      })),
    })),
  };
}

interface Pending {
  name: string;
  probe: Tensor<"input">;
  placeholder: Tensor;
  after: Tensor;
}

/** The state after the step; in a ragged batch it is kept past a row's end by a select, which stands outside the step. */
const stepped = (next: Tensor, state: Tensor): Tensor =>
  isOp(next, "select") && next.inputs[2] === state ? next.inputs[1]! : next;

/** `encoder l0 reverse`, from a parameter `encoder.weight_hh_l0_reverse` that the loop reads. */
function layerName(loop: Tensor<"scan">): string | undefined {
  const { captured } = insideBody(loop.attrs.body, loop.attrs.body.next);
  for (const tensor of topological(captured)) {
    if (!isOp(tensor, "input") || tensor.attrs.kind !== "parameter") continue;
    const match = /^(?:(.*)\.)?[^.]+?_(l\d+)(_reverse)?$/.exec(tensor.attrs.name);
    if (match) return [match[1], match[2], match[3] && "reverse"].filter(Boolean).join(" ");
  }
  return undefined;
}

/** Names of a cell's gates by their place in the stacked weights, for 4, 3 and 2 blocks of rows (PyTorch's orders). */
const gateNames: Readonly<Record<number, readonly string[]>> = {
  4: ["input", "forget", "candidate", "output"],
  3: ["reset", "update", "candidate"],
  2: ["update", "candidate"],
};

/** The sigmoids of a body. One over a slice of stacked gates has a name; the others are numbered. */
function gatesOf(loop: Tensor<"scan">): { name: string; values: Tensor }[] {
  const { inside } = insideBody(loop.attrs.body, loop.attrs.body.next);
  const sigmoids = inside.filter((tensor) => tensor.op === "sigmoid");
  return sigmoids
    .map((values, n) => {
      const cut = topological([values], (t) => (isOp(t, "slice") ? [] : t.inputs)).find((t) => isOp(t, "slice"));
      if (!cut || !isOp(cut, "slice")) return { name: `gate ${n + 1}`, place: n, values };
      const { start, end, axis } = cut.attrs;
      const blocks = (cut.inputs[0]!.shape[axis] as number) / (end - start);
      const place = start / (end - start);
      return { name: gateNames[blocks]?.[place] ?? `gate ${n + 1}`, place, values };
    })
    .sort((a, b) => a.place - b.place)
    .map(({ name, values }) => ({ name, values }));
}
