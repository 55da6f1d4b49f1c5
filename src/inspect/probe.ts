// Probes the loops of a traced model: at each step a zero, a separate input, is added to each state,
//
//   h<t> := step(x<t>, h<t-1>) + p<t>,   p = 0,
//
// which leaves all values unchanged and makes d loss / d p<t> = d loss / d h<t>, through all that comes after. Works on any cell.
import { findLoops } from "../compile/passes/scans.ts";
import { rewriter, withInputs } from "../compile/rewrite.ts";
import type { ParameterSpec } from "../nn/index.ts";
import { insideBody, topological } from "../tensor/graph.ts";
import { add, input, mul } from "../tensor/ops.ts";
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
  /** Values of its sigmoids at each step, [T, B, H] each: 0 closed, 1 open. */
  gates: ProbedGate[];
}

export interface ProbedGate {
  name: string;
  values: Tensor;
  /** With `hold`: the gate is sigmoid(...) * keep + force. Keep 1 and force 0 leave it alone; both are inputs [H]. */
  hold?: { keep: Tensor<"input">; force: Tensor<"input"> };
}

export interface Probed {
  /** The results again, over loops with probes. */
  results: Tensor[];
  /** From the first layer to the last. */
  layers: ProbedLayer[];
}

export interface ProbeOptions {
  /** Axes that loops run along; `T` by default. A window of fixed length is its number: `24`. */
  times?: readonly string[];
  /** The model's parameters: the blocks of rows in a cell's weights name its gates. Without them, gates are numbered. */
  specs?: readonly ParameterSpec[];
  /** Make each gate's value one that can be set from outside, unit by unit: an intervention. */
  hold?: boolean;
}

/**
 * Adds probes to the recurrent layers that the results depend on: loops that read parameters named after a layer
 * (`weight_hh_l0`) and run along one of the axes `times`.
 */
export function probeStates(
  results: readonly Tensor[],
  { times = ["T"], specs = [], hold = false }: ProbeOptions = {},
): Probed {
  const placeholders = new Map<Tensor, Tensor[]>(); // of each loop
  const probes = new Map<Tensor, Tensor>(); // a state after its step -> the placeholder of its probe
  const holds = new Map<Tensor, NonNullable<ProbedGate["hold"]>>();
  const found: { loop: Tensor<"scan">; layer: Omit<ProbedLayer, "states">; states: Pending[] }[] = [];
  const loops = findLoops(results);
  for (const loop of topological(results)) {
    if (!isOp(loop, "scan")) continue;
    const axis = scanOperands(loop).xs[0]?.shape[0];
    if (axis === undefined) continue;
    const time = String(axis);
    if (!times.includes(time)) continue;
    const name = layerName(loop);
    if (name === undefined) continue;
    const { body, reverse } = loop.attrs;
    const states = body.states.flatMap((state, i): Pending[] => {
      const after = stepped(body.next[i]!, state);
      if (state.dtype !== "float" || after.op === "input") return [];
      const stateName = (state as Tensor<"input">).attrs.name;
      const probe = input(`probe.${name}.${stateName}`, [axis, ...state.shape]) as Tensor<"input">;
      const placeholder = bodyInput(`probe.${stateName}`, state.shape, state);
      probes.set(after, placeholder);
      return [{ name: stateName, probe, placeholder, after }];
    });
    placeholders.set(
      loop,
      states.map(({ placeholder }) => placeholder),
    );
    const gates = gatesOf(loops.get(loop)!.inside, parametersOf(loop), specs);
    if (hold)
      for (const gate of gates) {
        const held = (what: string) =>
          input(`hold.${what}.${name}.${gate.name}`, [gate.values.shape.at(-1)!]) as Tensor<"input">;
        holds.set(gate.values, { keep: held("keep"), force: held("force") });
      }
    found.push({ loop, layer: { name, reverse, time, gates }, states });
  }
  const rewrite = rewriter({
    before(tensor) {
      const probe = probes.get(tensor);
      if (probe) return add(withInputs(tensor, tensor.inputs.map(rewrite.visit)), probe);
      const held = holds.get(tensor);
      if (held) return add(mul(withInputs(tensor, tensor.inputs.map(rewrite.visit)), held.keep), held.force);
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
      gates: layer.gates.map(({ name, values }) => {
        const held = holds.get(values);
        return {
          name,
          values: stackedOf(rewrite.visit(loop), rewrite.visit(values)),
          ...(held ? { hold: held } : {}),
        };
      }),
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
  for (const name of parametersOf(loop)) {
    const match = /^(?:(.*)\.)?[^.]+?_(l\d+)(_reverse)?$/.exec(name);
    if (match) return [match[1], match[2], match[3] && "reverse"].filter(Boolean).join(" ");
  }
  return undefined;
}

/** Names of the parameters that a loop reads, or that its scanned inputs are products of. */
function parametersOf(loop: Tensor<"scan">): string[] {
  const { captured } = insideBody(loop.attrs.body, loop.attrs.body.next);
  return topological(captured).flatMap((tensor) =>
    isOp(tensor, "input") && tensor.attrs.kind === "parameter" ? [tensor.attrs.name] : [],
  );
}

/** The sigmoids of a body. One over a block of stacked rows has the name of that gate; the others are numbered. */
function gatesOf(
  inside: readonly Tensor[],
  parameters: readonly string[],
  specs: readonly ParameterSpec[],
): { name: string; values: Tensor }[] {
  const read = new Set(parameters);
  const named = specs.flatMap(({ name, gates }) => (gates && read.has(name) ? [gates] : []));
  const sigmoids = inside.filter((tensor) => tensor.op === "sigmoid");
  return sigmoids
    .map((values, n) => {
      const cut = topological([values], (t) => (isOp(t, "slice") ? [] : t.inputs)).find((t) => isOp(t, "slice"));
      if (!cut || !isOp(cut, "slice")) return { name: undefined, place: n, values };
      const { start, end, axis } = cut.attrs;
      const blocks = (cut.inputs[0]!.shape[axis] as number) / (end - start);
      const place = start / (end - start);
      const gates = named.find(({ length }) => length === blocks);
      return { name: gates?.[place], place, values };
    })
    .sort((a, b) => a.place - b.place)
    .map(({ name, values }, i) => ({ name: name ?? `gate ${i + 1}`, values }));
}
