// A process killed while it saves a model.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { build, root } from "../../test/built.ts";
import { random } from "../base/index.ts";
import { charTokenizer } from "../data/index.ts";
import { lstm } from "../nn/index.ts";
import { languageModel } from "../tasks/index.ts";
import { train } from "../train/index.ts";
import { nodeEngine } from "./engine.ts";
import { load, save } from "./save.ts";

let scratch = "";
beforeAll(async () => {
  build();
  scratch = await mkdtemp(join(tmpdir(), "unrolled-"));
});
afterAll(() => rm(scratch, { recursive: true }));

it("leaves a model that loads, with the training state that belongs to it", async () => {
  const path = join(scratch, "killed");
  const tokenizer = charTokenizer.fit("abcdefg");
  const model = languageModel({ tokenizer, encoder: lstm({ hiddenSize: 3 }), embeddingSize: 2 });
  for await (const _ of train(model, "abcdefg".repeat(40), { engine: nodeEngine({ threads: 1 }), steps: 2 }));
  await save(model, path);
  const again = join(scratch, "again.mjs");
  await writeFile(
    again,
    `import { load, save } from "${pathToFileURL(join(root, "dist", "node", "index.js")).href}";
     const model = await load(process.argv[2], { training: true });
     for (let n = 1; ; n++) {
       model.training.step = n;
       model.training.best = undefined;
       model.parameters.fill(n);
       await save(model, process.argv[2]);
       process.stdout.write(".");
     }`,
  );
  const r = random(3);
  for (let round = 0; round < 4; round++) {
    const child = spawn(process.execPath, [again, path], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(child.stdout, "data");
    await new Promise((done) => setTimeout(done, r.below(20)));
    child.kill("SIGKILL");
    await once(child, "close");
    const { parameters, training } = await load(path, { training: true });
    expect(training!.step).toBeGreaterThan(0);
    expect(parameters[0]).toBe(training!.step);
  }
});
