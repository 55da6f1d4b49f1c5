import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { jsonLines, scratchFolder, unrolled } from "../../../test/cli/terminal.ts";

const scratch = scratchFolder();
afterAll(() => scratch.remove());
let model = "";
let text = "";
beforeAll(async () => {
  text = scratch.write("words.txt", "the cat sat , the <unk> sat too .\nit sat , and the cat slept .\n".repeat(15));
  model = scratch.path("model");
  const small = ["--hidden", "6", "--embedding", "6", "--bptt", "8", "--steps", "20", "--lr", "0.02"];
  expect(await unrolled(["train", text, "--out", model, ...small])).toMatchObject({ code: 0, err: "" });
});
const evaluate = (...more: string[]) => unrolled(["evaluate", model, text, ...more]);

describe("evaluate of a language model", () => {
  it("--cache and --dynamic adapt, with numbers chosen on --tune, and state the plain perplexity", async () => {
    const [plain] = jsonLines(await evaluate("--json"));
    const [cache] = jsonLines(await evaluate("--cache", "--tune", text, "--window", "50", "--json"));
    expect(cache).toMatchObject({ event: "report", part: "evaluation", method: "a neural cache", window: 50 });
    expect(cache!.plainPerplexity).toBeCloseTo(plain!.perplexity as number, 3);
    expect(cache!.perplexity).toBeLessThanOrEqual(plain!.perplexity as number);
    const { out } = await evaluate("--dynamic", "--adapt-rate", "0.3");
    expect(out).toMatch(/with dynamic evaluation: rate 0.3, decay 0.005, length 20\n {2}without: perplexity \d/);
  });

  it("refuses numbers of what was not asked for, both at once, and other models", async () => {
    expect((await evaluate("--theta", "1")).err).toContain("--theta: expected --cache, got neither");
    expect((await evaluate("--tune", text)).err).toContain("--tune: expected --cache or --dynamic, got neither");
    expect((await evaluate("--cache", "--dynamic")).err).toContain("cannot be used with option '--dynamic'");
    const lines = scratch.path("lines");
    const small = ["--hidden", "4", "--embedding", "4", "--steps", "2", "--lines", "--tokens", "char"];
    await unrolled(["train", text, "--out", lines, ...small]);
    expect((await unrolled(["evaluate", lines, text, "--cache"])).err).toContain("expected a model of one stream");
  });
});
