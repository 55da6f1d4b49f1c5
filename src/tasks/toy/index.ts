export { type ToyAnswer, type ToyReport, type ToyReportOptions, toySentences, type VerbScore } from "./report.ts";
export { type ToyRecipe, toyTask } from "./task.ts";
export { type ToyModel, type ToyModelConfig, type ToyModelOptions, type ToySamples, toyModel } from "./toy-model.ts";
