export { filesFromOnnx, isOnnx, onnxSiblings } from "./from-onnx.ts";
export { exportGraphs } from "./graphs.ts";
export { exportOnnx, type OnnxFiles, type OnnxOptions } from "./onnx.ts";
