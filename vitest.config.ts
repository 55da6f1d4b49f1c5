import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Files that take longest. Begun first, none of them is left for one worker while the other has nothing to do. */
const long = [
  "web/browser",
  "install",
  "conformance/onnxruntime-node",
  "mpi/mpi",
  "cli/process",
  "soak",
  "cli/flow",
  "docs-lectures",
  "conformance/random-bodies",
  "conformance/shards",
  "mpi/ranks",
].map((name) => `/test/${name}.test.ts`);

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) => {
      const found = long.findIndex((name) => moduleId.endsWith(name));
      return found < 0 ? long.length : found;
    };
    return (await super.sort(files)).sort((a, b) => place(a) - place(b));
  }
}

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    setupFiles: ["test/one-core.ts"],
    server: { deps: { external: [/\/dist\//] } }, // what is shipped is loaded by Node, as users load it
    testTimeout: 300_000, // a busy machine is no failure
    hookTimeout: 300_000,
    pool: "forks",
    isolate: false, // loading the package takes longer than most tests
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
  },
});
