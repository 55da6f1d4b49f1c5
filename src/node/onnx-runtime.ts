// The native build of ONNX Runtime, loaded when a model is first run: what needs no engine works where there is none.
import type { OnnxRuntime } from "../engine/onnx/engine.ts";

let loading: Promise<OnnxRuntime | undefined> | undefined;

/** The native build; undefined on platforms without one (Alpine Linux, Macs with Intel processors), with one warning. */
export function nativeRuntime(): Promise<OnnxRuntime | undefined> {
  loading ??= load();
  return loading;
}

async function load(): Promise<OnnxRuntime | undefined> {
  try {
    return await import("onnxruntime-node");
  } catch (error) {
    const cause = (error instanceof Error ? error.message : String(error)).split("\n")[0];
    process.stderr.write(
      `warning: ${absent(cause)}; running on WebAssembly and one thread, which is several times slower\n`,
    );
    return undefined;
  }
}

function platform(): string {
  const isMusl = process.platform === "linux" && !reportedGlibc();
  return `${process.platform}${isMusl ? " (musl)" : ""} ${process.arch}`;
}

function reportedGlibc(): boolean {
  const { header } = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  return header?.glibcVersionRuntime !== undefined;
}

/** The reason: no build of the platform, or a build that could not be loaded. */
function absent(cause: string | undefined): string {
  const built = ["linux x64", "linux arm64", "darwin arm64", "win32 x64", "win32 arm64"].includes(platform());
  if (built) return `the native build of ONNX Runtime could not be loaded (${cause})`;
  return (
    `ONNX Runtime has no native build for ${platform()} (only for Linux with glibc on x64 and arm64, macOS on arm64, ` +
    "Windows on x64 and arm64)"
  );
}
