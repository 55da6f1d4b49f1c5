// Runs the request and the program of docs/serve.md.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { charTokenizer, gru, languageModel, save } from "../../src/index.ts";
import { localBackend, modelServer } from "../../src/serve/index.ts";
import { scratchFolder } from "../cli/terminal.ts";
import { runProgram } from "../program.ts";
import { reviews } from "./models.ts";

const root = join(import.meta.dirname, "..", "..");
const doc = readFileSync(join(root, "docs", "serve.md"), "utf8");
const home = process.cwd();
const scratch = scratchFolder();
beforeAll(async () => {
  process.chdir(scratch.path("."));
  await save(reviews(), "models/reviews");
});
afterAll(() => {
  process.chdir(home);
  scratch.remove();
});

test("its request is answered", async () => {
  const [, path, body] = doc.match(/curl http:\/\/127\.0\.0\.1:8080(\S+) [\s\S]*?-d '(.*)'/)!;
  const shakespeare = languageModel({
    tokenizer: charTokenizer.fit("ROMEO: but soft, what light"),
    encoder: gru({ hiddenSize: 4 }),
    embeddingSize: 4,
  });
  const backend = await localBackend({ shakespeare, reviews: reviews() }, { threads: 1 });
  const headers = { "content-type": "application/json" };
  const request = new Request(`http://127.0.0.1:8080${path}`, { method: "POST", headers, body });
  const answer = (await (await modelServer(backend).fetch(request)).json()) as { choices: { text: string }[] };
  expect(answer.choices[0]!.text).toHaveLength(200);
  await backend.close();
});

test("its program runs", async () => {
  const printed = await runProgram(doc, (code) => scratch.write("serve.ts", code));
  expect(printed[0]![0]).toMatchObject({ model: "reviews", results: [{ label: expect.any(String) }] });
});
