export { type AbcOptions, type AbcTune, abcTicks, readAbc } from "./abc-read.ts";
export { type AbcWriteOptions, writeAbc } from "./abc-write.ts";
export {
  type Chorales,
  findStepsPerQuarter,
  keyCount,
  lowestKey,
  pianoRollOf,
  readChorales,
  type Steps,
  type StepsToScoreOptions,
  scoreOfSteps,
  stepsOfRoll,
  stepsOfScore,
} from "./chorales.ts";
export type { MusicData } from "./formats.ts";
export { keyFifths, keyOfFifths } from "./keys.ts";
export { fitRange, type MelodyCoder, type MelodyOptions, melodyCoder } from "./melody.ts";
export { type MidiFile, readMidi } from "./midi-read.ts";
export { type MidiWriteOptions, writeMidi } from "./midi-write.ts";
export { type Note, pitchName, type Score, score, scoreLength, secondsAt, transpose, withResolution } from "./score.ts";
export { type SynthOptions, synthesize, writeWav } from "./synth.ts";
