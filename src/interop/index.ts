export {
  readSafetensors,
  type SafeData,
  type SafeDtype,
  type SafeInput,
  type SafeTensor,
  type Safetensors,
  toFloat32,
  writeSafetensors,
} from "./safetensors.ts";
export { type FromSafetensorsOptions, vectorsFromSafetensors, vectorsToSafetensors } from "./word-vectors.ts";
