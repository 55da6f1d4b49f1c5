// From tensors to kernels. A region is a program or the body of a loop: decides what lies in memory and what is computed
// where it is read, puts element-wise work of one size and level into one kernel, and hands products their epilogues.
//
// The level of a tensor is the number of kernels that must run before the one that computes it.
import { product } from "../../tensor/shape.ts";
import { isOp, type OpName, type Tensor } from "../../tensor/tensor.ts";
import type { Home, Loop } from "./code.ts";
import { type Item, itemsToUnits } from "./items.ts";
import type { Lowering, Unit } from "./lowering.ts";
import { keepsIndex, type Piece } from "./map.ts";
import { isRowOp } from "./rows.ts";
import { viewOf } from "./views.ts";

/** A result that must lie at a home. */
export interface Result {
  readonly value: Tensor;
  /** Anywhere in the arena by default. */
  readonly home?: Home;
  /** After everything else: its place is read as it was before the run. */
  readonly last?: boolean;
}

const heavyOps = new Set<OpName>(["matmul", "sum", "max", "scatterAdd"]);
const isHeavy = (tensor: Tensor): boolean => heavyOps.has(tensor.op) || isRowOp(tensor);
const isLoop = (tensor: Tensor): boolean =>
  tensor.op === "scan" || tensor.op === "scanFinal" || tensor.op === "scanStacked";
const views = new Set<OpName>(["reshape", "transpose", "broadcastTo", "slice", "concat", "cast", "neg", "range"]);
const dear = new Set<OpName>(["exp", "log", "sqrt", "tanh", "sigmoid", "erf", "div"]);

/** Numbers of operations above which a value that several read is stored. */
const worthStoring = 4;

export function lowerRegion(
  builder: Lowering,
  order: readonly Tensor[],
  results: readonly Result[],
  loop?: Loop,
): Unit[] {
  const { environment } = builder;
  const { homes, slices } = environment;
  const inside = order.filter(
    (tensor) => !homes.has(tensor) && !slices.has(tensor) && tensor.inputs.length + Number(tensor.op === "range") > 0,
  );
  const member = new Set(inside);
  const multiplied = new Set<Tensor>();
  for (const tensor of inside) {
    if (!isOp(tensor, "scan")) continue;
    builder.prepareLoop(tensor, order, loop);
    for (const operand of builder.multiplied(tensor, order)) multiplied.add(operand);
  }
  const users = new Map<Tensor, Set<Tensor | Result>>();
  const use = (tensor: Tensor, user: Tensor | Result) => {
    users.set(tensor, (users.get(tensor) ?? new Set()).add(user));
  };
  for (const tensor of inside) for (const operand of tensor.inputs) use(operand, tensor);
  for (const result of results) use(result.value, result);

  const defined = new Set<Tensor>(); // element-wise, in memory
  const concats = new Set<Tensor>();
  const costs = new Map<Tensor, number>();
  for (const tensor of inside) {
    if (isLoop(tensor)) continue;
    const own = dear.has(tensor.op) ? 4 : views.has(tensor.op) ? 0 : 1;
    const cost = own + tensor.inputs.reduce((sum, x) => sum + (costs.get(x) ?? (isOp(x, "constant") ? 0 : 1)), 0);
    costs.set(tensor, cost);
    const readers = [...(users.get(tensor) ?? [])];
    const heavy = isHeavy(tensor);
    const joined = isOp(tensor, "concat");
    const shared = readers.length > 1 && cost > worthStoring;
    const demanded = readers.some((user) => {
      if (!("op" in user)) return false;
      if (isOp(user, "matmul")) return !viewOf(environment, tensor) && !isMatching(tensor);
      if (isOp(user, "scatterAdd")) return user.inputs[0] === tensor && cost > 1;
      if (isOp(user, "gather")) return user.inputs[0] === tensor && cost > 1;
      if (multiplied.has(tensor) && isLoop(user)) return !viewOf(environment, tensor);
      return (isRowOp(user) || isLoop(user)) && cost > worthStoring;
    });
    if (!heavy && !joined && !shared && !demanded) continue;
    const result = results.find(({ value, home, last }) => value === tensor && home && !home.part && !last);
    homes.set(tensor, result?.home ?? { place: builder.place(tensor.shape) });
    costs.set(tensor, 1);
    if (joined) concats.add(tensor);
    else if (!heavy) defined.add(tensor);
  }

  const levels = new Map<Tensor, number>();
  const ready = (tensor: Tensor, same: boolean): number => {
    if (!member.has(tensor)) return 0;
    const level = levelOf(tensor);
    if (defined.has(tensor)) return same ? level : level + 1;
    return homes.has(tensor) || isLoop(tensor) ? level + 1 : inlineLevel(tensor, same);
  };
  const inlineLevel = (tensor: Tensor, same: boolean): number =>
    Math.max(0, ...tensor.inputs.map((x) => ready(x, same && keepsIndex(tensor, x))));
  const levelOf = (tensor: Tensor): number => {
    const known = levels.get(tensor);
    if (known !== undefined) return known;
    const level = isOp(tensor, "scan")
      ? Math.max(
          0,
          ...[tensor, ...order.filter((t) => isOp(t, "scanStacked") && t.inputs[0] === tensor)].flatMap((t) =>
            t.inputs.filter((x) => x !== tensor).map((x) => ready(x, false)),
          ),
        )
      : isLoop(tensor)
        ? levelOf(tensor.inputs[0]!)
        : concats.has(tensor)
          ? Math.max(0, ...tensor.inputs.map((x) => ready(x, true)))
          : inlineLevel(tensor, defined.has(tensor));
    levels.set(tensor, level);
    return level;
  };

  const items: Item[] = [];
  const groups = new Map<string, Piece[]>();
  const put = (piece: Piece, level: number) => {
    const key = `${level}|${product(piece.value.shape)}`;
    const known = groups.get(key);
    if (known) known.push(piece);
    else {
      const pieces = [piece];
      groups.set(key, pieces);
      items.push({ kind: "map", level, pieces });
    }
  };
  for (const tensor of inside) {
    if (isOp(tensor, "scan")) items.push({ kind: "loop", level: levelOf(tensor), tensor });
    else if (isLoop(tensor)) continue;
    else if (defined.has(tensor)) put({ value: tensor, home: homes.get(tensor)!, define: true }, levelOf(tensor));
    else if (isOp(tensor, "concat")) {
      const home = homes.get(tensor)!;
      let start = 0;
      for (const part of tensor.inputs) {
        const { axis } = tensor.attrs;
        put(
          { value: part, home: { ...home, part: { axis, start, whole: tensor.shape } }, define: false },
          ready(part, true),
        );
        start += part.shape[axis] as number;
      }
    } else if (homes.has(tensor)) items.push({ kind: "heavy", level: levelOf(tensor), tensor });
  }
  const copies: { value: Tensor; home: Home; last?: boolean }[] = [];
  for (const { value, home, last } of results) {
    const known = homes.get(value);
    if (home) {
      if (known !== home) copies.push({ value, home, ...(last ? { last } : {}) });
    } else if (!known || known.copy || known.place.area === "store") {
      const made = { place: builder.place(value.shape, { keep: true }) };
      copies.push({ value, home: made });
      builder.outputs.set(value, made);
    } else {
      known.place.keep = true;
      builder.outputs.set(value, known);
    }
  }
  for (const { value, home, last } of copies)
    if (!last) put({ value, home, define: false }, Math.max(0, ready(value, true)));
  const end = Math.max(0, ...items.map(({ level }) => level + 1));
  for (const { value, home, last } of copies) if (last) put({ value, home, define: false }, end);
  items.sort((a, b) => a.level - b.level || Number(a.kind === "loop") - Number(b.kind === "loop"));
  return itemsToUnits(builder, items, { member, loop });
}

/** `cast(ids == range)`: a product with it is a sum of rows by id. It is compared where it is read. */
function isMatching(tensor: Tensor): boolean {
  return isOp(tensor, "cast") && isOp(tensor.inputs[0]!, "equal");
}
