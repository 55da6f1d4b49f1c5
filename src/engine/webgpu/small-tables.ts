// Sums of rows by id over a small table become a product with a matrix of zeros and ones, which is never stored:
//
//   scatterAdd(ids, updates)[v] = sum over n of (ids[n] == v) updates[n]
import { rewriter } from "../../compile/rewrite.ts";
import { cast, equal, matmul, range, reshape } from "../../tensor/ops.ts";
import { product } from "../../tensor/shape.ts";
import { isOp, type Tensor } from "../../tensor/tensor.ts";

/** Rows up to which a product is faster than sorting. */
const mostRows = 512;

export function smallTables(outputs: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
  const { visit } = rewriter({
    after(tensor) {
      if (!isOp(tensor, "scatterAdd") || tensor.dtype !== "float") return undefined;
      const [ids, updates] = tensor.inputs as [Tensor, Tensor];
      const { rows } = tensor.attrs;
      if (typeof rows !== "number" || rows > mostRows) return undefined;
      const count = product(ids.shape);
      const width = product(tensor.shape.slice(1));
      const matches = equal(reshape(ids, [count, 1]), reshape(range(rows), [1, rows]));
      const sums = matmul(cast(matches, "float"), reshape(updates, [count, width]), { transA: true });
      return reshape(sums, tensor.shape);
    },
  });
  return Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, visit(tensor)]));
}
