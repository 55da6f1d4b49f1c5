// A program on a GPU. Everything stays there: a run writes what is fed, submits one command buffer with one pass, and
// reads back only what is wanted.
import { fail, foldIn, type RandomKey, threefry } from "../../base/index.ts";
import { liveOrder } from "../../tensor/graph.ts";
import { dimValue, product } from "../../tensor/shape.ts";
import { isOp, type Tensor } from "../../tensor/tensor.ts";
import { bindLengths } from "../bindings.ts";
import type { Program, RunOptions, Session, Value, Values } from "../engine.ts";
import { analyze, type Outputs, type ProgramParts } from "../program.ts";
import { checkNames } from "../session.ts";
import { Growing, readBack, usage, valueIn, wordsOf } from "./buffers.ts";
import type { Home, Place } from "./code.ts";
import type { Device } from "./device.ts";
import { type Built, build, type Plan, plan } from "./executable.ts";
import { checkHeld, Store } from "./store.ts";

type Lengths = Readonly<Record<string, number>>;

interface Ready {
  readonly built: Built;
  readonly plan: Plan;
  readonly parameters: GPUBuffer;
  readonly version: number;
  readonly lengths: Lengths;
  group?: GPUBindGroup;
}

/** What decides about kernels besides the program: tiles are chosen by these lengths. */
interface Choices {
  readonly lengths: Lengths;
}

/** Plans for different lengths that are kept. */
const mostPlans = 64;

/** Runs that may be under way at a time; the host waits for the oldest before it starts another. */
const mostPending = 4;

/** A session without shards. `optimize` is applied to all results together. */
export class WebgpuSession implements Session {
  readonly inputs: readonly Tensor<"input">[];
  private readonly parts: ProgramParts;
  private readonly results: Outputs;
  private readonly outputNames: readonly string[];
  private readonly store: Store;
  private readonly places = new Map<string, Place>();
  private readonly stored = new Map<Tensor, Place>();
  private readonly constants = new Map<Tensor, Home>();
  private readonly arena: Growing;
  private readonly drawn: GPUBuffer;
  private readonly built = new Map<string, Promise<Built>>();
  private readonly plans = new Map<string, Ready>();
  private readonly pending: Promise<unknown>[] = [];
  private readonly numbers: readonly string[];
  private chosen: Lengths | undefined;
  private released = false;

  constructor(
    private readonly on: Device,
    program: Program,
    optimize: (outputs: Outputs) => Outputs,
    choices?: unknown,
  ) {
    this.chosen = (choices as Choices | undefined)?.lengths;
    this.parts = analyze({ ...program, shards: undefined });
    this.inputs = this.parts.data;
    this.outputNames = Object.keys(program.outputs);
    this.results = optimize(this.parts.perShard);
    this.numbers = this.outputNames.filter((name) => this.results[name]!.shape.length === 0);
    this.store = new Store(on);
    this.arena = new Growing(on, "memory of a run", false);
    this.drawn = on.device.createBuffer({ size: 4096, usage: usage.uniform | usage.copyTarget });
    for (const [name, reader] of this.parts.state) {
      const next = this.parts.next.get(name);
      const place = this.store.declare(name, reader ?? (next === undefined ? undefined : this.results[next]));
      this.places.set(name, place);
      if (reader) this.stored.set(reader, place);
    }
    for (const tensor of inputsOf(this.results)) {
      const value = program.constants?.[tensor.attrs.name];
      if (!value || this.stored.has(tensor)) continue;
      this.stored.set(tensor, this.store.declare(`constant:${tensor.attrs.name}`, tensor));
      this.store.write(`constant:${tensor.attrs.name}`, value);
    }
  }

  async run(feeds: Values | readonly Values[], { want = this.outputNames, key }: RunOptions = {}) {
    this.open("run");
    checkNames("run(want)", want, this.outputNames);
    const given = Array.isArray(feeds) ? (feeds as readonly Values[])[0]! : (feeds as Values);
    for (const name of Object.keys(given))
      if (this.parts.state.has(name))
        fail({ where: `run(${name})`, expected: "data only", received: "state", hint: "use session.write" });
    const masks = this.parts.masks.filter(({ attrs }) => !given[attrs.name]);
    const fed = [...this.inputs, ...this.parts.masks.filter((mask) => !masks.includes(mask))];
    const lengths = bindLengths(fed, given);
    if (masks.length > 0) this.draw(masks, lengths, key);
    const ready = await this.prepare(want, masks, lengths);
    const { device } = this.on;
    const { steps, offsets } = ready.plan;
    const group = this.group(ready);
    for (const [tensor, place] of ready.built.fed) {
      const words = wordsOf(given[tensor.attrs.name]!);
      if (words.length > 0) device.queue.writeBuffer(this.arena.buffer, offsets.get(place)! * 4, words);
    }
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setBindGroup(0, group);
    let current: GPUComputePipeline | undefined;
    for (const { pipeline, groups } of steps) {
      if (pipeline !== current) pass.setPipeline(pipeline);
      current = pipeline;
      pass.dispatchWorkgroups(groups);
    }
    pass.end();
    device.queue.submit([encoder.finish()]);
    return want.length === 0 ? this.submitted() : this.fetch(want, ready);
  }

  /** Waits where too many runs are under way. */
  private async submitted(): Promise<Record<string, Value>> {
    const done = this.on.device.queue.onSubmittedWorkDone();
    done.catch(() => {}); // heard where it is awaited, or by `check`
    this.pending.push(done);
    if (this.pending.length > mostPending) await this.on.wait(this.pending.shift()!);
    this.on.check();
    return {};
  }

  private async fetch(want: readonly string[], { built, plan: { offsets }, lengths }: Ready) {
    const outputs = want.map((name) => built.outputs.get(name)!);
    const shapes = outputs.map(({ tensor }) => tensor.shape.map((dim) => dimValue(dim, lengths)));
    const words = await readBack(
      this.on,
      outputs.map(({ place }, i) => ({
        buffer: this.arena.buffer,
        offset: offsets.get(place) ?? 0,
        words: shapes[i]!.reduce((a, b) => a * b, 1),
      })),
    );
    this.pending.length = 0;
    this.on.check();
    return Object.fromEntries(want.map((name, i) => [name, valueIn(words[i]!, outputs[i]!.tensor.dtype, shapes[i]!)]));
  }

  /** The kernels for what is wanted, and their plan for these lengths; made when they are first needed. */
  private async prepare(want: readonly string[], masks: readonly Tensor[], lengths: Lengths): Promise<Ready> {
    // Numbers cost nothing: with them, kernels are the same whether a run's loss is read or not.
    const computed = [...new Set([...this.numbers, ...want])];
    const wanted = `${computed.join("\n")}\n\n${masks.map(({ id }) => id).join()}`;
    this.chosen ??= lengths;
    const resolve = ({ shape }: Tensor) => shape.map((dim) => dimValue(dim, lengths));
    for (const [name, reader] of this.parts.state) {
      const read = reader ?? this.results[this.parts.next.get(name) ?? ""];
      if (!read) continue;
      const held = this.store.shape(name);
      if (held && reader) checkHeld(reader, held, resolve(read));
      this.store.reserve(name, resolve(read));
    }
    let made = this.built.get(wanted);
    if (!made) {
      made = build(this.on, {
        outputs: Object.fromEntries(computed.map((name) => [name, this.results[name]!])),
        next: [...this.parts.next].flatMap(([name, result]) => {
          const [value, place] = [this.results[result]!, this.places.get(name)!];
          return this.stored.get(value) === place ? [] : [{ value, place }];
        }),
        stored: this.stored,
        masks,
        lengths: this.chosen,
        constant: (tensor) => this.constant(tensor),
      });
      this.built.set(wanted, made);
      made.catch(() => this.built.delete(wanted));
    }
    const built = await made;
    const key = `${wanted}\n${JSON.stringify(lengths)}`;
    const known = this.plans.get(key);
    this.plans.delete(key); // the last one of the map is the one that was used last
    if (known?.version === this.store.version) {
      this.plans.set(key, known);
      return known;
    }
    known?.parameters.destroy();
    if (this.plans.size >= mostPlans) this.dropOldest();
    const planned = plan(built, lengths, (place) => this.store.offset(place));
    const parameters = this.on.device.createBuffer({ size: 16384, usage: usage.uniform | usage.copyTarget });
    this.on.device.queue.writeBuffer(parameters, 0, planned.parameters);
    const ready = { built, plan: planned, parameters, version: this.store.version, lengths };
    this.plans.set(key, ready);
    return ready;
  }

  private dropOldest(): void {
    const [key, { parameters }] = this.plans.entries().next().value!;
    parameters.destroy(); // after the runs that use it
    this.plans.delete(key);
  }

  choices(): Choices | undefined {
    return this.chosen && { lengths: this.chosen };
  }

  private group(ready: Ready): GPUBindGroup {
    if (this.arena.ensure(ready.plan.words)) for (const one of this.plans.values()) delete one.group;
    ready.group ??= this.on.device.createBindGroup({
      layout: this.on.bindings,
      entries: [this.arena.buffer, this.store.buffer, ready.parameters, this.drawn].map((buffer, binding) => ({
        binding,
        resource: { buffer },
      })),
    });
    return ready.group;
  }

  private constant(tensor: Tensor<"constant">): Home {
    const known = this.constants.get(tensor);
    if (known) return known;
    const name = `constant:${tensor.id}`;
    const home = { place: this.store.declare(name, tensor) };
    const data = tensor.attrs.value as readonly number[];
    const array = tensor.dtype === "float" ? Float32Array.from(data) : Int32Array.from(data);
    this.store.write(name, { shape: tensor.shape as number[], dtype: tensor.dtype, data: array });
    this.constants.set(tensor, home);
    return home;
  }

  /** The words by which kernels draw this run's dropout masks; the same bits as `fillMask`. */
  private draw(masks: readonly Tensor<"input">[], lengths: Lengths, key: RandomKey | undefined): void {
    const expected = "a key: the program draws dropout masks";
    const own = foldIn(key ?? fail({ where: "run(key)", code: "missing", expected, received: "none" }), 0);
    const words = new Uint32Array(4 * masks.length);
    for (const [i, { attrs, shape }] of masks.entries()) {
      words.set(threefry(foldIn(own, attrs.name), dimValue(product(shape), lengths), 0x6d61736b), 4 * i);
      words[4 * i + 2] = Math.round(attrs.keep! * 65536);
    }
    this.on.device.queue.writeBuffer(this.drawn, 0, words);
  }

  async read(names: readonly string[]): Promise<Record<string, Value>> {
    this.open("read");
    checkNames("read", names, [...this.parts.state.keys()]);
    const found = await this.store.read(names);
    this.on.check();
    return found;
  }

  async write(values: Values): Promise<void> {
    this.open("write");
    checkNames("write", Object.keys(values), [...this.parts.state.keys()]);
    for (const [name, value] of Object.entries(values)) {
      const reader = this.parts.state.get(name);
      if (reader) bindLengths([reader], { [name]: value }, "write");
      this.store.write(name, value);
    }
  }

  async copy(from: readonly string[], to: readonly string[]): Promise<void> {
    this.open("copy");
    checkNames("copy", [...from, ...to], [...this.parts.state.keys()]);
    if (from.length !== to.length)
      fail({ where: "copy", expected: `${from.length} names to copy to`, received: String(to.length) });
    this.store.copy(from, to);
  }

  /** What has been built so far, for people who want to look at it. */
  kernels(): Promise<Built[]> {
    return Promise.all(this.built.values());
  }

  /** Dispatches of the plans so far, the longest. */
  dispatchCount(): number {
    return Math.max(0, ...[...this.plans.values()].map(({ plan: { steps } }) => steps.length));
  }

  async release(): Promise<void> {
    if (this.released) return;
    this.released = true;
    await this.on.device.queue.onSubmittedWorkDone().catch(() => {}); // a lost device has nothing under way
    this.store.release();
    for (const buffer of [this.arena.buffer, this.drawn]) buffer.destroy();
    for (const { parameters } of this.plans.values()) parameters.destroy();
  }

  private open(where: string): void {
    if (this.released) fail({ where, problem: "the session was released" });
    this.on.check();
  }
}

function inputsOf(results: Outputs): Tensor<"input">[] {
  return liveOrder(Object.values(results)).filter((tensor): tensor is Tensor<"input"> => isOp(tensor, "input"));
}
