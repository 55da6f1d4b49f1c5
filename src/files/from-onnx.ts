// From exported ONNX files back to the files of a saved model.
import { fail, UnrolledError } from "../base/index.ts";
import { type OperatorRecord, parametersOf } from "../interop/onnx/operator-weights.ts";
import { type OnnxContents, readOnnx } from "../interop/onnx/read.ts";
import { writeSafetensors } from "../interop/safetensors.ts";
import { metadataVersion } from "./export/metadata.ts";
import { jsonBytes, type ModelFiles } from "./saved-files.ts";

const properties = new Set(["unrolled", "task", "part", "architecture", "labels", "states", "operators"]);

/** The names under which the ONNX files of a model are found once one of them is known: a translator has two. */
export function onnxSiblings(name: string): string[] {
  const at = name.search(/[^/\\]*$/);
  const [folder, file] = [name.slice(0, at), name.slice(at)];
  const twin = /encoder/.test(file) ? file.replace("encoder", "decoder") : file.replace("decoder", "encoder");
  return twin === file ? [name] : [name, folder + twin];
}

/** Whether these are ONNX files and not a saved model. */
export const isOnnx = (files: ModelFiles): boolean =>
  !files.has("config.json") && [...files.keys()].some((name) => /\.onnx$/i.test(name));

/**
 * The saved model whose ONNX files these are.
 *
 * @throws UnrolledError with code "file": not a file that Unrolled exported, a newer version, half of a translator
 */
export function filesFromOnnx(place: string, files: ModelFiles): ModelFiles {
  const contents = [...files]
    .filter(([name]) => /\.onnx$/i.test(name))
    .map(([name, bytes]) => {
      const where = `load(${name})`;
      return { name, where, ...readOnnx(bytes, { where }) };
    });
  const [first] = contents;
  const where = first?.where ?? `load(${place})`;
  const version = Number(first?.metadata.get("unrolled"));
  if (!first || !Number.isInteger(version))
    return fail({
      where,
      expected: "an ONNX file that Unrolled exported",
      received: 'one without "unrolled" in its metadata',
      code: "file",
    });
  if (version > metadataVersion)
    fail({
      where,
      expected: `version ${metadataVersion} or older`,
      received: `version ${version}`,
      hint: "the file was exported by a newer release: update this one",
      code: "file",
    });
  const task = first.metadata.get("task");
  const parts = new Set(contents.map(({ metadata }) => metadata.get("part")));
  if (task === "translator" && !(parts.has("encoder") && parts.has("decoder")))
    fail({
      where,
      expected: "the encoder and the decoder of a translator",
      received: [...parts].join(", "),
      hint: "keep x.encoder.onnx and x.decoder.onnx in one folder",
      code: "file",
    });
  const architecture = json(where, first.metadata, "architecture");
  const assets = [...first.metadata.keys()].filter((name) => !properties.has(name) && name.endsWith(".json"));
  const weights = Object.assign({}, ...contents.map((each) => weightsIn(each.where, each)));
  return new Map([
    ["config.json", jsonBytes({ unrolled: 1, task, architecture })],
    ["model.safetensors", writeSafetensors(weights)],
    ...assets.map((name) => [name, jsonBytes(json(where, first.metadata, name))] as const),
  ]);
}

/** The parameters by our names. */
function weightsIn(where: string, { metadata, tensors }: OnnxContents) {
  const records = json(where, metadata, "operators");
  const isRecord = (one: Partial<OperatorRecord> | null) =>
    typeof one?.name === "string" && typeof one.cell === "object" && typeof one.parameters === "object";
  if (!Array.isArray(records) || !records.every(isRecord))
    return fail({ where, problem: '"operators" in its metadata cannot be read', code: "file" });
  const prefixes = records as OperatorRecord[];
  try {
    return Object.fromEntries([
      ...[...tensors].filter(([name]) => !name.startsWith("%") && !prefixes.some((r) => name.startsWith(`${r.name}.`))),
      ...prefixes.flatMap((record) => Object.entries(parametersOf(record, tensors, where))),
    ]);
  } catch (error) {
    if (error instanceof UnrolledError) throw error;
    return fail({ where, problem: '"operators" in its metadata cannot be read', code: "file" });
  }
}

function json(where: string, metadata: ReadonlyMap<string, string>, name: string): unknown {
  try {
    return JSON.parse(metadata.get(name) ?? "");
  } catch {
    return fail({ where, expected: `JSON as "${name}" in its metadata`, received: "another text", code: "file" });
  }
}
