// Files of a model that are dropped where data is expected.

const hint = "open the model on the Models screen: choose its whole folder";
const models: readonly (readonly [name: RegExp, is: string])[] = [
  [/\.safetensors$/i, "the weights of a model"],
  [/\.onnx$/i, "an exported model"],
];

/** @returns what the file is and a hint, by its name; undefined where it is of no model */
export function modelFile(name: string): { is: string; hint: string } | undefined {
  const model = models.find(([ending]) => ending.test(name));
  return model && { is: model[1], hint };
}

/** The config.json of a saved model, which is text and yet nothing to train on. */
export function modelConfig(name: string, text: string): { is: string; hint: string } | undefined {
  return /(^|[\\/])config\.json$/i.test(name) && /"unrolled"\s*:\s*\d/.test(text.slice(0, 2000))
    ? { is: "the config.json of a saved model", hint }
    : undefined;
}
