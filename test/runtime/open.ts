// Exported modules as a program would load them: from their text, not from the sources.
import { type ExportedModule, type ExportModuleOptions, exportModule } from "../../src/runtime/index.ts";
import type { TaskModel, Weights } from "../../src/tasks/index.ts";

export interface Loaded {
  readonly task: string;
  readonly engine: "wasm" | "plain";
  run(
    graph: string,
    feeds: Readonly<Record<string, { shape: readonly number[]; data: ArrayLike<number> }>>,
  ): Record<string, { shape: readonly number[]; data: Float32Array }>;
}

interface Module<M> {
  load(weights: Uint8Array, options?: { wasm?: WebAssembly.Module | false }): Promise<M>;
}

/** The module of an export. Each text is a module of its own. */
export const moduleOf = <M = Loaded>({ module }: ExportedModule): Promise<Module<M>> =>
  import(/* @vite-ignore */ `data:text/javascript;base64,${Buffer.from(module).toString("base64")}`) as Promise<
    Module<M>
  >;

/** Exports and loads a model. `plain`: without WebAssembly. */
export async function loaded<M = Loaded>(
  model: TaskModel & Weights,
  { plain = false, ...options }: ExportModuleOptions & { plain?: boolean } = {},
): Promise<M> {
  const exported = exportModule(model, options);
  const { load } = await moduleOf<M>(exported);
  return load(exported.weights, plain ? { wasm: false } : undefined);
}
