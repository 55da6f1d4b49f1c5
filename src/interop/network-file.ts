// Any file with a network that PyTorch or Keras trained.
import { fail } from "../base/index.ts";
import { readKeras } from "./keras/network.ts";
import { type ModulesOptions, type RecurrentModules, recurrentModules } from "./pytorch-modules.ts";
import { readWeights } from "./weight-file.ts";

export interface NetworkFile {
  readonly modules: RecurrentModules;
  /** The tokens in the order of their ids, where the file has them: flair's. */
  readonly tokens?: readonly string[];
}

/** Whether a file's name is one of Keras. */
export const isKeras = (name: string): boolean => /\.(keras|h5|hdf5)$/i.test(name);

/**
 * The network of a file: `.keras` and `.h5` of Keras, `.pt` and `.pth` of torch.save, or `.safetensors`. The name decides
 * between Keras and the others. Nothing in the file is run.
 *
 * @throws UnrolledError with code "file" where the file is damaged, "data" with what cannot be imported
 *
 * @example
 * ```ts
 * const { modules } = readNetwork("model.pt", await readFile("model.pt"));
 * const model = importClassifier(modules, { tokens, labels: ["bad", "good"] });
 * ```
 */
export function readNetwork(name: string, bytes: Uint8Array, options: Omit<ModulesOptions, "where"> = {}): NetworkFile {
  const where = name;
  if (isKeras(name)) return { modules: readKeras(bytes, { where }) };
  const { state, values, tokens } = readWeights(bytes, { where });
  if (values.get("is_forward_lm") === false)
    fail({
      where,
      expected: "a language model that reads forward",
      received: "one that reads from the end (is_forward_lm: false)",
      hint: "import the forward model of the pair",
      code: "data",
    });
  return { modules: recurrentModules(state, { ...options, where }), ...(tokens ? { tokens } : {}) };
}
