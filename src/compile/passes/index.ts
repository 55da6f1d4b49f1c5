import type { Tensor } from "../../tensor/tensor.ts";

export function optimize(outputs: Readonly<Record<string, Tensor>>): Readonly<Record<string, Tensor>> {
  return outputs;
}
