// A program built for some of its results: kernels, and for each set of lengths the memory and the dispatches.
import { liveOrder } from "../../tensor/graph.ts";
import { type Dim, dimValue } from "../../tensor/shape.ts";
import { isOp, type Tensor } from "../../tensor/tensor.ts";
import { Builder } from "./builder.ts";
import type { Home, Place } from "./code.ts";
import type { Device } from "./device.ts";
import type { Draft } from "./draft.ts";
import { dispatches, draftsOf, layout } from "./layout.ts";
import type { Unit } from "./lowering.ts";
import { mapKernel } from "./map.ts";
import type { Result } from "./region.ts";

export interface BuildOptions {
  readonly outputs: Readonly<Record<string, Tensor>>;
  /** New values of states, by the place of the state. */
  readonly next: readonly { readonly value: Tensor; readonly place: Place }[];
  /** Places of inputs that last: states, constants. */
  readonly stored: ReadonlyMap<Tensor, Place>;
  /** Masks that are drawn on the device, in the order of their numbers. */
  readonly masks: readonly Tensor[];
  readonly lengths: Readonly<Record<string, number>>;
  constant(tensor: Tensor<"constant">): Home;
}

export interface Built {
  readonly units: readonly Unit[];
  readonly places: readonly Place[];
  readonly fed: ReadonlyMap<Tensor<"input">, Place>;
  readonly outputs: ReadonlyMap<string, { readonly tensor: Tensor; readonly place: Place }>;
  readonly pipelines: ReadonlyMap<Draft, GPUComputePipeline>;
  /** The texts of the kernels, for people. */
  readonly texts: readonly string[];
  readonly builder: Builder;
}

/** Dispatches and memory for lengths. */
export interface Plan {
  readonly steps: readonly { readonly pipeline: GPUComputePipeline; readonly groups: number }[];
  readonly offsets: ReadonlyMap<Place, number>;
  readonly words: number;
  readonly parameters: Uint32Array<ArrayBuffer>;
}

export async function build(device: Device, options: BuildOptions): Promise<Built> {
  let staged = new Set<Place>();
  for (;;) {
    const tried = lower(device, options, staged);
    const conflicts = conflictsOf(tried.units);
    if (conflicts.every((place) => staged.has(place))) {
      const drafts = tried.units.flatMap(draftsOf);
      const texts = drafts.map((draft) => draft.text());
      const made = await Promise.all(texts.map((text) => device.pipeline(text)));
      const pipelines = new Map(drafts.map((draft, i) => [draft, made[i]!]));
      return { ...tried, pipelines, texts };
    }
    staged = new Set([...staged, ...conflicts]);
  }
}

/** `staged`: states whose new values must not replace the old ones before everything is done. */
function lower({ mostThreads }: Device, options: BuildOptions, staged: ReadonlySet<Place>) {
  const { outputs, next, stored, masks, lengths, constant } = options;
  const builder = new Builder({ lengths, mostThreads, constant });
  const { homes, masks: numbers } = builder.environment;
  const order = liveOrder([...Object.values(outputs), ...next.map(({ value }) => value)]);
  const fed = new Map<Tensor<"input">, Place>();
  for (const tensor of order) {
    if (!isOp(tensor, "input")) continue;
    const mask = masks.indexOf(tensor);
    const place = stored.get(tensor);
    if (mask >= 0) numbers.set(tensor, mask);
    else if (place) homes.set(tensor, { place });
    else {
      const own = builder.place(tensor.shape);
      fed.set(tensor, own);
      homes.set(tensor, { place: own });
    }
  }
  const later = next.filter(({ place }) => staged.has(place));
  const results: Result[] = [
    ...Object.values(outputs).map((value): Result => ({ value })),
    ...later.map(({ value }): Result => ({ value })),
    ...next
      .filter(({ place }) => !staged.has(place))
      .map(({ value, place }): Result => ({ value, home: { place }, last: true })),
  ];
  for (const { place } of next) place.keep = true;
  const units = builder.lowerProgram(order, results);
  for (const { value, place } of later) {
    const copy = builder.scratch(value.shape, value.dtype);
    homes.set(copy, builder.outputs.get(value)!);
    units.push(
      builder.kernel(mapKernel(builder.environment, [{ value: copy, home: { place }, define: false }], undefined)),
    );
  }
  const named = Object.entries(outputs).map(
    ([name, tensor]) => [name, { tensor, place: builder.outputs.get(tensor)!.place }] as const,
  );
  return { units, places: builder.places, fed, outputs: new Map(named), builder };
}

/** Lasting places that are read when they may have been written already. */
function conflictsOf(units: readonly Unit[]): Place[] {
  const drafts = units.flatMap(draftsOf);
  const conflicts = new Set<Place>();
  for (const [at, draft] of drafts.entries()) {
    for (const place of draft.writes) {
      if (place.area !== "store") continue;
      const elsewhere = drafts.some((other, i) => i > at && (other.reads.has(place) || other.writes.has(place)));
      if (elsewhere || draft.scattered.has(place)) conflicts.add(place);
    }
  }
  return [...conflicts];
}

export function plan(built: Built, lengths: Readonly<Record<string, number>>, stored: (place: Place) => number): Plan {
  const size = (dim: Dim) => dimValue(dim, lengths);
  const { offsets, words } = layout(built.units, built.places, new Set(built.fed.values()), size);
  const { list } = built.builder.environment.parameters;
  const parameters = new Uint32Array(4096);
  for (const [i, one] of list.entries()) {
    parameters[i] =
      one.kind === "dim"
        ? size(one.dim)
        : one.kind === "bits"
          ? one.bits
          : one.kind === "groups"
            ? one.groups(size)
            : one.place.area === "store"
              ? stored(one.place)
              : (offsets.get(one.place) ?? 0);
  }
  const groupsOf = new Map(list.map((one, i) => [built.builder.environment.parameters.text(i), one]));
  const steps = dispatches(built.units, size).flatMap(({ draft, step }) => {
    const one = groupsOf.get(draft.groups);
    const groups = one?.kind === "groups" ? one.groups(size) : 1;
    return groups === 0 ? [] : [{ pipeline: built.pipelines.get(draft)!, groups: groups + step }];
  });
  return { steps, offsets, words, parameters };
}
