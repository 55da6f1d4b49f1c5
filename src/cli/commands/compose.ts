// unrolled compose: what a generator generates.
import { jsonFlag, makeCommand, seedRange } from "../command.ts";
import { int, real, several, text } from "../flags.ts";
import type { Host } from "../host.ts";
import { runSample } from "./sample.ts";

const flags = {
  label: several(
    "--label <label...>",
    "labels to condition on, such as Korean, or style=reel key=G; the others are sampled",
  ),
  start: text(
    "--start <what>",
    "how the piece begins: text; for music a pitch (G4, or its MIDI number 67) or a chord (C4,E4,G4)",
  ),
  temperature: real(
    "--temperature <x>",
    "below 1 is more conservative, 0 is greedy",
    { min: 0, max: 100 },
    { value: 0.9 },
  ),
  topP: real("--top-p <x>", "sample from the most likely tokens that make up this share", { above: 0, max: 1 }),
  steps: int("--steps <n>", "maximum number of time steps", { min: 1 }, { value: 128 }),
  count: int("--count <n>", "number of pieces", { min: 1 }, { value: 1 }),
  out: text("--out <folder>", "for music: write ABC, MIDI, WAV and a piano roll there", {
    fallback: "ABC to the terminal",
  }),
  seed: int("--seed <n>", "same seed, same pieces", seedRange, { fallback: "a new seed each time" }),
  ...jsonFlag,
};

export const composeCommand = (host: Host) =>
  makeCommand(
    "compose",
    { arguments: [["<model>", "folder of a trained generator"]], flags },
    ({ start: prompt, steps: length, ...given }, folder) =>
      runSample(host, folder, { ...given, length, prompt, generator: true }),
  );
