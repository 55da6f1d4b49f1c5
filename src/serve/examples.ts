// The request to try first, for each kind of model.

const examples: Readonly<Record<string, readonly [path: string, body: object]>> = {
  "language-model": ["/v1/completions", { prompt: "", max_tokens: 100 }],
  classifier: ["/classify", { inputs: "a text" }],
  regressor: ["/classify", { inputs: "a text" }],
  tagger: ["/tag", { inputs: "a text" }],
  translator: ["/translate", { inputs: "a text" }],
  generator: ["/compose", { inputs: {} }],
  embeddings: ["/v1/embeddings", { input: "word" }],
};

/** The path of a request and its body. @param length time steps that a forecaster reads */
export function exampleRequest(task: string, length = 3): readonly [path: string, body: object] {
  if (task === "forecaster") return ["/forecast", { inputs: Array.from({ length }, (_, i) => i) }];
  return examples[task] ?? ["/v1/models", {}];
}
