// Runs every command and example of docs/onnx.md and docs/import.md.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { inflateSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { save } from "../../src/index.ts";
import { run } from "../cli/in-process.ts";
import { scratchFolder } from "../cli/terminal.ts";
import fixture from "../fixtures/import-files.json" with { type: "json" };
import keras from "../fixtures/keras-files.json" with { type: "json" };
import { modelNamed } from "./models.ts";

const root = join(import.meta.dirname, "..", "..");
const home = process.cwd();
const scratch = scratchFolder();

beforeAll(async () => {
  process.chdir(scratch.path("."));
  await save(modelNamed("classifier, stacked, attention"), "models/reviews");
  for (const [file, name] of [
    ["model.pt", "LSTM"],
    ["classifier.pt", "classifier"],
    ["tagger.pt", "tagger"],
    ["laser2.pt", "LASER2"],
  ] as const)
    writeFileSync(file, Buffer.from(fixture.files[name].base64, "base64"));
  writeFileSync("vocab.json", JSON.stringify(fixture.tokens));
  const reviews = keras.files["binary: Functional, masked, hidden layer"].base64;
  writeFileSync("reviews.keras", inflateSync(Buffer.from(reviews, "base64")));
  writeFileSync("words.json", JSON.stringify(keras.tokens));
});
afterAll(() => {
  process.chdir(home);
  scratch.remove();
});

describe.each(["onnx", "import"])("docs/%s.md", (page) => {
  const doc = readFileSync(join(root, "docs", `${page}.md`), "utf8");
  const blocks = (kind: string) =>
    [...doc.matchAll(new RegExp(`^\`\`\`${kind}\n([\\s\\S]*?)^\`\`\``, "gm"))].map((match) => match[1]!);

  it("its commands run", async () => {
    const commands = blocks("sh").flatMap((block) => block.trim().split("\n"));
    expect(commands.length).toBeGreaterThan(2);
    for (const command of commands) {
      const [npx, program, ...args] = command.match(/"[^"]*"|\S+/g)!.map((word) => word.replaceAll('"', ""));
      expect([npx, program]).toEqual(["npx", "unrolled"]);
      expect((await run(...args)).out, command).not.toBe("");
    }
  });

  it("its example runs", async () => {
    const printed = vi.spyOn(console, "log").mockImplementation(() => {});
    try {
      for (const [i, block] of blocks("ts").entries()) {
        const source = (part: string) => pathToFileURL(join(root, "src", part, "index.ts")).href;
        const code = block
          .replaceAll(/from "unrolled(?:\/(\w+))?"/g, (_, part: string | undefined) => `from "${source(part ?? "")}"`)
          .replaceAll(
            'from "onnxruntime-node"',
            `from "${pathToFileURL(join(root, "node_modules/onnxruntime-node/dist/index.js")).href}"`,
          );
        const file = scratch.write(`${page}-${i}.ts`, code);
        await import(pathToFileURL(file).href);
      }
      expect(printed.mock.calls.flat().every((value) => value !== undefined)).toBe(true);
      expect(printed.mock.calls.length).toBeGreaterThan(1);
    } finally {
      printed.mockRestore();
    }
  });
});
