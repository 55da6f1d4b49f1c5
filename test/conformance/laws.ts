// The laws that hold for every cell on every engine.
import { afterAll, describe, expect, it } from "vitest";
import { gradient } from "../../src/compile/gradient.ts";
import { referenceEngine } from "../../src/engine/index.ts";
import {
  bidirectional,
  binaryCrossEntropy,
  collect,
  dense,
  freeze,
  initialize,
  type Layer,
  meanSquaredError,
  parameterInputs,
  parameterLayouts,
  recurrent,
  sequenceCrossEntropy,
  stacked,
  under,
} from "../../src/nn/index.ts";
import { input, view } from "../../src/tensor/index.ts";
import { gradientFaults, ints, noise } from "../gradient-check.ts";
import { thorough } from "../thorough.ts";
import { cells, hiddenSizeOf } from "./cells.ts";
import { operations, traceOperation } from "./operations.ts";
import {
  cut,
  each,
  expectClose,
  floats,
  join,
  only,
  type Run,
  type Subject,
  span,
  take,
  total,
  type Values,
  workbench,
  zerosLike,
} from "./subject.ts";
import { maskFeeds, sample, trace } from "./traced.ts";

const D = 3;
const H = 4;
const T = 5;
const B = 3;
const lengths = [5, 2, 3];
/** Where the documents of each row begin; `carried` if the first one goes on with the initial state. */
const rows = [
  { starts: [0, 2, 3], carried: true },
  { starts: [0], carried: true },
  { starts: [0, 3], carried: false },
];

/** The cells that have all laws on an engine that is tried briefly: one state and two, and masks. */
const briefly = new Set(["gru", "lstm", "zoneout"]);
/** The same where nearly all is tried on another engine of the same code. */
const mostBriefly = new Set(["zoneout"]);

/** The layers that the laws are tried on: each cell, and one deep network that reads both ways. */
const layers: Record<string, Layer> = Object.fromEntries(
  Object.entries(cells).map(([name, one]) => [name, recurrent(one.cell, { hiddenSize: hiddenSizeOf(one, D, H) })]),
);
const deep = stacked([
  bidirectional(recurrent(cells.lstm!.cell, { hiddenSize: H })),
  recurrent(cells.gru!.cell, { hiddenSize: 2 }),
]);

/** Registers the laws for an engine. */
export function lawsFor(subject: Subject): void {
  const { engine, tolerance } = subject;
  const { compile, release } = workbench(subject);
  const close = (actual: Values, expected: Values) => expectClose(actual, expected, tolerance);
  const same = async (a: Promise<Values>, b: Promise<Values>) => close(await a, await b);

  describe.each(Object.entries(layers))(`${engine.name}: %s`, (name, layer) => {
    const feeds = sample(layer, D, { T, B });
    const counts = ints([B], lengths);
    const isState = (name: string) => name in layer.build(D).state;
    const program = lazily(() => {
      const { forward, gradients } = trace(layer, D);
      return compile({ ...forward, ...gradients });
    });
    const raggedProgram = lazily(() => {
      const { forward, gradients } = trace(layer, D, { ragged: true });
      return compile({ ...forward, ...gradients });
    });
    afterAll(release);

    if (cells[name]!.cell.masks)
      it("equals the reference in training, with masks", async () => {
        const { forward, gradients } = trace(layer, D, { ragged: true, training: true });
        const outputs = { ...forward, ...gradients };
        const all = { ...feeds, lengths: counts, ...maskFeeds(outputs, { T, B }) };
        const reference = await referenceEngine().compile({ outputs });
        await same((await compile(outputs))(all), reference.run(all));
      });

    it("equals the reference", async () => {
      const { forward, gradients } = trace(layer, D, { ragged: true });
      const reference = await referenceEngine().compile({ outputs: { ...forward, ...gradients } });
      await same((await raggedProgram())({ ...feeds, lengths: counts }), reference.run({ ...feeds, lengths: counts }));
    });

    if (subject.brief && !(subject.brief === "all" ? mostBriefly : briefly).has(name)) return;

    it("no initial state = zeros", async () => {
      const fresh = await compile(trace(layer, D, { state: false }).forward);
      const fromZeros = await (await program())(
        each(feeds, (value, name) => (isState(name) ? zerosLike(value) : value)),
      );
      close(
        await fresh(feeds),
        only(fromZeros, (name) => !name.startsWith("grad.")),
      );
    });

    it("scan = step by step", async () => {
      const run = await program();
      const results = await run(feeds);
      const outputs = [];
      let state = only(feeds, isState);
      for (let t = 0; t < T; t++) {
        const one = await run({ ...feeds, ...state, x: cut(feeds.x!, 0, t, t + 1), dy: cut(feeds.dy!, 0, t, t + 1) });
        outputs.push(one.outputs!);
        state = only(one, isState);
      }
      close(
        { outputs: join(outputs, 0), ...state },
        only(results, (name) => !name.startsWith("grad.")),
      );
    });

    it("a batch = its rows alone", async () => {
      const run = await program();
      const whole = await run(feeds);
      const alone = await Promise.all(span(0, B).map((b) => run(rowOf(feeds, b))));
      close(whole, joinRows(alone));
    });

    it("padded = unpadded, and nothing leaks out of the padding", async () => {
      const padded = await (await raggedProgram())({ ...feeds, lengths: counts });
      const run = await program();
      const alone = await Promise.all(
        lengths.map(async (length, b) => {
          const row = rowOf(feeds, b);
          const results = await run({ ...row, x: cut(row.x!, 0, 0, length), dy: cut(row.dy!, 0, 0, length) });
          return each(results, (value, name) => (inTime(name) ? padded0(value, T) : value));
        }),
      );
      close(padded, joinRows(alone));
    });

    it("a row of no steps keeps its state", async () => {
      const none = await (await raggedProgram())({ ...feeds, lengths: ints([B], [0, 5, 0]) });
      for (const name of Object.keys(feeds).filter(isState)) {
        close({ [name]: take(none[name]!, 0, [0, 2]) }, { [name]: take(feeds[name]!, 0, [0, 2]) });
      }
      close({ outputs: cut(none.outputs!, 1, 0, 1) }, { outputs: zerosLike(cut(none.outputs!, 1, 0, 1)) });
    });

    it("reverse twice = identity", async () => {
      const backward = {
        config: layer.config,
        build: (size: number) => layer.build(size, { layer: 0, reverse: true }),
      };
      const { forward, gradients } = trace(backward, D);
      const run = await compile({ ...forward, ...gradients });
      const turned = (values: Values) =>
        Object.fromEntries(
          Object.entries(values).map(([name, value]) => [
            renamed(name),
            inTime(name) ? take(value, 0, span(0, T).reverse()) : value,
          ]),
        );
      const renamed = (name: string) => (name.endsWith("_reverse") ? name.slice(0, -8) : name);
      const backFeeds = Object.fromEntries(
        Object.entries(turned(feeds)).map(([name, value]) => [name.endsWith("_l0") ? `${name}_reverse` : name, value]),
      );
      close(turned(await run(backFeeds)), await (await program())(feeds));
    });

    it("two halves with carried state = the whole, forward and backward", async () => {
      const run = await program();
      const half = (start: number, end: number) => ({
        x: cut(feeds.x!, 0, start, end),
        dy: cut(feeds.dy!, 0, start, end),
      });
      const states = Object.keys(feeds).filter(isState);
      const first = await run({ ...feeds, ...half(0, 2) });
      const second = await run({ ...feeds, ...half(2, T), ...only(first, isState) });
      // The gradient of the second half at its initial state is the cotangent of the first half's final state.
      const carried = Object.fromEntries(states.map((name) => [`d.${name}`, second[`grad.${name}`]!]));
      const again = await run({ ...feeds, ...half(0, 2), ...carried });
      const whole = await run(feeds);
      close(
        each(whole, (_, name) => {
          if (inTime(name)) return join([again[name]!, second[name]!], 0);
          if (isState(name)) return second[name]!;
          if (isState(name.slice(5))) return again[name]!;
          return total([again[name]!, second[name]!]);
        }),
        whole,
      );
    });

    it("truncation past T = full backpropagation", async () => {
      const more = (value: Values[string]) => join([value, cut(value, 0, 0, 3)], 0);
      const longer = { ...feeds, x: more(feeds.x!), dy: more(feeds.dy!), lengths: ints([B], [T, T, T]) };
      const results = await (await raggedProgram())(longer);
      close(
        each(results, (value, name) => (inTime(name) ? cut(value, 0, 0, T) : value)),
        await (await program())(feeds),
      );
    });

    it("a stream with resets = its documents alone, forward and backward", async () => {
      const { forward, gradients } = trace(layer, D, { resets: true });
      const run = await compile({ ...forward, ...gradients });
      const resets = ints([T, B], documentsOf(rows.map(({ starts }) => starts)));
      const whole = await run({ ...feeds, resetAt: resets });
      const states = Object.keys(feeds).filter(isState);
      const alone = await Promise.all(
        rows.map(async ({ starts, carried }, b) => {
          const row = rowOf(feeds, b);
          const ends = [...starts.slice(1), T];
          const parts = starts.map((start, i) => {
            // The row's initial state belongs to its first document, unless that begins with a reset; its final state
            // to the last.
            const fresh = (name: string) => isState(name) && (i > 0 || !carried);
            const unread = (name: string) => name.startsWith("d.") && i < starts.length - 1;
            return each(row, (value, name) => {
              if (inTime(name)) return cut(value, 0, start, ends[i]!);
              return fresh(name) || unread(name) ? zerosLike(value) : value;
            });
          });
          const program_ = await program();
          const results = await Promise.all(parts.map((part) => program_(part)));
          return each(results[0]!, (value, name) => {
            if (inTime(name))
              return join(
                results.map((one) => one[name]!),
                0,
              );
            if (isState(name)) return results.at(-1)![name]!;
            if (states.includes(name.slice(5))) return carried ? value : zerosLike(value);
            return total(results.map((one) => one[name]!));
          });
        }),
      );
      close(whole, joinRows(alone));
    });

    it("a stream with resets = its documents alone, for a backward direction", async () => {
      const both = bidirectional(layer);
      const { forward, gradients } = trace(both, D, { resets: true, ragged: true, state: false });
      const run = await compile({ ...forward, ...gradients });
      const plain = await compile({ ...trace(both, D, { state: false }).forward });
      const wide = sample(both, D, { T, B });
      const { outputs } = await run({
        ...wide,
        lengths: counts,
        resetAt: ints([T, B], documentsOf(rows.map(({ starts }) => starts))),
      });
      for (const [b, { starts }] of rows.entries()) {
        const row = rowOf(wide, b);
        for (const [i, start] of starts.entries()) {
          const end = Math.min(starts[i + 1] ?? T, lengths[b]!);
          if (start >= end) continue;
          const one = await plain({ ...row, x: cut(row.x!, 0, start, end) });
          close({ y: cut(cut(outputs!, 1, b, b + 1), 0, start, end) }, { y: one.outputs! });
        }
      }
    });

    it("passes on = passes off", async () => {
      for (const ragged of [false, true]) {
        const { forward, gradients } = trace(layer, D, { ragged });
        const plain = await compile({ ...forward, ...gradients }, { optimize: false });
        const run = await (ragged ? raggedProgram : program)();
        await same(run({ ...feeds, lengths: counts }), plain({ ...feeds, lengths: counts }));
      }
    });
  });

  describe(`${engine.name}: a deep network that reads both ways`, () => {
    afterAll(release);

    it("equals the reference, padded, with gradients", async () => {
      const { forward, gradients } = trace(deep, D, { ragged: true });
      const feeds = { ...sample(deep, D, { T, B }), lengths: ints([B], lengths) };
      const outputs = { ...forward, ...gradients };
      const reference = await referenceEngine().compile({ outputs });
      for (const optimize of [true, false]) {
        await same((await compile(outputs, { optimize }))(feeds), reference.run(feeds));
      }
    });

    it("frozen parameters do not move, and the others move as if all did", async () => {
      const moved = await train(compile, (layer) => freeze(layer));
      const free = await train(compile, (layer) => layer);
      expect(moved.names.frozen).toEqual(free.names.trainable.filter((name) => name.startsWith("encoder.")));
      expect(moved.after.frozen).toEqual(moved.before.frozen);
      close({ gradient: moved.firstGradient["project.weight"]! }, { gradient: free.firstGradient["project.weight"]! });
      expect(moved.losses.at(-1)!).toBeLessThan(moved.losses[0]! - 0.01);
      expect(free.losses.at(-1)!).toBeLessThan(moved.losses.at(-1)!);
    });
  });
}

/** Registers the comparison of every operation, and of its gradient, with the reference. */
export function operationsFor(subject: Subject): void {
  const { compile, release } = workbench(subject);
  describe.each(Object.entries(operations))(`${subject.engine.name} = reference: %s`, (op, cases) => {
    afterAll(release);
    const chosen = cases.map((one, i) => [i + 1, one] as const);
    it.each(subject.brief === "all" ? chosen.slice(-1) : chosen)("case %i", async (__, one) => {
      const { inputs, result, loss } = traceOperation(one);
      const float = inputs.filter(({ dtype }) => dtype === "float");
      const gradients = gradient(loss, float);
      const outputs = { result, ...Object.fromEntries(gradients.map((g, i) => [`grad.${i}`, g])) };
      const reference = await referenceEngine().compile({ outputs });
      const expected = await reference.run(one.feeds);
      for (const optimize of op.startsWith("scan") ? [true, false] : [true]) {
        const run = await compile(outputs, { optimize });
        expectClose(await run(one.feeds), expected, subject.tolerance);
      }
    });
  });
}

/** Gradients by reverse mode against central differences, for every cell: a law of the graph, whatever the engine. */
export function gradientLaws(): void {
  describe.each(Object.entries(cells))("gradient check: %s", (name, one) => {
    const layer = recurrent(one.cell, { hiddenSize: hiddenSizeOf(one, 2, 3) });
    const feeds = sample(layer, 2, { T: 3, B: 2 });
    it("all parameters, the input and the initial state", async () => {
      const { loss, inputs } = trace(layer, 2);
      expect(await gradientFaults(loss, inputs, feeds)).toEqual([]);
    });
    if (one.cell.masks)
      it("in training, with masks", async () => {
        const { loss, inputs, forward } = trace(layer, 2, { training: true });
        const masks = maskFeeds(forward, { T: 3, B: 2 });
        expect(Object.keys(masks).length).toBeGreaterThan(0);
        expect(await gradientFaults(loss, inputs, { ...feeds, ...masks })).toEqual([]);
      });
    if (!thorough && !briefly.has(name)) return;
    it("padded and backward", async () => {
      const { loss, inputs } = trace(bidirectional(layer), 2, { ragged: true });
      const wide = { ...sample(bidirectional(layer), 2, { T: 3, B: 2 }), lengths: ints([2], [3, 1]) };
      expect(await gradientFaults(loss, inputs, wide)).toEqual([]);
    });
  });
}

/** The losses, with each option. */
export function lossGradientLaws(): void {
  const logits = input("logits", ["T", "B", 4]);
  const a = input("a", ["T", "B"]);
  const targets = input("targets", ["T", "B"], { dtype: "int" });
  const wanted = input("wanted", ["T", "B"]);
  const weights = input("weights", ["T", "B"]);
  const feeds = {
    logits: noise([3, 2, 4], 1),
    a: noise([3, 2], 2),
    wanted: noise([3, 2], 3, { low: 0.1, high: 0.9 }),
    weights: noise([3, 2], 4, { low: 0.2, high: 1 }),
    targets: ints([3, 2], [0, 3, 1, 2, 2, 0]),
  };
  const losses = {
    "cross-entropy": sequenceCrossEntropy(logits, targets),
    "cross-entropy, weighted": sequenceCrossEntropy(logits, targets, { weights }),
    "cross-entropy, smoothed and weighted": sequenceCrossEntropy(logits, targets, { weights, smoothing: 0.2 }),
    "mean squared error": meanSquaredError(a, wanted),
    "mean squared error, weighted": meanSquaredError(a, wanted, { weights }),
    "binary cross-entropy": binaryCrossEntropy(a, wanted),
    "binary cross-entropy, weighted": binaryCrossEntropy(a, wanted, { weights }),
  };
  it.each(Object.entries(losses))("gradient check: %s", async (_, { mean, total }) => {
    for (const loss of [mean, total]) {
      expect(await gradientFaults(loss, [logits, a, wanted, weights], feeds)).toEqual([]);
    }
  });
}

/** A few steps of gradient descent on a tiny tagger. */
async function train(compile: ReturnType<typeof workbench>["compile"], wrap: (layer: Layer) => Layer) {
  const encoder = wrap(recurrent(cells.lstm!.cell, { hiddenSize: H })).build(D);
  const project = dense({ outputSize: 2 }).build(encoder.outputSize);
  const specs = collect({ encoder, project });
  const { trainable, frozen } = parameterLayouts(specs);
  const flat = { trainable: initialize(specs, trainable, 7), frozen: initialize(specs, frozen, 7) };
  const before = { trainable: [...flat.trainable], frozen: [...flat.frozen] };
  const parameters = parameterInputs(specs);
  const x = input("x", ["T", "B", D]);
  const targets = input("targets", ["T", "B"], { dtype: "int" });
  const { outputs } = encoder.apply(under(parameters, "encoder"), x);
  const { outputs: logits } = project.apply(under(parameters, "project"), outputs);
  const loss = sequenceCrossEntropy(logits, targets).mean;
  const wanted = trainable.slots.map(({ name }) => name);
  const gradients = gradient(
    loss,
    wanted.map((name) => parameters[name]!),
  );
  const run: Run = await compile({ loss, ...Object.fromEntries(wanted.map((name, i) => [name, gradients[i]!])) });
  const data = { x: noise([T, B, D], 3), targets: ints([T, B], [0, 1, 1, 0, 1, 0, 0, 1, 0, 1, 1, 0, 1, 1, 0]) };
  const losses: number[] = [];
  let firstGradient: Values = {};
  for (let step = 0; step < 5; step++) {
    const values: Values = {};
    for (const slot of trainable.slots) values[slot.name] = floats(slot.shape, view(flat.trainable, slot));
    for (const slot of frozen.slots) values[slot.name] = floats(slot.shape, view(flat.frozen, slot));
    const { loss: at, ...moves } = await run({ ...data, ...values });
    losses.push(at!.data[0]!);
    if (step === 0) firstGradient = moves;
    for (const slot of trainable.slots) {
      const place = view(flat.trainable, slot);
      moves[slot.name]!.data.forEach((g, i) => {
        place[i]! -= 0.5 * g;
      });
    }
  }
  const names = { trainable: wanted, frozen: frozen.slots.map(({ name }) => name) };
  return { names, before, after: { trainable: [...flat.trainable], frozen: [...flat.frozen] }, losses, firstGradient };
}

/** resetAt [T, B], row-major: 1 where a document begins, in a row that carries its initial state not at step 0. */
const documentsOf = (starts: readonly (readonly number[])[]): number[] =>
  span(0, T).flatMap((t) => starts.map((row, b) => Number(row.includes(t) && (t > 0 || !rows[b]!.carried))));

/** Values with the time axis first. */
const inTime = (name: string) => ["x", "dy", "outputs", "grad.x"].includes(name);
const ofParameter = (name: string) => /^(grad\.)?(weight|bias|norm|decay|W|b)/.test(name);

/** One row of a batch; parameters are not cut. */
function rowOf(feeds: Values, b: number): Values {
  return each(feeds, (value, name) => (ofParameter(name) ? value : cut(value, inTime(name) ? 1 : 0, b, b + 1)));
}

/** Results of single rows as those of the batch: gradients of parameters add up. */
function joinRows(rows: readonly Values[]): Values {
  return each(rows[0]!, (_, name) => {
    const parts = rows.map((row) => row[name]!);
    return ofParameter(name) ? total(parts) : join(parts, inTime(name) ? 1 : 0);
  });
}

/** [t, ...] -> [steps, ...], zeros behind. */
function padded0(value: Values[string], steps: number): Values[string] {
  const size = value.shape.slice(1).reduce((a, b) => a * b, 1);
  const data = new Float64Array(steps * size);
  data.set(value.data);
  return floats([steps, ...value.shape.slice(1)], data);
}

function lazily<V>(make: () => Promise<V>): () => Promise<V> {
  let made: Promise<V> | undefined;
  return () => (made ??= make());
}
