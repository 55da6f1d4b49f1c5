// `--engine`: the CPU (ONNX Runtime), a GPU (WebGPU), or the faster of the two (node/choose-engine.ts).
import { UnrolledError } from "../base/index.ts";
import { setDefaultEngine } from "../engine/default.ts";
import { openGpu } from "../node/choose-engine.ts";
import { nodeEngine } from "../node/index.ts";
import { choice } from "./flags.ts";
import type { Output } from "./output.ts";

export const engineNames = ["cpu", "webgpu", "auto"] as const;
export type EngineName = (typeof engineNames)[number];

export const engineFlag = choice(
  "--engine <name>",
  "cpu, webgpu (a GPU, through the npm package webgpu), or auto: the faster of the two",
  engineNames,
  { fallback: "cpu", free: true },
);

/** Runs a command with an engine as the default one, of everything that it calls. */
export async function withEngine<T>(
  show: Output,
  asked: "cpu" | "webgpu" | undefined,
  run: () => Promise<T>,
): Promise<T> {
  if (asked !== "webgpu") return run();
  const engine = await openGpu({ env: show.host.env, warn: (message) => show.warn(message) });
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
