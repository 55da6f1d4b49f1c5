// The gradient of a scan is a scan in the other direction.
//
//   forward    s<t>  = step(x<t>, s<t-1>)                     for t = 1 .. T
//   backward   ds<t-1>, dx<t>, dW<t> = step'(ds<t>, dy<t>, residuals)                 for t = T .. 1
//
// dx<t> is stacked; dW<t> is summed over t after the loop (the sink pass turns that sum into one product).
// Residuals are the forward values that the backward step reads. They are stacked, except those that a cheap operation
// can compute again from other residuals.
import { insideBody, topological } from "../tensor/graph.ts";
import { table } from "../tensor/ops/table.ts";
import { add, sum, zeros } from "../tensor/ops.ts";
import { bodyInput, finalOf, makeScan, scanOperands, stackedOf } from "../tensor/scan.ts";
import { isOp, type Tensor } from "../tensor/tensor.ts";
import { rewriter } from "./rewrite.ts";

type Backpropagate = (
  order: readonly Tensor[],
  seeds: ReadonlyMap<Tensor, Tensor>,
  leaves: ReadonlySet<Tensor>,
) => Map<Tensor, Tensor>;

const isCheap = ({ op }: Tensor): boolean => table[op].cheap === true;

/** Cotangents of a scan's outer operands, from the cotangents of its results. */
export function scanGradient(
  loop: Tensor<"scan">,
  results: readonly { node: Tensor; cotangent: Tensor }[],
  relevant: ReadonlySet<Tensor>,
  backpropagate: Backpropagate,
): [Tensor, Tensor][] {
  const { body, reverse } = loop.attrs;
  const { initial, xs } = scanOperands(loop);
  const stacked = results.flatMap(({ node, cotangent }) =>
    isOp(node, "scanStacked") ? [{ tensor: node.attrs.tensor, cotangent }] : [],
  );
  const { inside, captured } = insideBody(body, [...body.next, ...stacked.map(({ tensor }) => tensor)]);
  const isInside = new Set<Tensor>([...inside, ...body.states, ...body.xs]);

  // The backward state: the cotangent of each float state. Its value before the last step comes from the final states.
  const carried = body.states.map((state, i) => ({ state, i })).filter(({ state }) => state.dtype === "float");
  const ds = carried.map(({ state, i }) => bodyInput(`d${i}`, state.shape, state));
  const dsStart = carried.map(({ state, i }) => {
    const finals = results.filter(({ node }) => isOp(node, "scanFinal") && node.attrs.index === i);
    return finals.length ? finals.map(({ cotangent }) => cotangent).reduce((a, b) => add(a, b)) : zeros(state.shape);
  });
  const dys = stacked.map(({ tensor }, i) => bodyInput(`dy${i}`, tensor.shape, tensor));

  const seeds = new Map<Tensor, Tensor>();
  const seed = (tensor: Tensor, cotangent: Tensor) => {
    const sofar = seeds.get(tensor);
    seeds.set(tensor, sofar ? add(sofar, cotangent) : cotangent);
  };
  for (const [k, { i }] of carried.entries()) seed(body.next[i]!, ds[k]!);
  for (const [i, { tensor }] of stacked.entries()) seed(tensor, dys[i]!);

  // What needs a gradient: every state, the scanned inputs and captured tensors that depend on a leaf outside.
  const wantedXs = body.xs.flatMap((x, i) => (relevant.has(xs[i]!) ? [{ inner: x, outer: xs[i]! }] : []));
  const wantedOuter = captured.filter((tensor) => relevant.has(tensor));
  const leaves = new Set<Tensor>([
    ...carried.map(({ state }) => state),
    ...wantedXs.map(({ inner }) => inner),
    ...wantedOuter,
  ]);
  const cotangents = backpropagate(inside, seeds, leaves);

  // Close the backward body over what it reads of the forward body.
  const extra = dys.map((placeholder, i) => ({ placeholder, outer: stacked[i]!.cotangent }));
  const backs = [...leaves].flatMap((leaf) => cotangents.get(leaf) ?? []);
  const close = residuals(loop, isInside, backs, extra);
  const closed = (leaf: Tensor) => {
    const cotangent = cotangents.get(leaf);
    return cotangent && close(cotangent);
  };
  const nextDs = carried.map(({ state }) => closed(state) ?? zeros(state.shape));
  const dxs = wantedXs.map(({ inner, outer }) => ({ outer, each: closed(inner) }));
  const dOuter = wantedOuter.map((outer) => ({ outer, each: closed(outer) }));
  // A backward step may read nothing of the forward loop (h<t> = h<t-1> + x<t>, read at its end); it still needs T steps.
  if (extra.length === 0) extra.push({ placeholder: bodyInput("step", xs[0]!.shape.slice(1), xs[0]!), outer: xs[0]! });

  const backBody = { states: ds, xs: extra.map(({ placeholder }) => placeholder), next: nextDs };
  const back = makeScan(
    backBody,
    dsStart,
    extra.map(({ outer }) => outer),
    !reverse,
  );
  return [
    ...carried.map(({ i }, k): [Tensor, Tensor] => [initial[i]!, finalOf(back, k)]),
    ...dxs.flatMap(({ outer, each }): [Tensor, Tensor][] => (each ? [[outer, stackedOf(back, each)]] : [])),
    ...dOuter.flatMap(({ outer, each }): [Tensor, Tensor][] =>
      each ? [[outer, sum(stackedOf(back, each), { axes: 0 })]] : [],
    ),
  ];
}

/**
 * A function that rewrites backward tensors so that they read the forward loop through new scanned inputs, which it
 * appends to `extra`.
 */
function residuals(
  loop: Tensor<"scan">,
  isInside: ReadonlySet<Tensor>,
  backs: readonly Tensor[],
  extra: { placeholder: Tensor; outer: Tensor }[],
): (tensor: Tensor) => Tensor {
  const { body } = loop.attrs;
  const { xs } = scanOperands(loop);
  // What the backward pass of a loop inside the body reads of that loop belongs to the forward step too.
  const isForward = (tensor: Tensor): boolean =>
    isInside.has(tensor) || (tensor.op === "scanStacked" && isInside.has(tensor.inputs[0]!));
  const stored = chooseStored(forwardReads(backs, isForward), isForward, new Set(body.xs));
  const ownPlaceholders = new Set<Tensor>(extra.map(({ placeholder }) => placeholder));
  // What lies outside both steps must stay as it is: a copy of a loop out there would be a second loop.
  const isOfAStep = dependence((tensor) => isForward(tensor) || ownPlaceholders.has(tensor));

  return rewriter((tensor) => {
    if (ownPlaceholders.has(tensor) || !isOfAStep(tensor)) return tensor;
    if (!isForward(tensor)) return undefined;
    const place = body.xs.indexOf(tensor);
    if (!stored.has(tensor) && place < 0) return undefined; // computed again, from rewritten operands
    const placeholder = bodyInput(`r${extra.length}`, tensor.shape, tensor);
    extra.push({ placeholder, outer: place >= 0 ? xs[place]! : stackedOf(loop, tensor) });
    return placeholder;
  }).visit;
}

/** The forward tensors that the backward step reads. */
function forwardReads(backs: readonly Tensor[], isForward: (tensor: Tensor) => boolean): Set<Tensor> {
  const order = topological(backs, (tensor) => (isForward(tensor) ? [] : tensor.inputs));
  return new Set(order.filter(isForward));
}

/**
 * Which of them are stored at every step. A cheap one is computed again instead if the backward step has its operands:
 * values from outside, scanned inputs of the forward loop, stored ones, or cheap ones of which the same holds.
 */
function chooseStored(
  read: ReadonlySet<Tensor>,
  isForward: (tensor: Tensor) => boolean,
  scanned: ReadonlySet<Tensor>,
): Set<Tensor> {
  const stored = new Set<Tensor>([...read].filter((tensor) => !isCheap(tensor)));
  const isAvailable = (tensor: Tensor): boolean =>
    !isForward(tensor) ||
    scanned.has(tensor) ||
    stored.has(tensor) ||
    (isCheap(tensor) && tensor.inputs.every(isAvailable));
  for (const tensor of read) if (!isAvailable(tensor)) stored.add(tensor);
  return stored;
}

/** Whether a tensor, or anything that it is computed from, passes the test; remembers its answers. */
function dependence(test: (tensor: Tensor) => boolean): (tensor: Tensor) => boolean {
  const known = new Map<Tensor, boolean>();
  const depends = (tensor: Tensor): boolean => {
    let result = known.get(tensor);
    if (result === undefined) {
      result = test(tensor) || tensor.inputs.some(depends);
      known.set(tensor, result);
    }
    return result;
  };
  return depends;
}
