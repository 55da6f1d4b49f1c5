export type { FromRun, LayerTrace, Lens, ParameterPicture, RunRecipe, ToRun, Written } from "./protocol.ts";
export { liveReader, type Reader } from "./reader.ts";
export { kindOf, type RunHandle, startRun } from "./run.ts";
