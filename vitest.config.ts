import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Files that take longest. Begun first, none of them is left for one worker while the other has nothing to do. */
const long = [
  "web/browser.system",
  "install.system",
  "mpi/mpi.system",
  "cli/process.system",
  "soak.system",
  "conformance/onnxruntime-node",
  "cli/flow",
  "docs-lectures",
  "conformance/shards",
  "mpi/ranks",
  "cli/tasks/rows",
  "webgpu/interpreted",
  "conformance/reference",
  "conformance/onnxruntime-web",
  "conformance/random-bodies",
  "cli/tokens",
  "cli/train",
  "examples-tasks",
  "serve/http",
  "docs-embeddings",
  "run/tasks",
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

/** Tests of what the machine has besides Node: browsers, MPI, packed installs, processes that are killed by the dozen. */
const system = ["{src,test}/**/*.system.test.ts"];

export default defineConfig({
  test: {
    setupFiles: ["test/one-core.ts", "test/typed-arrays.ts"],
    testTimeout: 300_000, // a busy machine is no failure
    hookTimeout: 300_000,
    pool: "forks",
    isolate: false, // loading the package takes longer than most tests
    // Most functions of a test run seldom. V8's optimizing compiler took a fifth of the suite's time.
    execArgv: ["--interrupt-budget=2000000"],
    maxWorkers: 2,
    experimental: { fsModuleCache: true }, // what has not changed is not transformed again
    sequence: { sequencer: LongestFirst },
    projects: [
      { extends: true, test: { name: "node", include: ["{src,test}/**/*.test.ts"], exclude: system } },
      { extends: true, test: { name: "system", include: system } },
    ],
  },
});
