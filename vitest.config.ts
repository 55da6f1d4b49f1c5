import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    setupFiles: ["test/one-core.ts"],
    testTimeout: 300_000, // a busy machine is no failure
    hookTimeout: 300_000,
    pool: "forks",
    isolate: false, // loading the package takes longer than most tests
    maxWorkers: 2,
  },
});
