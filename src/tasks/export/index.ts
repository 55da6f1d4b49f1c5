export { exportGraphs } from "./graphs.ts";
export { exportOnnx, type OnnxFiles } from "./onnx.ts";
