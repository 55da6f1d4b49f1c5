// `--engine`: the CPU (ONNX Runtime), a GPU (WebGPU), or the faster of the two.
import { UnrolledError } from "../base/index.ts";
import { setDefaultEngine } from "../engine/default.ts";
import type { Engine } from "../engine/index.ts";
import { type GpuEngine, nodeEngine, webgpuEngine } from "../node/index.ts";
import { formatWhole } from "../terminal/index.ts";
import { choice } from "./flags.ts";
import type { Host } from "./host.ts";
import type { Output } from "./output.ts";

export const engineNames = ["cpu", "webgpu", "auto"] as const;
export type EngineName = (typeof engineNames)[number];

export const engineFlag = choice(
  "--engine <name>",
  "cpu, webgpu (a GPU, through the npm package webgpu), or auto: the faster of the two",
  engineNames,
  { fallback: "cpu", free: true },
);

/** The engine of a command, and what to print about it. */
export interface ChosenEngine {
  readonly name: "cpu" | "webgpu";
  readonly engine: Engine;
  /** `webgpu, NVIDIA H200: 901,000 tokens/s; cpu 24,000`; absent where nothing was asked for. */
  readonly text?: string;
  release(): void;
}

/** Tokens per second that an engine trains. */
export type Measure = (engine: Engine) => Promise<number>;

interface Choice {
  readonly asked: EngineName;
  readonly show: Output;
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
export async function chooseEngine({ asked, show, unit, measure }: Choice): Promise<ChosenEngine> {
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
  if (asked === "webgpu") return gpu(await openGpu(show.host, (message) => show.warn(message)));
  const found = await openGpu(show.host).catch(reasonOf);
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

function openGpu(host: Host, warn: (message: string) => void = () => {}): Promise<GpuEngine> {
  const flags = host.env.UNROLLED_WEBGPU_FLAGS?.split(/\s+/).filter(Boolean);
  return webgpuEngine({ warn, ...(flags ? { flags } : {}) });
}

/** One line about what an engine threw; anything but our own errors is thrown on. */
function reasonOf(error: unknown): string {
  if (!(error instanceof UnrolledError)) throw error;
  return error.message.split("\n")[0]!;
}

/** Runs a command with an engine as the default one, of everything that it calls. */
export async function withEngine<T>(
  show: Output,
  asked: "cpu" | "webgpu" | undefined,
  run: () => Promise<T>,
): Promise<T> {
  if (asked !== "webgpu") return run();
  const engine = await openGpu(show.host, (message) => show.warn(message));
  setDefaultEngine(() => engine);
  try {
    return await run();
  } finally {
    setDefaultEngine(nodeEngine);
    engine.release();
  }
}

/** `--engine` of commands that do not train. */
export const useEngineFlag = {
  engine: choice("--engine <name>", "cpu, or webgpu: a GPU, through the npm package webgpu", ["cpu", "webgpu"], {
    fallback: "cpu",
  }),
};

/** The error of a lost or full GPU, with how the run is continued; any other error as it is. */
export function withResume(error: unknown, resume: string): unknown {
  if (!(error instanceof UnrolledError) || error.code !== "device") return error;
  const { code, where } = error;
  const problem = error.message.split("\n")[0]!.slice(where.length + 2);
  return new UnrolledError({
    code,
    where,
    problem,
    hint: `resume from the last checkpoint: ${resume}`,
  });
}
