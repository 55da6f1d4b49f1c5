import * as ort from "onnxruntime-web";
import { onnxruntimeEngine } from "../../src/engine/onnx/engine.ts";
import { thorough } from "../thorough.ts";
import { lawsFor, operationsFor } from "./laws.ts";
import { parityFor } from "./parity.ts";
import { sessionLaws } from "./sessions.ts";
import type { Subject } from "./subject.ts";

ort.env.wasm.numThreads = 1;

const engine = onnxruntimeEngine("onnxruntime-web", ort, { inPlace: false });
const subject: Subject = { engine, precision: "float32", tolerance: 2e-5, brief: thorough ? undefined : "all" };

lawsFor(subject);
parityFor(subject);
sessionLaws(subject);
operationsFor(subject);
