// A program as kernels. Built once for a program; what depends on lengths comes later, as parameters.
import { insideBody } from "../../tensor/graph.ts";
import { scanOperands } from "../../tensor/scan.ts";
import { type Dim, type DType, dimValue, type Shape } from "../../tensor/shape.ts";
import { isOp, makeTensor, type ScanBody, type Tensor } from "../../tensor/tensor.ts";
import { type Home, type Loop, Parameters, type Place } from "./code.ts";
import { Draft, type Environment } from "./draft.ts";
import type { KernelUnit, Lowering, Unit } from "./lowering.ts";
import { lowerRegion, type Result } from "./region.ts";
import { rotate } from "./rotate.ts";

export interface BuilderOptions {
  /** Lengths of the first run; tiles are chosen by them. */
  readonly lengths: Readonly<Record<string, number>>;
  readonly mostThreads: number;
  /** A place for an array constant, which is filled before the first run. */
  constant(tensor: Tensor<"constant">): Home;
}

interface Prepared {
  readonly loop: Loop;
  readonly states: readonly Place[];
  readonly stacked: readonly { readonly tensor: Tensor; readonly place: Place }[];
}

export class Builder implements Lowering {
  readonly environment: Environment;
  readonly places: Place[] = [];
  /** Where the results lie that may lie anywhere. */
  readonly outputs = new Map<Tensor, Home>();
  readonly mostThreads: number;
  readonly size: (dim: Dim) => number;
  private readonly prepared = new Map<Tensor, Prepared>();
  private readonly lowered = new Set<Tensor>();
  private loops = 0;

  constructor({ lengths, mostThreads, constant }: BuilderOptions) {
    this.mostThreads = mostThreads;
    this.size = (dim) => dimValue(dim, lengths);
    this.environment = {
      parameters: new Parameters(),
      homes: new Map(),
      slices: new Map(),
      masks: new Map(),
      read: new Set(),
      constant,
    };
  }

  place(shape: Shape, { copies = 1, keep = false, rows }: { copies?: Dim; keep?: boolean; rows?: Loop } = {}): Place {
    const place: Place = { id: this.places.length, area: "arena", shape, copies, keep, rows };
    this.places.push(place);
    return place;
  }

  /** A tensor without an operation, for results between two kernels. */
  scratch(shape: Shape, dtype: DType): Tensor {
    const tensor = makeTensor("input", [], { name: "scratch", kind: "body" }, shape, dtype);
    this.environment.homes.set(tensor, { place: this.place(shape) });
    return tensor;
  }

  lowerProgram(order: readonly Tensor[], results: readonly Result[]): Unit[] {
    return lowerRegion(this, order, results);
  }

  kernel(draft: Draft, from?: KernelUnit["from"]): Unit {
    return { kind: "kernel", draft, ...(from ? { from } : {}) };
  }

  /** Gives the results of a loop their places, before anything that reads them is written. */
  prepareLoop(scan: Tensor<"scan">, order: readonly Tensor[], parent: Loop | undefined): void {
    const { homes, slices } = this.environment;
    const { body, reverse } = scan.attrs;
    const { xs } = scanOperands(scan);
    const loop: Loop = { id: this.loops++, time: xs[0]!.shape[0]!, reverse, parent };
    for (const [i, x] of body.xs.entries()) slices.set(x, { outer: xs[i]!, loop });
    const states = body.states.map((state) => {
      const place = this.place(state.shape, { copies: 2 });
      homes.set(state, { place, copy: { of: "before", loop } });
      return place;
    });
    const stacked: { tensor: Tensor; place: Place }[] = [];
    for (const tensor of order) {
      if (tensor.inputs[0] !== scan) continue;
      if (isOp(tensor, "scanFinal"))
        homes.set(tensor, { place: states[tensor.attrs.index]!, copy: { of: "final", loop } });
      if (isOp(tensor, "scanStacked")) {
        const each = tensor.attrs.tensor;
        const known = stacked.find((one) => one.tensor === each);
        const place = known?.place ?? this.place(each.shape, { copies: loop.time, rows: loop });
        if (!known) stacked.push({ tensor: each, place });
        homes.set(tensor, { place });
      }
    }
    this.prepared.set(scan, { loop, states, stacked });
  }

  /** What a loop's body multiplies: outer tensors that must lie in memory. */
  multiplied(scan: Tensor<"scan">, order: readonly Tensor[]): Tensor[] {
    const { body } = scan.attrs;
    const { xs } = scanOperands(scan);
    const stacked = order.flatMap((t) => (isOp(t, "scanStacked") && t.inputs[0] === scan ? [t.attrs.tensor] : []));
    const { inside } = insideBody(body, [...body.next, ...stacked]);
    const products = inside.filter((t) => isOp(t, "matmul"));
    return products.flatMap((t) => t.inputs.map((x) => (body.xs.includes(x) ? xs[body.xs.indexOf(x)]! : x)));
  }

  lowerLoop(scan: Tensor<"scan">, parent: Loop | undefined): Unit[] {
    const { body } = scan.attrs;
    const { initial } = scanOperands(scan);
    const { loop, states, stacked } = this.prepared.get(scan)!;
    const { inside } = insideBody(body, [...body.next, ...stacked.map(({ tensor }) => tensor)]);
    const first = initial.map((value, i): Result => ({ value, home: { place: states[i]! } }));
    const results: Result[] = [
      ...stacked.map(({ tensor, place }): Result => ({ value: tensor, home: { place, copy: { of: "time", loop } } })),
      ...body.next.map((value, i): Result => ({ value, home: { place: states[i]!, copy: { of: "after", loop } } })),
    ];
    const before = lowerRegion(this, [], first, parent);
    const nested = inside.filter((t) => isOp(t, "scan"));
    if (nested.length > 0) loop.counter = this.place([]);
    const again = this.lowered.has(scan) || nested.some((t) => this.prepared.has(t));
    const restore = again ? this.forget(inside, body) : undefined;
    this.lowered.add(scan);
    const units = lowerRegion(this, inside, results, loop);
    const counting = nested.length > 0 ? [this.kernel(countKernel(this.environment, loop))] : [];
    const turned = rotate(this, units, loop, body, states);
    restore?.();
    return [
      ...before,
      { kind: "loop", loop, first: turned?.first ?? [], units: [...counting, ...(turned?.units ?? units)] },
    ];
  }

  /**
   * A loop of which one output captures what a body computes and another does not is computed in both places. What was
   * written of it outside is forgotten inside; the result brings it back.
   */
  private forget(inside: readonly Tensor[], body: ScanBody): () => void {
    const { homes, slices } = this.environment;
    const maps = [homes, slices, this.prepared] as Map<Tensor, unknown>[];
    const before = maps.map((map) => [...map]);
    const own = new Set([...body.states, ...body.xs]);
    for (const tensor of inside) if (!own.has(tensor)) homes.delete(tensor);
    return () => {
      for (const [i, map] of maps.entries()) for (const [tensor, value] of before[i]!) map.set(tensor, value);
    };
  }
}

/** Leaves the step of a loop where the kernels of loops inside it find it. */
function countKernel(environment: Environment, loop: Loop): Draft {
  const draft = new Draft(environment, "count", 1, loop, "1u");
  environment.read.add(loop.counter!);
  draft.store({ place: loop.counter! }, "int", { shape: [], flat: "0u" }, `i32(${draft.step(loop).step})`, draft.body);
  return draft;
}
