// A model as a JavaScript module that needs nothing else: graphs, tokenizer and decoding in one file, weights in another.
import { fail } from "../base/index.ts";
import { writeSafetensors } from "../interop/index.ts";
import { type AnyTask, type Model, type TaskModel, tasks, type Weights } from "../tasks/index.ts";
import type { InferenceGraph } from "../tasks/task.ts";
import classifier from "./bundles/classifier-bundle.ts";
import composer from "./bundles/composer-bundle.ts";
import forecaster from "./bundles/forecaster-bundle.ts";
import generator from "./bundles/generator-bundle.ts";
import languageModel from "./bundles/language-model-bundle.ts";
import other from "./bundles/other-bundle.ts";
import regressor from "./bundles/regressor-bundle.ts";
import tagger from "./bundles/tagger-bundle.ts";
import toy from "./bundles/toy-bundle.ts";
import translator from "./bundles/translator-bundle.ts";
import { encodeGraph } from "./encode-graph.ts";
import { infoOf } from "./info.ts";
import type { ModelData } from "./kit/encoding.ts";
import kernels from "./kit/kernels-wasm.ts";
import { fromHex } from "./kit/memory.ts";
import { type WeightFormat, weightTensors } from "./quantize.ts";
import { typesText } from "./types-text.ts";

const bundles: Readonly<Record<string, string>> = {
  "language-model": languageModel,
  classifier,
  regressor,
  forecaster,
  tagger,
  translator,
  generator,
  toy,
};

export interface ExportModuleOptions {
  /** How weights are stored; `f32` by default. `f16` halves the file at no measurable loss, `int8` quarters it. */
  weights?: WeightFormat;
  /** The graphs of a model of a task of your own: `task.graphs(model)`. */
  graphs?: Readonly<Record<string, InferenceGraph>>;
}

export interface ExportedModule {
  /** An ES module without imports. It exports `load(weights)`. */
  readonly module: string;
  /** Its declarations (`.d.ts`). */
  readonly types: string;
  /** The weight file, in the safetensors format. */
  readonly weights: Uint8Array<ArrayBuffer>;
  /** The WebAssembly kernels, which are also inside the module: for hosts that take them only as a file of their own. */
  readonly kernels: Uint8Array<ArrayBuffer>;
  /** Characters of the module: the code that is the same for all models of the task, and what is the model's. */
  readonly sizes: { readonly runtime: number; readonly model: number };
}

/**
 * A model of any task as an ES module, for browsers, Node, Deno, Bun, Cloudflare Workers and React Native.
 *
 * @throws UnrolledError for a model of a task of your own without `graphs`
 *
 * @example
 * ```ts
 * const { module, types, weights } = exportModule(model, { weights: "f16" });
 * await writeFile("site/model.js", module);
 * await writeFile("site/model.safetensors", weights);
 * ```
 */
export function exportModule(model: TaskModel & Weights, options: ExportModuleOptions = {}): ExportedModule {
  const { weights: format = "f32" } = options;
  const graphs = options.graphs ?? builtIn(model).graphs(model as never);
  const plain = weightTensors(model, format);
  const data: ModelData = {
    task: model.task,
    graphs: Object.fromEntries(Object.entries(graphs).map(([name, graph]) => [name, encodeGraph(graph)])),
    weights: fingerprint([...plain.values()].map(({ data }) => data)),
    info: infoOf(model),
  };
  const runtime = runtimeOf(model as Model);
  const own = JSON.stringify(data);
  return {
    module: `// A ${model.task} by Unrolled. import { load } from "./model.js"; const model = await load(weights);
${runtime}
const data=${own};
export const load=(weights,options)=>runtime.load(data,weights,options);
`,
    types: typesText(model),
    weights: writeSafetensors(plain, { format: "pt", model: data.weights }),
    kernels: fromHex(kernels),
    sizes: { runtime: runtime.length, model: own.length },
  };
}

/** Music needs no tokenizer, texts need no notes. */
const runtimeOf = (model: Model): string =>
  model.task === "generator" && model.content.type !== "text" ? composer : (bundles[model.task] ?? other);

function builtIn({ task }: TaskModel): AnyTask {
  const found = Object.hasOwn(tasks, task) ? tasks[task as keyof typeof tasks] : undefined;
  return (found ??
    fail({ where: "exportModule", expected: "graphs, with a task of your own", received: task })) as AnyTask;
}

/** FNV-1a over 32-bit words and their number, twice with different beginnings: 16 hexadecimal digits. */
function fingerprint(parts: readonly ArrayBufferView[]): string {
  let [a, b] = [0x811c9dc5, 0x9e3779b9];
  for (const { buffer, byteOffset, byteLength } of parts) {
    const bytes = new Uint8Array(buffer, byteOffset, byteLength);
    for (let i = 0; i < byteLength; i++) {
      a = Math.imul(a ^ bytes[i]!, 0x01000193);
      b = Math.imul(b ^ bytes[i]!, 0x85ebca6b);
    }
  }
  return [a, b].map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
}
