export { cellOfEquations } from "./equations.ts";
export { type OpenedFile, openFile, type RunFile } from "./file.ts";
export { openSubject } from "./open.ts";
export type {
  Answer,
  Ask,
  FromRun,
  GateHold,
  LayerTrace,
  Lens,
  ParameterPicture,
  ToRun,
  Written,
} from "./protocol.ts";
export { liveReader, type Reader } from "./reader.ts";
export { type RunHandle, startRun } from "./run.ts";
export { evaluateEveryOf } from "./saved.ts";
export type { Example, RunRecipe, Subject } from "./subject.ts";
export { kindOf } from "./subjects/text.ts";
export { lensesOf, type Viewer, viewerOf } from "./viewer.ts";
export { decodeMessage, encodeMessage } from "./wire.ts";
