export type { CompileOptions, Engine, Program, RunOptions, Session, StateRule, Value, Values } from "./engine.ts";
export { referenceEngine } from "./reference/engine.ts";
