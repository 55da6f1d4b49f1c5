// `--engine`: a training on SwiftShader through the command line; the choice of an engine on the backend that computes nothing.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { UnrolledError } from "../../src/base/index.ts";
import { withResume } from "../../src/cli/engine.ts";
import { chooseEngine } from "../../src/node/choose-engine.ts";
import { environment, events, run } from "../cli/in-process.ts";
import { everything, noDriver, noPackage, skipping, softwareGpu } from "./adapter.ts";

const home = process.cwd();
let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "unrolled-gpu-"));
  writeFileSync(join(folder, "text.txt"), "she sells sea shells by the sea shore. ".repeat(20));
  process.chdir(join(import.meta.dirname)); // where the package `webgpu` is
});
afterAll(() => {
  process.chdir(home);
  rmSync(folder, { recursive: true });
});

const file = (name: string) => join(folder, name);
const small = ["--steps", "3", "--cell", "rnn", "--hidden", "4", "--embedding", "4", "--bptt", "4", "--batch", "4"];
const train = (...more: string[]) => run("train", file("text.txt"), ...small, "--json", ...more);
const speeds = (gpu: number, cpu: number) => ({
  asked: "auto" as const,
  env: environment,
  unit: "tokens",
  measure: async ({ name }: { name: string }) => (name === "webgpu" ? gpu : cpu),
});

describe.skipIf(!everything || skipping(noDriver))("train --engine webgpu", () => {
  it("trains in one shard on a software GPU, with a warning; the model runs on the CPU", async () => {
    softwareGpu();
    const { out, err } = await train("--engine", "webgpu", "--out", file("gpu"));
    expect(err).toMatch(/^warning: webgpu: .*swiftshader.* computes on the CPU and is slower than the CPU engine\n$/i);
    expect(events(out).find(({ event }) => event === "start")).toMatchObject({ engine: "webgpu" });
    expect(events(out).at(-1)).toMatchObject({ event: "report" });
    expect((await run("evaluate", file("gpu"), file("text.txt"))).out).toContain("evaluation");
    expect((await run("sample", file("gpu"), "--length", "5", "--seed", "1")).exitCode).toBe(0);
  });
});

describe.skipIf(skipping(noPackage))("the choice of an engine", () => {
  it("auto takes the faster one and has the figures", async () => {
    environment.UNROLLED_WEBGPU_FLAGS = "backend=null";
    const gpu = await chooseEngine(speeds(901_000, 24_000));
    expect([gpu.name, gpu.text]).toEqual(["webgpu", "webgpu, unnamed adapter: 901,000 tokens/s, cpu 24,000"]);
    gpu.release();
    const cpu = await chooseEngine(speeds(1000, 24_000));
    expect([cpu.name, cpu.text]).toEqual(["cpu", "cpu: 24,000 tokens/s, webgpu (unnamed adapter) 1,000"]);
  });

  it("auto without a GPU takes the CPU, with the reason; webgpu fails with a hint", async () => {
    environment.UNROLLED_WEBGPU_FLAGS = "backend=opengl";
    const { text } = await chooseEngine(speeds(2, 1));
    expect(text).toBe("cpu: no GPU (webgpu: expected a GPU adapter, got none)");
    await expect(train("--engine", "webgpu", "--out", file("none"))).rejects.toThrow(
      /^webgpu: expected a GPU adapter, got none\n {2}hint: install the GPU's driver.* CPU engine/,
    );
  });

  it("without the package: a hint to install it", async () => {
    process.chdir(folder);
    await expect(train("--engine", "webgpu", "--out", file("none"))).rejects.toThrow(
      /^webgpuEngine: expected the package webgpu, got none\n {2}hint: npm install webgpu/,
    );
    process.chdir(import.meta.dirname);
  });

  it("a lost GPU: one sentence, and the command that continues", () => {
    const lost = new UnrolledError({ where: "webgpu", code: "device", problem: "the GPU device was lost (unknown)" });
    expect((withResume(lost, "npx unrolled train --resume m --engine cpu") as Error).message).toBe(
      "webgpu: the GPU device was lost (unknown)\n  hint: resume from the last checkpoint: npx unrolled train --resume m --engine cpu",
    );
  });
});
