// The time loop as operations: `scan.ts` builds it, `compile/gradient-scan.ts` differentiates it, engines run it.
import type { Ops } from "../op.ts";
import type { Tensor } from "../tensor.ts";

const loops: Ops<"scan" | "scanFinal" | "scanStacked"> = {
  scan: { kind: "loop", shape: () => ({ shape: [], dtype: "float" }) },
  scanFinal: {
    kind: "loop",
    shape: ([scan], { index }) => {
      const { shape, dtype } = (scan as Tensor<"scan">).attrs.body.states[index]!;
      return { shape, dtype };
    },
  },
  scanStacked: {
    kind: "loop",
    shape: ([scan], { tensor }) => {
      const { body } = (scan as Tensor<"scan">).attrs;
      const time = scan!.inputs[body.states.length]!.shape[0]!;
      return { shape: [time, ...tensor.shape], dtype: tensor.dtype };
    },
  },
};
export default loops;
