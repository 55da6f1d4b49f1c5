// Gather first: rows are looked up after the product instead of before it, where the table is small.
//
//   before   X = E[ids] W' + b      (T*B rows)
//   after    X = (E W' + b)[ids]    (V rows)
//
// With a small vocabulary this reduces the input projection, its weight gradient and its input gradient from T*B rows to V.
import { add, gather, matmul } from "../../tensor/ops.ts";
import { product } from "../../tensor/shape.ts";
import { isOp, type Tensor } from "../../tensor/tensor.ts";
import { rewriter } from "../rewrite.ts";

/** Tables with at most this many rows are multiplied whole when the number of look-ups is not known. */
const smallTable = 1024;

export const gatherFirst = (outputs: readonly Tensor[]): Tensor[] => gatherWhere(outputs, isSmall);

/** For parameters that are baked in: the engine multiplies a table of up to `rows` rows once, when it loads the graph. */
export const gatherBaked =
  (rows: number) =>
  (outputs: readonly Tensor[]): Tensor[] =>
    gatherWhere(outputs, (table) => table.shape.length === 2 && Number(table.shape[0]) <= rows);

function gatherWhere(outputs: readonly Tensor[], worthwhile: (table: Tensor, ids: Tensor) => boolean): Tensor[] {
  const { visit } = rewriter({
    after(tensor) {
      if (isOp(tensor, "matmul")) {
        const [rows, weight] = tensor.inputs as [Tensor, Tensor];
        if (!isOp(rows, "gather") || tensor.attrs.transA || weight.shape.length !== 2) return undefined;
        const [table, ids] = rows.inputs as [Tensor, Tensor];
        return worthwhile(table, ids) ? gather(matmul(table, weight, tensor.attrs), ids) : undefined;
      }
      if (isOp(tensor, "add")) {
        const rows = tensor.inputs.find((operand) => isOp(operand, "gather"));
        const other = tensor.inputs.find((operand) => operand !== rows);
        if (!rows || !other || other.shape.length !== 1) return undefined;
        const [table, ids] = rows.inputs as [Tensor, Tensor];
        return table.shape.length === 2 && worthwhile(table, ids) ? gather(add(table, other), ids) : undefined;
      }
      return undefined;
    },
  });
  return outputs.map(visit);
}

function isSmall(table: Tensor, ids: Tensor): boolean {
  const rows = table.shape[0]!;
  const lookups = product(ids.shape);
  return (
    typeof rows === "number" && table.shape.length === 2 && rows <= (typeof lookups === "number" ? lookups : smallTable)
  );
}
