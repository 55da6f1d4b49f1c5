// A kernel while it is being written: what it reads and stores, and what its text needs around the body.
import type { DType, Tensor } from "../../tensor/index.ts";
import { type Area, Code, type Home, type Loop, type Parameters, type Place } from "./code.ts";
import { helpers } from "./helpers.ts";
import { at, coordinatesOf, flatOf, type Index } from "./index-of.ts";

/** What all kernels of a program share. */
export interface Environment {
  readonly parameters: Parameters;
  /** Where the tensors lie that lie somewhere. Others are computed where they are read. */
  readonly homes: Map<Tensor, Home>;
  /** The slices that a loop's body sees of scanned tensors. */
  readonly slices: Map<Tensor, { readonly outer: Tensor; readonly loop: Loop }>;
  /** Number of each dropout mask, which is drawn where it is read. */
  readonly masks: Map<Tensor, number>;
  /** Places that some kernel reads. */
  readonly read: Set<Place>;
  /** A place for an array constant. */
  constant(tensor: Tensor<"constant">): Home;
}

export const wgslType: Record<DType, string> = { float: "f32", int: "i32", bool: "bool" };

export class Draft {
  private readonly counter = { next: 0 };
  /** Computed once, before everything else. */
  readonly head = new Code(this.counter);
  readonly body = this.head.child();
  readonly reads = new Set<Place>();
  readonly writes = new Set<Place>();
  /** Places that are read at another index than the thread's own. */
  readonly scattered = new Set<Place>();
  readonly helpers = new Set<keyof typeof helpers>();
  readonly workgroup: string[] = [];
  private readonly steps = new Map<Loop, { step: string; time: string }>();
  /** Values of one step are not those of the next. */
  era = 0;
  /** Loads and stores go through vectors of four. */
  vectors = false;

  constructor(
    readonly environment: Environment,
    readonly name: string,
    readonly threads: number,
    /** The loop that the kernel is a step of. */
    readonly loop: Loop | undefined,
    /** The number of workgroups; those beyond it count the steps of the loop. */
    readonly groups: string,
  ) {}

  /** The step (0, 1, ..) and the place in time of a loop around this kernel. */
  step(loop: Loop): { step: string; time: string } {
    const known = this.steps.get(loop);
    if (known) return known;
    const step =
      loop === this.loop
        ? this.head.let(`(groups.x - ${this.groups})`)
        : this.head.let(this.element(loop.counter!.area, this.head.let(this.offset(loop.counter!))));
    if (loop !== this.loop) this.reads.add(loop.counter!);
    const result = { step, time: this.timeOf(loop, step) };
    this.steps.set(loop, result);
    return result;
  }

  /** Runs `write` as if the loop were one step further. */
  oneStepLater(loop: Loop, write: () => void): void {
    const now = this.step(loop);
    const step = this.head.let(`(${now.step} + 1u)`);
    this.steps.set(loop, { step, time: this.timeOf(loop, step) });
    this.era++;
    write();
    this.era--;
    this.steps.set(loop, now);
  }

  private timeOf(loop: Loop, step: string): string {
    return loop.reverse ? this.head.let(`(${this.environment.parameters.dim(loop.time)} - 1u - ${step})`) : step;
  }

  private offset(place: Place): string {
    return this.environment.parameters.offset(place);
  }

  /** First element of what lies at a home. */
  base({ place, copy }: Home): string {
    const { parameters } = this.environment;
    const start = this.head.let(this.offset(place));
    if (!copy) return start;
    const { of, loop } = copy;
    const number =
      of === "time"
        ? this.step(loop).time
        : of === "before"
          ? `(${this.step(loop).step} & 1u)`
          : of === "after"
            ? `((${this.step(loop).step} + 1u) & 1u)`
            : `(${parameters.dim(loop.time)} & 1u)`;
    return this.head.let(`(${start} + ${number} * ${parameters.size(place.shape)})`);
  }

  /** The address of an element. */
  address(home: Home, index: Index, code: Code): string {
    const { parameters } = this.environment;
    const base = this.base(home);
    if (!home.part) return code.let(`(${base} + ${flatOf(index, code, parameters)})`);
    const { axis, start, whole } = home.part;
    const coordinates = coordinatesOf(index, code, parameters).map((c, i) =>
      i === axis ? at(c.base, c.add + start) : c,
    );
    return code.let(`(${base} + ${flatOf({ shape: whole, coordinates }, code, parameters)})`);
  }

  element(area: Area, address: string): string {
    const memory = area === "store" ? "S" : "A";
    return this.vectors ? `${memory}[${address} >> 2u][${address} & 3u]` : `${memory}[${address}]`;
  }

  load(home: Home, dtype: DType, index: Index, code: Code): string {
    this.reads.add(home.place);
    this.environment.read.add(home.place);
    if (index.flat !== "i" || this.name !== "map") this.scattered.add(home.place);
    const bits = this.element(home.place.area, this.address(home, index, code));
    return code.let(
      dtype === "float" ? `bitcast<f32>(${bits})` : dtype === "int" ? `bitcast<i32>(${bits})` : `(${bits} != 0u)`,
    );
  }

  /** Stores a value, if any kernel reads the place. */
  store(home: Home, dtype: DType, index: Index, value: string, code: Code): void {
    this.writes.add(home.place);
    const address = this.address(home, index, code);
    const bits = dtype === "bool" ? `select(0u, 1u, ${value})` : `bitcast<u32>(${value})`;
    const { read } = this.environment;
    const line = `${this.element(home.place.area, address)} = ${bits};`;
    code.lazy(() => (home.place.keep || read.has(home.place) ? line : ""));
  }

  /** Stores four neighboring floats; the address is a multiple of four. */
  storeQuad(home: Home, index: Index, value: string, code: Code): void {
    this.writes.add(home.place);
    const address = this.address(home, index, code);
    const memory = home.place.area === "store" ? "S" : "A";
    code.add(`${memory}[${address} >> 2u] = bitcast<vec4<u32>>(${value});`);
  }

  /** The finished text. */
  text(): string {
    const memory = (name: string, binding: number) =>
      `@group(0) @binding(${binding}) var<storage, read_write> ${name}: array<${this.vectors ? "vec4<u32>" : "u32"}>;`;
    return [
      memory("A", 0),
      memory("S", 1),
      "@group(0) @binding(2) var<uniform> P: array<vec4<u32>, 1024>;",
      "@group(0) @binding(3) var<uniform> D: array<vec4<u32>, 256>;",
      ...[...this.helpers].map((name) => helpers[name]),
      ...this.workgroup,
      `@compute @workgroup_size(${this.threads}) fn main(@builtin(workgroup_id) wg: vec3<u32>, @builtin(local_invocation_index) lid: u32, @builtin(num_workgroups) groups: vec3<u32>) {`,
      `if (wg.x >= ${this.groups}) { return; }`,
      this.head.text(),
      this.body.text(),
      "}",
    ].join("\n");
  }
}
