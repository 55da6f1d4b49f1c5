export type { CompileOptions, Engine, Executable, Program, Value } from "./engine.ts";
export { referenceEngine } from "./reference/engine.ts";
