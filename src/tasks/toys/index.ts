export {
  type ToyAnswer,
  type ToyReport,
  type ToyReportOptions,
  toyAnswers,
  toyReport,
  toySentences,
  type VerbScore,
} from "./report.ts";
export { type ToyRecipe, toyTask } from "./task.ts";
export {
  type ToyModel,
  type ToyModelConfig,
  type ToyModelOptions,
  type ToySamples,
  toyModel,
  toyModelFromConfig,
} from "./toy-model.ts";
