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
      `warning: ONNX Runtime has no native build for ${platform()}; running on WebAssembly and one thread, which is several ` +
        `times slower. Native: Linux with glibc (x64, arm64), macOS (arm64), Windows (x64, arm64).${hint(cause)}\n`,
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

/** Where the platform has a build, the reason why it could not be loaded. */
function hint(cause: string | undefined): string {
  const built = ["linux x64", "linux arm64", "darwin arm64", "win32 x64", "win32 arm64"].includes(platform());
  return built && cause ? ` It could not be loaded: ${cause}` : "";
}
