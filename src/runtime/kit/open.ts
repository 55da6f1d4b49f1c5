// Opening a model: bytes of weights, memory, graphs.
import type { ModelData } from "./encoding.ts";
import { type Graph, makeGraph, type Numbers, type Result } from "./graph.ts";
import { createMemory, type MemoryOptions } from "./memory.ts";
import { readWeights } from "./weights.ts";

/** An address to fetch the weight file from, or the file itself. */
export type WeightSource = string | URL | Response | ArrayBuffer | ArrayBufferView;

export type OpenOptions = MemoryOptions;

export interface Opened {
  readonly graphs: Readonly<Record<string, Graph>>;
  /** A copy of a weight; undefined where the model has none of this name. */
  weight(name: string): Float32Array | undefined;
  /** What every model has. */
  readonly shared: Shared;
}

export interface Shared {
  /** "classifier", "language-model" ... */
  readonly task: string;
  /** What multiplies matrices: WebAssembly, or plain JavaScript where there is none. */
  readonly engine: "wasm" | "plain";
  /** Runs a graph of the model by name: tensors in, tensors out. */
  run(graph: string, feeds: Readonly<Record<string, Numbers>>): Record<string, Result>;
}

export async function open(data: ModelData, source: WeightSource, options?: OpenOptions): Promise<Opened> {
  const bytes = await bytesOf(source);
  const memory = createMemory(options);
  const views = readWeights(bytes, memory, data.weights);
  const graphs = Object.fromEntries(
    Object.entries(data.graphs).map(([name, graph]) => [name, makeGraph(memory, graph, views)]),
  );
  return {
    graphs,
    weight(name) {
      const view = views.get(name);
      return view && memory.floats().slice(view.at, view.at + view.size);
    },
    shared: {
      task: data.task,
      engine: memory.kind,
      run(name, feeds) {
        const graph = graphs[name];
        if (!graph) throw new Error(`run: expected a graph of ${Object.keys(graphs).join(", ")}, got ${name}`);
        return graph.run(feeds);
      },
    },
  };
}

async function bytesOf(source: WeightSource): Promise<Uint8Array> {
  if (ArrayBuffer.isView(source)) return new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  const response =
    typeof Response !== "undefined" && source instanceof Response ? source : await fetch(source as string | URL);
  if (!response.ok) throw new Error(`load: ${response.url || String(source)} answered ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}
