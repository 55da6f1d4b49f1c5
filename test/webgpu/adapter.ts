// The GPUs that tests run on: one that checks kernels and computes nothing, and Chromium's software GPU.
import { existsSync } from "node:fs";

const driver = "/usr/lib/chromium/vk_swiftshader_icd.json";
type Create = (flags: string[]) => GPU;

const create: Create | undefined = await import("webgpu" as string).then(
  (module: { create: Create }) => module.create,
  () => undefined,
);
/** What is made by a GPU object does not outlive it. */
const held: GPU[] = [];

/** Why tests on the checking backend cannot run here, or undefined where they can. */
export const noPackage = create ? undefined : "npm ci --prefix test/webgpu was not run";
/** Why tests that compute cannot run here, or undefined where they can. */
export const noDriver =
  noPackage ?? (existsSync(driver) ? undefined : `no ${driver} (Debian: chromium and libvulkan1)`);

/** Checks WGSL, bindings and limits, those of WebGPU's defaults; needs no driver. */
export const checkingGpu = (): GPU => open(["backend=null"]);

/** SwiftShader. */
export function softwareGpu(): GPU {
  process.env.VK_DRIVER_FILES ??= driver;
  process.env.VK_ICD_FILENAMES ??= driver;
  return open([]);
}

function open(flags: string[]): GPU {
  const gpu = create!(flags);
  held.push(gpu);
  return gpu;
}

/** Says why a file of tests is skipped. */
export function skipping(reason: string | undefined): boolean {
  if (reason !== undefined) console.warn(`WebGPU tests skipped: ${reason}`);
  return reason !== undefined;
}

/** Whether everything is to be run, which takes minutes. */
export const everything = process.env.WEBGPU_CONFORMANCE === "all";
