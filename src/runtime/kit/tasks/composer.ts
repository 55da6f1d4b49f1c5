// An exported generator of music: a melody, token by token, or all voices, frame by frame.
import type { Random } from "../../../base/random.ts";
import { keyCount, type Steps, scoreOfSteps, stepsOfRoll } from "../../../data/music/chorales.ts";
import { melodyCoder } from "../../../data/music/melody.ts";
import { type Score, secondsAt } from "../../../data/music/score.ts";
import { sampleEach } from "../../../decode/sample.ts";
import type { ModelData } from "../encoding.ts";
import type { Numbers } from "../graph.ts";
import type { OpenOptions, WeightSource } from "../open.ts";
import { type ComposeOptions, pieceWriter } from "./pieces.ts";

type Content = { type: "melody"; coder: object } | { type: "frames"; stepsPerQuarter: number };

export async function load(data: ModelData, source: WeightSource, options?: OpenOptions) {
  const { shared, begin, tokens } = await pieceWriter(data, source, options);
  const { content } = data.info as { content: Content };
  if (content.type === "frames")
    return {
      ...shared,
      content: "frames",
      compose(given: ComposeOptions = {}) {
        const { labels, draws, read } = begin(given);
        const steps = frames(read, draws, given.temperature ?? 1, given.maxTokens ?? 200);
        return { labels, steps, notes: notesOf(scoreOfSteps(steps, { stepsPerQuarter: content.stepsPerQuarter })) };
      },
    };
  const coder = melodyCoder(content.coder);
  const ends = coder.special as { bos: number; eos: number };
  return {
    ...shared,
    content: "melody",
    compose(given: ComposeOptions = {}) {
      const begun = begin(given);
      const start = Array.from((given.start ?? []) as readonly number[], (pitch) => coder.pitch(pitch));
      return { labels: begun.labels, notes: notesOf(coder.decode(tokens(begun, ends, start, given))) };
    },
  };
}

/** Each key is drawn on its own. */
function frames(read: (value: Numbers) => Float32Array, draws: Random, temperature: number, maxTokens: number): Steps {
  const steps: Steps = [];
  let frame = new Float32Array(keyCount);
  while (steps.length < maxTokens) {
    frame = sampleEach(read({ shape: [1, 1, keyCount], data: frame }), temperature, draws);
    steps.push(...stepsOfRoll(frame));
  }
  return steps;
}

/** When each note begins and how long it sounds, in seconds; its pitch as MIDI counts, 69 is 440 Hz. */
function notesOf(music: Score) {
  return music.notes.map(({ pitch, start, duration }) => {
    const from = secondsAt(music, start);
    return { pitch, start: from, duration: secondsAt(music, start + duration) - from };
  });
}
