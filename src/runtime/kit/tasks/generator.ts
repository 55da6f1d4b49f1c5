// An exported generator: from labels, or from nothing, a text or a piece of music.
import { foldIn, type Random, random, randomKey } from "../../../base/random.ts";
import { keyCount, lowestKey, scoreOfSteps, type Steps } from "../../../data/music/chorales.ts";
import { secondsAt, type Score } from "../../../data/music/score.ts";
import { sample } from "../../../decode/sample.ts";
import { type Content, contentFromJSON, ends } from "../../../tasks/generation/content.ts";
import { type Fields, labelId } from "../../../tasks/generation/data.ts";
import type { ModelData } from "../encoding.ts";
import { type DrawOptions, filtersOf } from "../filters.ts";
import type { Numbers } from "../graph.ts";
import { type OpenOptions, open, type WeightSource } from "../open.ts";
import { sequence } from "../stepper.ts";

export interface ComposeOptions extends DrawOptions {
  /** A label for some or all fields; the others are drawn. */
  labels?: Readonly<Record<string, string>>;
  /** What a text begins with; MIDI pitches that a melody begins with, a step each. */
  start?: string | readonly number[];
  seed?: number;
  maxTokens?: number;
  /** Which of the pieces of this seed. */
  index?: number;
}

export async function load(data: ModelData, source: WeightSource, options?: OpenOptions) {
  const { graphs, shared } = await open(data, source, options);
  const info = data.info as { content: unknown; fields: Fields };
  const content = contentFromJSON(info.content);
  const { fields } = info;

  /** As `compose` of the library does it: the same draws from the same seed. */
  function compose(given: ComposeOptions = {}) {
    const { labels: wanted = {}, start, seed = 42, maxTokens = 200, index = 0 } = given;
    for (const [name, label] of Object.entries(wanted))
      labelId(Object.hasOwn(fields, name) ? fields : { [name]: [] }, name, label);
    const draws = random(foldIn(randomKey(seed), "compose", index));
    const labels = Object.fromEntries(
      Object.entries(fields).map(([name, all]) => [name, wanted[name] ?? all[draws.below(all.length)]!]),
    );
    const asked = Object.entries(labels).map(([name, label]): [string, Numbers] => [
      `label.${name}`,
      { shape: [1], data: [labelId(fields, name, label)] },
    ]);
    const step = sequence(graphs.model!);
    const read = (value: Numbers) => step({ value, ...Object.fromEntries(asked) }).logits!.data;
    if (content.type === "frames") {
      const steps = frames(read, draws, given.temperature ?? 1, maxTokens);
      return { labels, steps, notes: notesOf(scoreOfSteps(steps, { stepsPerQuarter: content.stepsPerQuarter })) };
    }
    const token = (id: number) => read({ shape: [1, 1], data: [id] });
    const { bos, eos } = ends(content);
    const ids = start ? startIds(content, start) : [];
    let logits = token(bos);
    for (const id of ids) logits = token(id);
    const filters = filtersOf(given);
    while (ids.length < maxTokens) {
      const id = sample(logits, filters, draws, ids);
      if (id === eos) break;
      ids.push(id);
      logits = token(id);
    }
    if (content.type === "text") return { labels, text: content.tokenizer.decode(ids) };
    return { labels, notes: notesOf(content.coder.decode(ids)) };
  }
  return { ...shared, content: content.type, fields, compose };
}

function startIds(content: Exclude<Content, { type: "frames" }>, start: string | readonly number[]): number[] {
  if (content.type === "text") return [...content.tokenizer.encode(String(start))];
  return Array.from(start as readonly number[], (pitch) => content.coder.pitch(pitch));
}

/** Each key is drawn on its own. */
function frames(read: (value: Numbers) => Float32Array, draws: Random, temperature: number, maxTokens: number): Steps {
  const steps: Steps = [];
  let frame = new Float32Array(keyCount);
  while (steps.length < maxTokens) {
    frame = read({ shape: [1, 1, keyCount], data: frame }).map((logit) => {
      const u = draws.uniform();
      return Number(temperature === 0 ? logit > 0 : u < 1 / (1 + Math.exp(-logit / temperature)));
    });
    steps.push(Array.from(frame.keys()).flatMap((key) => (frame[key] ? [key + lowestKey] : [])));
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
