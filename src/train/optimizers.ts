// Optimizers over flat buffers, computed as PyTorch 2.13's CPU kernels do. An optimizer is a value: a name, its options
// and a pure description of what it keeps; the buffers belong to the caller.
import { checkNumber, fail } from "../base/index.ts";
import type { ParameterLayout, ParameterSlot } from "../tensor/parameters.ts";
import { runLoop, type UpdateLoop } from "./kernel/memory.ts";

/** A stretch of the flat buffers that is updated alike. */
export interface ParameterRange {
  /** First float. */
  readonly offset: number;
  /** Number of floats. */
  readonly length: number;
  /** Multiplies the learning rate; 0 freezes the range: parameters and moments do not move at all. Default 1. */
  readonly rate?: number;
  /** Multiplies the weight decay; 0 for biases and embeddings, say. Default 1. */
  readonly decay?: number;
  /** Updates that were made before this range was first trained: its bias correction counts from there. Default 0. */
  readonly since?: number;
}

/** What one update reads and writes. All arrays are flat, of one length; those of one `flatMemory` are fastest. */
export interface UpdateOptions {
  /** Updated in place. */
  parameters: Float32Array;
  /** Read only. */
  gradients: Float32Array;
  /** The moment buffers, in the order of `stateNames`; updated in place, zeros before step 1. */
  state: readonly Float32Array[];
  /** Number of this update, from 1 (for the bias correction). */
  step: number;
  /** Learning rate of this update; the optimizer's own by default. */
  learningRate?: number;
  /** Multiplies each gradient as it is read, so that clipping costs no pass of its own. Default 1. */
  gradientScale?: number;
  /** What to update; by default everything alike. Floats outside every range do not move. */
  ranges?: readonly ParameterRange[];
}

export interface Optimizer {
  readonly name: "sgd" | "rmsprop" | "adam" | "adamW";
  /** The options with their defaults filled in; plain data, for checkpoints. */
  readonly config: { readonly learningRate: number } & Readonly<Record<string, number | boolean | readonly number[]>>;
  /** Names of the moment buffers, PyTorch's: `exp_avg`, `exp_avg_sq`, `momentum_buffer`, `square_avg`. */
  readonly stateNames: readonly string[];
  /** Number of moment buffers: `stateNames.length`. */
  readonly stateBuffers: number;
  /** One update in place. */
  update(options: UpdateOptions): void;
}

/** A loop's numbers, once the range's learning rate and weight decay are known. `scale` multiplies the gradients. */
type Numbers = (at: { rate: number; decay: number; step: number; scale: number }) => number[];

/**
 * Stochastic gradient descent: `p -= learningRate g`, with momentum `b = momentum b + g; p -= learningRate b`
 * (Sutskever et al., 2013). Defaults are PyTorch's: learning rate 1e-3, no momentum, no decay. Weight decay is added to
 * the gradient. `nesterov` looks one step ahead and needs momentum.
 *
 * @example
 * ```ts
 * train(model, data, { optimizer: sgd({ learningRate: 0.5, momentum: 0.9 }) });
 * ```
 */
export function sgd(
  options: { learningRate?: number; momentum?: number; nesterov?: boolean; weightDecay?: number } = {},
) {
  const { learningRate = 1e-3, momentum = 0, nesterov = false, weightDecay = 0 } = options;
  checkCommon("sgd", learningRate, weightDecay);
  checkNumber("sgd(momentum)", momentum, { min: 0, below: 1 });
  if (nesterov && momentum === 0) fail({ where: "sgd(nesterov)", expected: "momentum above 0", received: "0" });
  const config = { learningRate, momentum, nesterov, weightDecay };
  if (momentum === 0)
    return optimizer("sgd", config, [], "sgd", ({ rate, decay, scale }) => [scale, weightDecay * decay, rate]);
  return optimizer("sgd", config, ["momentum_buffer"], "sgdMomentum", ({ rate, decay, scale }) => [
    scale,
    weightDecay * decay,
    rate,
    momentum,
    nesterov ? 1 : 0,
  ]);
}

/**
 * RMSProp (Hinton, lecture 6e, 2012): divides by a running root mean square, `v = alpha v + (1 - alpha) g²;
 * p -= learningRate g / (sqrt(v) + eps)`. Defaults are PyTorch's: learning rate 1e-2, alpha 0.99, eps 1e-8.
 *
 * @example
 * ```ts
 * train(model, data, { optimizer: rmsprop({ learningRate: 1e-3 }) });
 * ```
 */
export function rmsprop(
  options: { learningRate?: number; alpha?: number; eps?: number; momentum?: number; weightDecay?: number } = {},
) {
  const { learningRate = 1e-2, alpha = 0.99, eps = 1e-8, momentum = 0, weightDecay = 0 } = options;
  checkCommon("rmsprop", learningRate, weightDecay);
  checkNumber("rmsprop(alpha)", alpha, { min: 0, below: 1 });
  checkNumber("rmsprop(eps)", eps, { above: 0 });
  checkNumber("rmsprop(momentum)", momentum, { min: 0, below: 1 });
  const config = { learningRate, alpha, eps, momentum, weightDecay };
  const numbers: Numbers = ({ rate, decay, scale }) => [scale, weightDecay * decay, rate, alpha, 1 - alpha, eps];
  if (momentum === 0) return optimizer("rmsprop", config, ["square_avg"], "rmsprop", numbers);
  return optimizer("rmsprop", config, ["square_avg", "momentum_buffer"], "rmspropMomentum", (at) => [
    ...numbers(at),
    momentum,
  ]);
}

export interface AdamOptions {
  learningRate?: number;
  /** Decay of the running means of g and g². */
  betas?: readonly [number, number];
  eps?: number;
  weightDecay?: number;
}

/**
 * Adam (Kingma and Ba, 2015). Defaults are the paper's: learning rate 1e-3, betas 0.9 and 0.999, eps 1e-8. Weight decay
 * (0) is added to the gradient; see {@link adamW} for the one that is not.
 *
 * @example
 * ```ts
 * train(model, data, { optimizer: adam({ learningRate: 1e-3 }) });
 * ```
 */
export function adam(options: AdamOptions = {}): Optimizer {
  return adamFamily("adam", 0, options);
}

/**
 * AdamW (Loshchilov and Hutter, 2019): Adam with the weight decay apart from the gradient,
 * `p = (1 - learningRate weightDecay) p - ...`. Weight decay 1e-2 as in PyTorch, the rest as {@link adam}.
 *
 * @example
 * ```ts
 * train(model, data, { optimizer: adamW({ learningRate: 4e-3, weightDecay: 0.01 }) });
 * ```
 */
export function adamW(options: AdamOptions = {}): Optimizer {
  return adamFamily("adamW", 1e-2, options);
}

function adamFamily(name: "adam" | "adamW", defaultDecay: number, options: AdamOptions): Optimizer {
  const { learningRate = 1e-3, betas = [0.9, 0.999], eps = 1e-8, weightDecay = defaultDecay } = options;
  const [b1, b2] = betas;
  checkCommon(name, learningRate, weightDecay);
  for (const beta of [b1, b2]) checkNumber(`${name}(betas)`, beta, { min: 0, below: 1 });
  checkNumber(`${name}(eps)`, eps, { above: 0 });
  const apart = name === "adamW";
  const config = { learningRate, betas: [b1, b2], eps, weightDecay };
  return optimizer(name, config, ["exp_avg", "exp_avg_sq"], "adam", ({ rate, decay, step, scale }) => [
    scale,
    apart ? 0 : weightDecay * decay,
    apart ? 1 - rate * weightDecay * decay : 1,
    1 - b1,
    b2,
    1 - b2,
    1 / Math.sqrt(1 - b2 ** step), // both means start at 0; dividing by 1 - b^t takes that bias away
    eps,
    rate / (1 - b1 ** step),
  ]);
}

function optimizer(
  name: Optimizer["name"],
  config: Optimizer["config"],
  stateNames: readonly string[],
  loop: UpdateLoop,
  numbers: Numbers,
): Optimizer {
  function update({ parameters, gradients, state, step, learningRate, gradientScale = 1, ranges }: UpdateOptions) {
    const buffers = [parameters, gradients, ...state];
    if (state.length !== stateNames.length || buffers.some((buffer) => buffer.length !== parameters.length))
      fail({
        where: `${name}.update`,
        expected: `gradients and ${stateNames.length} state buffers of ${parameters.length} floats`,
        received: `[${buffers.slice(1).map((buffer) => buffer.length)}]`,
        code: "shape",
      });
    checkNumber(`${name}.update(step)`, step, { min: 1, integer: true });
    const base = checkNumber(`${name}.update(learningRate)`, learningRate ?? config.learningRate, {
      min: 0,
      below: Infinity,
    });
    for (const { offset, length, rate = 1, decay = 1, since = 0 } of ranges ?? [
      { offset: 0, length: parameters.length },
    ]) {
      if (offset < 0 || offset + length > parameters.length)
        fail({
          where: `${name}.update(ranges)`,
          expected: `a range within ${parameters.length} floats`,
          received: `${offset} to ${offset + length}`,
        });
      if (rate === 0 || length === 0) continue; // frozen: neither decay nor moments move
      const views = buffers.map((buffer) =>
        length === buffer.length ? buffer : buffer.subarray(offset, offset + length),
      );
      runLoop(loop, views, numbers({ rate: base * rate, decay, step: step - since, scale: gradientScale }));
    }
  }
  return { name, config, stateNames, stateBuffers: stateNames.length, update };
}

function checkCommon(name: string, learningRate: number, weightDecay: number): void {
  checkNumber(`${name}(learningRate)`, learningRate, { min: 0 });
  checkNumber(`${name}(weightDecay)`, weightDecay, { min: 0 });
}

/**
 * Ranges of a layout by a rule per parameter, neighbors with the same rule merged (the gaps between them stay 0 under
 * every update). For example, no decay on biases and a frozen embedding:
 * `parameterRanges(layout, ({ name, shape }) => ({ decay: shape.length > 1 ? 1 : 0, rate: name === "embedding.weight" ? 0 : 1 }))`
 *
 * @example
 * ```ts
 * const ranges = parameterRanges(model.layout, ({ name }) => (name.startsWith("embedding") ? { rate: 0.1 } : {}));
 * ```
 */
export function parameterRanges(
  layout: ParameterLayout,
  rule: (slot: ParameterSlot) => { rate?: number; decay?: number },
): ParameterRange[] {
  const ranges: { offset: number; length: number; rate: number; decay: number }[] = [];
  for (const slot of layout.slots) {
    const { rate = 1, decay = 1 } = rule(slot);
    checkNumber(`parameterRanges(${slot.name}, rate)`, rate, { min: 0 });
    checkNumber(`parameterRanges(${slot.name}, decay)`, decay, { min: 0 });
    const last = ranges.at(-1);
    if (last && last.rate === rate && last.decay === decay) last.length = slot.offset + slot.size - last.offset;
    else ranges.push({ offset: slot.offset, length: slot.size, rate, decay });
  }
  return ranges;
}

/** Rebuilds an optimizer from the name and config that a checkpoint holds. */
export function optimizerFrom({ name, config }: { name: string; config: object }): Optimizer {
  if (name === "sgd") return sgd(config);
  if (name === "rmsprop") return rmsprop(config);
  if (name === "adam") return adam(config);
  if (name === "adamW") return adamW(config);
  return fail({ where: "optimizer", expected: "sgd, rmsprop, adam or adamW", received: name, code: "file" });
}
