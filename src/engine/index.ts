export { bindLengths } from "./bindings.ts";
export { engineOf, setDefaultEngine } from "./default.ts";
export type { CompileOptions, Engine, Program, RunOptions, Session, StateRule, Value, Values } from "./engine.ts";
export { type OnnxRuntime, onnxruntimeEngine } from "./onnx/engine.ts";
export { referenceEngine } from "./reference/engine.ts";
export { type Evaluator, hostSession } from "./session.ts";
