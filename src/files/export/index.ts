export { exportGraphs } from "./graphs.ts";
export { type HubOptions, hubFiles, type TrainingRecord } from "./hub.ts";
export { exportOnnx, type OnnxFiles, type OnnxOptions } from "./onnx.ts";
