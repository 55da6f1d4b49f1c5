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
