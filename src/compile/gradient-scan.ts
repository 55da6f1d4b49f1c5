// The gradient of a scan is a scan in the other direction.
//
//   forward    s<t>  = step(x<t>, s<t-1>)                     for t = 1 .. T
//   backward   ds<t-1>, dx<t>, dW<t> = step'(ds<t>, dy<t>; what the forward step left behind)     for t = T .. 1
//
// dx<t> is stacked; dW<t> is summed over t after the loop (the sink pass turns that sum into one product).
// What the forward step left behind (residuals) is stacked too, except what a cheap operation makes again from
// residuals that are there anyway.
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

  // What wants a gradient: every state, the scanned inputs and captured tensors that depend on a leaf outside.
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
 * A function that rewrites backward tensors so that they read forward values through new scanned inputs, which it
 * appends to `extra`. A cheap forward tensor all of whose operands are at hand is computed again.
 */
function residuals(
  loop: Tensor<"scan">,
  isInside: ReadonlySet<Tensor>,
  backs: readonly Tensor[],
  extra: { placeholder: Tensor; outer: Tensor }[],
): (tensor: Tensor) => Tensor {
  const { body } = loop.attrs;
  const { xs } = scanOperands(loop);
  const stays = new Set<Tensor>(extra.map(({ placeholder }) => placeholder));
  // What the backward pass of a loop inside the body reads of that loop belongs to the forward step too.
  const isForward = (tensor: Tensor): boolean =>
    isInside.has(tensor) || (tensor.op === "scanStacked" && isInside.has(tensor.inputs[0]!));
  // The forward tensors that the backward step reads.
  const read = new Set<Tensor>();
  for (const tensor of topological(backs, (t) => (isForward(t) ? [] : t.inputs))) {
    if (isForward(tensor)) read.add(tensor);
  }
  // Those that are stored: all but the cheap ones whose operands are stored or cheap themselves.
  const stored = new Set<Tensor>([...read].filter((tensor) => !isCheap(tensor)));
  const atHand = (tensor: Tensor): boolean =>
    !isForward(tensor) ||
    stored.has(tensor) ||
    body.xs.includes(tensor) ||
    (isCheap(tensor) && tensor.inputs.every(atHand));
  for (const tensor of read) if (!atHand(tensor)) stored.add(tensor);

  // What lies outside the loop must stay as it is: a copy of a loop out there would be a second loop.
  const known = new Map<Tensor, boolean>();
  const within = (tensor: Tensor): boolean => {
    const sofar = known.get(tensor);
    if (sofar !== undefined) return sofar;
    const result = isForward(tensor) || tensor.inputs.some(within);
    known.set(tensor, result);
    return result;
  };
  for (const tensor of stays) known.set(tensor, true);

  return rewriter((tensor) => {
    if (stays.has(tensor)) return tensor;
    if (!within(tensor)) return tensor;
    if (!isForward(tensor)) return undefined;
    const place = body.xs.indexOf(tensor);
    if (!stored.has(tensor) && place < 0) return undefined; // computed again, from rewritten operands
    const placeholder = bodyInput(`r${extra.length}`, tensor.shape, tensor);
    extra.push({ placeholder, outer: place >= 0 ? xs[place]! : stackedOf(loop, tensor) });
    return placeholder;
  }).visit;
}
