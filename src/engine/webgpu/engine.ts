// WebGPU as an engine: any GPU, in browsers and in Node.
import type { CompileOptions, Engine, Program } from "../engine.ts";
import { neutral } from "../passes.ts";
import type { Outputs } from "../program.ts";
import { type Evaluator, hostSession } from "../session.ts";
import { type Device, type DeviceOptions, openDevice } from "./device.ts";
import { separateLoops } from "./separate.ts";
import { WebgpuSession } from "./session.ts";
import { smallTables } from "./small-tables.ts";

/** An engine and the device that it opened. */
export interface WebgpuEngine extends Engine {
  readonly device: Device;
}

/**
 * Opens a device and makes an engine of it. A batch is best run in one shard: the device fills itself. With more, the
 * shards run one after another and their results are added on the host.
 *
 * @throws UnrolledError with code "missing" where there is no adapter
 */
export async function openWebgpuEngine(options: DeviceOptions): Promise<WebgpuEngine> {
  const device = await openDevice(options);
  return { name: "webgpu", device, compile: (program, choices) => compile(device, program, choices) };
}

async function compile(device: Device, program: Program, { optimize = true, choices }: CompileOptions = {}) {
  const passes = (outputs: Outputs) => separateLoops(smallTables(optimize ? neutral(outputs) : outputs));
  if ((program.shards?.count ?? 1) === 1) return new WebgpuSession(device, program, passes, choices);
  return hostSession(program, async (outputs): Promise<Evaluator> => {
    const session = new WebgpuSession(device, { outputs, constants: program.constants ?? {} }, passes);
    return {
      inputs: session.inputs,
      run: (feeds, want) => session.run(feeds, { want }),
      release: () => session.release(),
    };
  });
}
