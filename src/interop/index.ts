export { toHubTokenizer } from "./hub-tokenizer.ts";
export { readKeras } from "./keras/network.ts";
export {
  getParameters,
  type NamedTensors,
  type ParameterHolder,
  type SetParametersOptions,
  setParameters,
} from "./model-parameters.ts";
export { isKeras, type NetworkFile, readNetwork } from "./network-file.ts";
export { type OnnxOps, type OnnxProgram, onnxProgram } from "./onnx/program.ts";
export { type OnnxContents, type OnnxTensor, readOnnx } from "./onnx/read.ts";
export { vectorsToOnnx } from "./onnx/word-vectors.ts";
export {
  type CellParameters,
  fromOnnxOperator,
  type Matrix,
  type OperatorModelOptions,
  type OperatorWeights,
  operatorModel,
  toOnnxOperator,
} from "./onnx-operators.ts";
export { fromPyTorch, type StateDict, toPyTorch } from "./pytorch.ts";
export { type PyTorchFile, readPyTorch, stateDict } from "./pytorch-file/read.ts";
export { type ModulesOptions, type RecurrentModules, recurrentModules } from "./pytorch-modules.ts";
export {
  type LoadedVectorFile,
  type LoadVectorsOptions,
  type ReadVectorFileOptions,
  readVectorFile,
  type VectorFormat,
} from "./read-vectors.ts";
export {
  readSafetensors,
  type SafeData,
  type SafeDtype,
  type SafeInput,
  type SafeTensor,
  type Safetensors,
  safetensorsChunks,
  toFloat32,
  writeSafetensors,
} from "./safetensors.ts";
export { readTokens, readWeights, type WeightFile } from "./weight-file.ts";
export {
  type FromSafetensorsOptions,
  vectorsFromSafetensors,
  vectorsToSafetensors,
  vectorsToSafetensorsChunks,
} from "./word-vectors.ts";
