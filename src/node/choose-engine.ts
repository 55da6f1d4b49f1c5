// The CPU (ONNX Runtime), a GPU (WebGPU), or the faster of the two.
import { UnrolledError } from "../base/index.ts";
import { formatWhole } from "../base/words.ts";
import type { Engine } from "../engine/index.ts";
import { nodeEngine } from "./engine.ts";
import { type GpuEngine, webgpuEngine } from "./webgpu.ts";

/** An engine, and what to print about it. */
export interface ChosenEngine {
  readonly name: "cpu" | "webgpu";
  readonly engine: Engine;
  /** `webgpu, NVIDIA H200: 901,000 tokens/s; cpu 24,000`; absent where nothing was asked for. */
  readonly text?: string;
  release(): void;
}

/** Tokens per second that an engine trains. */
export type Measure = (engine: Engine) => Promise<number>;

interface Choice extends OpenGpu {
  readonly asked: "cpu" | "webgpu" | "auto";
  /** What is counted per second. */
  readonly unit: string;
  /** Measures an engine for about a second. */
  readonly measure: Measure;
}

/**
 * Opens the engine that was asked for. `auto` never fails for want of a GPU: the text then has the reason.
 *
 * @throws UnrolledError with code "missing" where `webgpu` was asked for and cannot be had
 */
export async function chooseEngine({ asked, unit, measure, env, warn }: Choice): Promise<ChosenEngine> {
  const cpu = (text?: string): ChosenEngine => ({
    name: "cpu",
    engine: nodeEngine(),
    ...(text === undefined ? {} : { text: `cpu${text}` }),
    release() {},
  });
  const gpu = (engine: GpuEngine, text = ""): ChosenEngine => ({
    name: "webgpu",
    engine,
    text: `webgpu, ${engine.adapter}${text}`,
    release: () => engine.release(),
  });
  if (asked === "cpu") return cpu();
  if (asked === "webgpu") return gpu(await openGpu({ env, warn }));
  const found = await openGpu({ env }).catch(reasonOf);
  if (typeof found === "string") return cpu(`: no GPU (${found})`);
  if (found.software) {
    found.release();
    return cpu(`: the only WebGPU adapter is a software one (${found.adapter})`);
  }
  const fast = await measure(found).catch(reasonOf);
  if (typeof fast === "string") {
    found.release();
    return cpu(`: the GPU failed (${fast})`);
  }
  const slow = await measure(nodeEngine());
  const speeds = (first: number, second: number, other: string) =>
    `: ${formatWhole(first)} ${unit}/s, ${other} ${formatWhole(second)}`;
  if (fast > slow) return gpu(found, speeds(fast, slow, "cpu"));
  found.release();
  return cpu(speeds(slow, fast, `webgpu (${found.adapter})`));
}

export interface OpenGpu {
  /** `UNROLLED_WEBGPU_FLAGS`: flags of Dawn, with spaces between. */
  readonly env: Readonly<Record<string, string | undefined>>;
  warn?(message: string): void;
}

export function openGpu({ env, warn = () => {} }: OpenGpu): Promise<GpuEngine> {
  const flags = env.UNROLLED_WEBGPU_FLAGS?.split(/\s+/).filter(Boolean);
  return webgpuEngine({ warn, ...(flags ? { flags } : {}) });
}

/** One line about what an engine threw; anything but our own errors is thrown on. */
function reasonOf(error: unknown): string {
  if (!(error instanceof UnrolledError)) throw error;
  return error.message.split("\n")[0]!;
}
