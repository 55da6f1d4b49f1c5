import { nodeEngine } from "../../src/node/engine.ts";
import { thorough } from "../thorough.ts";
import { lawsFor, operationsFor } from "./laws.ts";
import { parityFor } from "./parity.ts";
import { sessionLaws } from "./sessions.ts";
import type { Subject } from "./subject.ts";

// float32: a few units in the last place, times the length of the sums.
const subject: Subject = {
  engine: nodeEngine({ threads: 1 }),
  precision: "float32",
  tolerance: 2e-5,
  brief: thorough ? undefined : "laws",
};

lawsFor(subject);
parityFor(subject);
sessionLaws(subject);
operationsFor(subject);
