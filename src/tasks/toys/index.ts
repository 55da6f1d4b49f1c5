export {
  type ToyModel,
  type ToyModelConfig,
  type ToyModelOptions,
  type ToySamples,
  toyModel,
  toyModelFromConfig,
} from "./toy-model.ts";
