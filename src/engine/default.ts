// The engine that runs where a caller names none. The packaged entry points set it; nothing else may.
import { fail } from "../base/index.ts";
import type { Engine } from "./engine.ts";

let make: (() => Engine) | undefined;
let made: Engine | undefined;

/**
 * Sets the engine that `train`, `predict` and the like use by default. `maker` is called once, at the first use.
 *
 * @example
 * ```ts
 * setDefaultEngine(() => nodeEngine({ threads: 2 }));
 * ```
 */
export function setDefaultEngine(maker: () => Engine): void {
  make = maker;
  made = undefined;
}

/**
 * The engine that was given, or the default one.
 *
 * @throws UnrolledError with code "missing" where neither is set: `unrolled` sets a default, its sub-paths do not
 */
export function engineOf(where: string, engine: Engine | undefined): Engine {
  if (engine) return engine;
  made ??= make?.();
  return (
    made ??
    fail({
      where,
      expected: "an engine",
      received: "none",
      hint: "{ engine: nodeEngine() } or { engine: webEngine() }",
      code: "missing",
    })
  );
}
