export { copyBytes } from "./bytes.ts";
export {
  checkChoice,
  checkNumber,
  type ErrorCode,
  type ErrorDetails,
  fail,
  showValue,
  UnrolledError,
} from "./errors.ts";
export { lettersOf, syllableWriter } from "./hangul.ts";
export {
  fillMask,
  foldIn,
  type Random,
  type RandomKey,
  type RandomState,
  random,
  randomKey,
  threefry,
} from "./random.ts";
export { wasmInstance, wasmMemory, wasmModule } from "./wasm.ts";
