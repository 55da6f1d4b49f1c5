// `unrolled import`: a file of PyTorch becomes a folder that other commands take, and what cannot be is refused by name.
import { writeFileSync } from "node:fs";
import { inflateSync } from "node:zlib";
import { afterAll, expect, it } from "vitest";
import { events, run } from "../cli/in-process.ts";
import { eventFaults } from "../cli/schema.ts";
import { scratchFolder } from "../cli/terminal.ts";
import fixture from "../fixtures/import-files.json" with { type: "json" };
import keras from "../fixtures/keras-files.json" with { type: "json" };

const scratch = scratchFolder();
afterAll(() => scratch.remove());

function file(name: keyof typeof fixture.files): string {
  const path = scratch.path(`${name.replaceAll(/\W+/g, "-")}.pt`);
  writeFileSync(path, Buffer.from(fixture.files[name].base64, "base64"));
  return path;
}

it("imports flair's file with its own dictionary, and samples from it", async () => {
  const out = scratch.path("flair");
  const imported = await run("import", file("flair"), "--as", "language-model", "--out", out, "--json");
  const [event] = events(imported.out);
  expect(event).toMatchObject({ event: "import", task: "language-model", out, tokens: 7 });
  expect(eventFaults(event!)).toEqual([]);
  const { out: text } = await run("sample", out, "--prompt", "ab", "--length", "5", "--seed", "1");
  expect(text.length).toBeGreaterThan(3);
});

it("imports AWD-LSTM with a list of tokens, a classifier with labels", async () => {
  const vocab = scratch.write("vocab.json", JSON.stringify(fixture.tokens));
  const awd = await run(
    "import",
    file("AWD-LSTM"),
    "--as",
    "language-model",
    "--vocab",
    vocab,
    "--out",
    scratch.path("awd"),
  );
  expect(awd.out).toContain("AWD-LSTM (fastai)");
  const classifier = ["import", file("classifier"), "--as", "classifier", "--vocab", vocab, "--out", scratch.path("c")];
  await run(...classifier, "--labels", "x,y,z", "--pooling", "max");
  const { out } = await run("predict", scratch.path("c"), "abc", "--json");
  expect(events(out)[0]).toMatchObject({
    event: "prediction",
    task: "classifier",
    label: expect.stringMatching(/^[xyz]$/),
  });
  await expect(run(...classifier)).rejects.toThrow("expected --labels");
  await expect(run(...classifier, "--labels", "x,y")).rejects.toThrow(/empty or new folder|expected 3 labels/);
});

function kerasFile(name: keyof typeof keras.files): string {
  const path = scratch.path(`${name.replaceAll(/\W+/g, "-")}.keras`);
  writeFileSync(path, inflateSync(Buffer.from(keras.files[name].base64, "base64")));
  return path;
}

it("imports Keras files: a classifier, a tagger, a regressor, a forecaster", async () => {
  const vocab = scratch.write("keras.json", JSON.stringify(keras.tokens));
  const into = async (name: keyof typeof keras.files, ...rest: string[]) => {
    const out = scratch.path(name.replaceAll(/\W+/g, "-"));
    const { out: printed } = await run("import", kerasFile(name), ...rest, "--out", out);
    expect(printed).toContain("Keras 3.15.1");
    return out;
  };
  const as = ["--vocab", vocab, "--as"];
  const labels = scratch.write("labels.txt", "bad\ngood\n");
  const rated = await into("binary: Functional, masked, hidden layer", ...as, "classifier", "--labels", labels);
  const { out } = await run("predict", rated, "abdc", "--json");
  expect(events(out)[0]).toMatchObject({ event: "prediction", label: expect.stringMatching(/bad|good/) });
  const tagged = await into("tagger", ...as, "tagger", "--tags", "O,B-X,I-X");
  expect((await run("predict", tagged, "abdc", "--json")).out).toContain("prediction");
  const number = await into("regressor", ...as, "regressor", "--scale", "3,2");
  expect((await run("predict", number, "abdc", "--json")).out).toContain("prediction");
  const forecast = await into("forecaster", "--as", "forecaster", "--series", "u,v", "--means", "1,2");
  const csv = scratch.write("s.csv", `u,v\n${Array.from({ length: 12 }, (_, i) => `${i},${i * i}`).join("\n")}\n`);
  expect((await run("predict", forecast, csv, "--json")).out).toContain("prediction");
});

it("refuses by name", async () => {
  const lstm = file("LSTM");
  const as = ["--as", "language-model", "--out", scratch.path("none")];
  await expect(run("import", lstm, ...as)).rejects.toThrow("expected --vocab with the tokens by id, got weights alone");
  await expect(run("import", lstm, ...as, "--labels", "a")).rejects.toThrow("--labels: expected --as classifier");
  const damaged = scratch.write("m.keras", "PK");
  await expect(run("import", damaged, ...as)).rejects.toThrow("the archive has no directory");
  await expect(run("import", damaged, ...as, "--activation", "relu")).rejects.toThrow("a Keras file records it");
  await expect(run("import", lstm, "--as", "forecaster")).rejects.toThrow("expected --series");
  await expect(run("import", lstm, "--as", "tagger", "--series", "a")).rejects.toThrow(
    "--series: expected --as forecaster",
  );
  await expect(run("import", scratch.write("m.pt", "no weights"), ...as)).rejects.toThrow("not a PyTorch file");
  await expect(run("import", scratch.path("nothing.pt"), ...as)).rejects.toThrow("nothing.pt");
});
