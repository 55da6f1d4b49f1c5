// An engine of your own: here one that measures another. It compiles with the inner engine and counts what runs.
import { graphSize } from "../src/compile/index.ts"; // "unrolled/compile"
import type { Engine } from "../src/engine/index.ts"; // "unrolled/engine"

export interface Measured {
  programs: number;
  /** Loops over time in all compiled graphs, before the engine's passes. */
  loops: number;
  runs: number;
  milliseconds: number;
}

/** The engine, and what it has done so far. */
export function measured(inner: Engine): { engine: Engine; seen: Measured } {
  const seen: Measured = { programs: 0, loops: 0, runs: 0, milliseconds: 0 };
  const engine: Engine = {
    name: `measured ${inner.name}`,
    async compile(program, options) {
      const session = await inner.compile(program, options);
      seen.programs++;
      seen.loops += graphSize(program.outputs).loops.length;
      return {
        ...session,
        async run(feeds, runOptions) {
          const began = performance.now();
          const results = await session.run(feeds, runOptions);
          seen.runs++;
          seen.milliseconds += performance.now() - began;
          return results;
        },
      };
    },
  };
  return { engine, seen };
}
