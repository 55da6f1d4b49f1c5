import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    testTimeout: 120_000, // a busy machine is no failure
    hookTimeout: 120_000,
    pool: "forks",
    isolate: false,
    maxWorkers: 2,
  },
});
