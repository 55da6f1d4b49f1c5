// The declarations beside an exported module compile, and refuse wrong calls.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterAll, expect, it } from "vitest";
import { sumModel, sumTask } from "../../examples/own-task.ts";
import { gru } from "../../src/nn/index.ts";
import { nodeEngine } from "../../src/node/engine.ts";
import { exportModule } from "../../src/runtime/index.ts";
import { scratchFolder } from "../cli/terminal.ts";
import { modelNamed } from "../export/models.ts";
import { loaded } from "./open.ts";

const scratch = scratchFolder();
afterAll(() => scratch.remove());

/** What a user writes for each task; a line after `wrong` must not compile. */
const programs: Readonly<Record<string, string>> = {
  "language model, lstm": `
    const text: string = model.write({ prompt: "a", temperature: 0.8, topK: 3, seed: 1 });
    for (const piece of model.generate()) text.concat(piece);
    wrong model.classify("a");`,
  "classifier, lstm both ways": `
    const { label, probabilities } = model.classify("a fine film");
    const known: "bad" | "fine" | "good" = label;
    const share: number = probabilities.fine;
    wrong const other: "poor" = label;`,
  regressor: `
    const value: number = model.rate("a film");
    wrong model.rate(1);`,
  forecaster: `
    const next: number[] = model.forecast({ load: [1, 2], heat: new Float64Array(2) });
    wrong model.forecast({ load: [1] });`,
  "tagger, CRF and characters": `
    for (const { start, label } of model.tag("Ann saw Rome").spans) label.padEnd(start);
    const tags: string[] = model.tag(["Ann"], { outsideBias: 1 }).tags;
    wrong model.tag([1]);`,
  "translator, attention": `
    const text: string = await model.translate("abc", { beamSize: 2 });
    const scores: number[] = (await model.translations("abc")).map(({ score }) => score);
    wrong const now: string = model.translate("abc");`,
  "generator, text": `
    const { text } = model.compose({ labels: { kind: "first" }, start: "a" });
    wrong model.compose({ labels: { kind: "third" } });`,
  "generator, melody": `
    const pitches: number[] = model.compose({ start: [60] }).notes.map(({ pitch }) => pitch);
    wrong model.compose().text;`,
  "generator, frames": `
    const steps: number[][] = model.compose({ maxTokens: 8 }).steps;
    wrong model.compose({ start: [60] });`,
  "toy, numbers": `
    const answer: number = model.answer([[1, 0], [0.5, 1]]);
    wrong model.answer([1]);`,
  "toy, symbols": `
    const answers: string[] = model.answer(["a", "b"]);
    wrong model.answer(1);`,
};
const ownTask = `
    const { sums } = model.run("model", { inputs: { shape: [1, 1, 1], data: [2] }, lengths: { shape: [1], data: [1] } });
    wrong model.classify("a");`;

it("each task's declarations", { timeout: 120_000 }, () => {
  const own = sumModel({ encoder: gru({ hiddenSize: 3 }) });
  const all = [
    ...Object.entries(programs).map(([name, program]) => [exportModule(modelNamed(name)), program] as const),
    [exportModule(own, { graphs: sumTask.graphs(own) }), ownTask] as const,
  ];
  const files = all.map(([{ types, module }, program], i) => {
    scratch.write(`model-${i}.js`, module);
    scratch.write(`model-${i}.d.ts`, types);
    const lines = program.replaceAll(/^ *wrong /gm, "// @ts-expect-error\n");
    const text = `import { load } from "./model-${i}.js";\nconst model = await load("x");\n${lines}\nexport {};\n`;
    return scratch.write(`use-${i}.ts`, text);
  });
  scratch.write("package.json", '{ "type": "module" }');
  const cwd = scratch.path(".");
  const tsc = fileURLToPath(new URL("../../node_modules/typescript/bin/tsc", import.meta.url));
  const flags = "--noEmit --strict --target es2023 --lib es2023,dom --module nodenext --types".split(" ");
  const { stdout, status } = spawnSync(process.execPath, [tsc, ...flags, "", ...files], { cwd, encoding: "utf8" });
  expect(stdout).toBe("");
  expect(status).toBe(0);
});

it("a model of a user's own task runs by the names of its graphs", async () => {
  const model = sumModel({ encoder: gru({ hiddenSize: 3 }) });
  const rows = [[1, 2, 3], [4]];
  const predictor = await sumTask.predictor(model, { engine: nodeEngine({ threads: 1 }) });
  const expected = await predictor.run(rows);
  await predictor.release();
  const module = await loaded(model, { graphs: sumTask.graphs(model) });
  const inputs = { shape: [2, 3, 1], data: [1, 2, 3, 4, 0, 0] };
  const { sums } = module.run("model", { inputs, lengths: { shape: [2], data: [3, 1] } });
  expect(module.task).toBe("sum");
  sums!.data.forEach((value, i) => void expect(value).toBeCloseTo(expected[i]!, 5));
  expect(() => exportModule(model)).toThrow(/expected graphs, with a task of your own, got sum/);
});
