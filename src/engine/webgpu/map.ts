// Element-wise work: one kernel computes many results of one size.
import { product, type Shape, sameShape } from "../../tensor/shape.ts";
import { isOp, type OpName, type Tensor } from "../../tensor/tensor.ts";
import type { Code, Home, Loop } from "./code.ts";
import { Draft, type Environment } from "./draft.ts";
import { type Reader, read } from "./emit.ts";
import type { Index } from "./index-of.ts";

/** A value to be stored. With `define`, the kernel computes it by its operation; else it reads it as anyone does. */
export interface Piece {
  readonly value: Tensor;
  readonly home: Home;
  readonly define: boolean;
}

const threads = 64;
const mostGroups = 16384;

export const domainOf = (pieces: readonly Piece[]): Shape => pieces[0]!.value.shape;

export function mapKernel(environment: Environment, pieces: readonly Piece[], loop: Loop | undefined): Draft {
  const { parameters } = environment;
  const domain = product(domainOf(pieces));
  const groups = parameters.groups((size) => Math.min(Math.ceil(size(domain) / threads), mostGroups));
  const draft = new Draft(environment, "map", threads, loop, groups);
  const total = parameters.dim(domain);
  draft.body.block(`for (var i = wg.x * ${threads}u + lid; i < ${total}; i += ${groups} * ${threads}u)`, (code) =>
    storePieces(draft, pieces, "i", undefined, code),
  );
  return draft;
}

/** Computes all, then stores all, so that no store comes before a load of the same place. */
export function storePieces(
  draft: Draft,
  pieces: readonly Piece[],
  flat: string,
  coordinates: Index["coordinates"],
  code: Code,
  given?: Reader["given"],
): void {
  const own = new Set(pieces.filter(({ define }) => define).map(({ value }) => value));
  const reader: Reader = { draft, own, ownIndex: flat, ...(given ? { given } : {}) };
  const values = pieces.map(({ value }) => {
    const index: Index = {
      shape: value.shape,
      flat,
      ...(coordinates?.length === value.shape.length ? { coordinates } : {}),
    };
    return { index, text: read(reader, value, index, code) };
  });
  for (const [k, { value, home }] of pieces.entries())
    draft.store(home, value.dtype, values[k]!.index, values[k]!.text, code);
}

/** Whether a result element depends on the operand's element at the same place alone. */
export function keepsIndex(tensor: Tensor, operand: Tensor): boolean {
  if (isOp(tensor, "reshape")) return true;
  const moves: readonly OpName[] = ["transpose", "slice", "concat", "gather", "pick", "place", "range"];
  return !moves.includes(tensor.op) && sameShape(tensor.shape, operand.shape);
}
