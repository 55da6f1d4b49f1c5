// What a figure trains: one network or several, each from a seed. The worker of a page, the recorder and the tests run the
// same lesson.
import type { Engine } from "unrolled";
import { checkpoint, type Trainable, type TrainOptions, train } from "unrolled/train";

/** Parameters by the name of the part, flat. */
export type Weights = Readonly<Record<string, Float32Array>>;

export interface Part {
  readonly name: string;
  readonly steps: number;
  /** Trains; yields after each step. */
  learn(engine: Engine, signal: AbortSignal): AsyncGenerator<{ step: number; loss: number }>;
  /** The parameters as they are now. */
  weights(): Promise<Float32Array>;
}

export interface Lesson {
  readonly id: string;
  /** Seconds within which it reaches its state, on one thread of a desktop computer. */
  readonly seconds: number;
  parts(): readonly Part[] | Promise<readonly Part[]>;
}

export interface PartFrame {
  readonly step: number;
  readonly steps: number;
  readonly loss: number;
  readonly weights: Float32Array;
}

export type Frame = Readonly<Record<string, PartFrame>>;

/** A part that trains a model of the library. */
export function modelPart<Data>(
  name: string,
  model: Trainable<Data>,
  data: Data,
  options: Omit<TrainOptions<Data>, "engine" | "signal"> & { steps: number },
): Part {
  return {
    name,
    steps: options.steps,
    learn: (engine, signal) => train(model, data, { ...options, engine, signal, shards: 1, threads: 1 }),
    async weights() {
      await checkpoint(model).catch(() => {}); // not under way: they are in the model already
      return Float32Array.from(model.parameters);
    },
  };
}

/** Trains the parts of a lesson side by side, a slice of time each, and posts a frame now and then. */
export async function runLesson(
  lesson: Lesson,
  engine: Engine,
  { post, signal, every = 150, held }: RunLesson,
): Promise<Frame> {
  const parts = await lesson.parts();
  const running = parts.map((part) => ({
    part,
    steps: part.learn(engine, signal),
    step: 0,
    loss: Number.NaN,
    over: false,
  }));
  let last = performance.now();
  const frame = async (): Promise<Frame> => {
    const found: Record<string, PartFrame> = {};
    for (const { part, step, loss } of running)
      found[part.name] = { step, steps: part.steps, loss, weights: await part.weights() };
    return found;
  };
  post?.(await frame());
  while (running.some(({ over }) => !over)) {
    for (const one of running) {
      // The part that is behind goes first: all end together.
      const behind = Math.min(...running.filter(({ over }) => !over).map(({ step, part }) => step / part.steps));
      if (one.over || one.step / one.part.steps > behind) continue;
      const until = performance.now() + 30;
      do {
        await held?.();
        const { value, done } = await one.steps.next();
        if (done) {
          one.over = true;
          break;
        }
        one.step = value.step;
        one.loss = Number.isNaN(one.loss) ? value.loss : 0.9 * one.loss + 0.1 * value.loss;
      } while (performance.now() < until);
      if (signal.aborted) return frame();
    }
    if (post && performance.now() - last > every) {
      post(await frame());
      last = performance.now();
    }
  }
  const end = await frame();
  post?.(end);
  return end;
}

interface RunLesson {
  post?: (frame: Frame) => void;
  signal: AbortSignal;
  /** Milliseconds between frames. */
  every?: number;
  /** Resolves when it may go on: a pause. */
  held?: () => Promise<void> | undefined;
}
