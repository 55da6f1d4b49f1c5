// What exported generators share: labels, the draws of a seed, a sequence of their own.

import { foldIn, type Random, random, randomKey } from "../../../base/random.ts";
import { drawLabels, labelId } from "../../../data/batches/pieces.ts";
import type { Fields } from "../../../data/piece-data.ts";
import { sample } from "../../../decode/sample.ts";
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

/** A piece that is about to be written. */
interface Begun {
  labels: Readonly<Record<string, string>>;
  draws: Random;
  /** Reads what was written; returns the logits of the next step. */
  read(value: Numbers): Float32Array;
}

export async function pieceWriter(data: ModelData, source: WeightSource, options?: OpenOptions) {
  const { graphs, shared } = await open(data, source, options);
  const { fields } = data.info as { fields: Fields };

  /** As `compose` of the library does it: the same draws from the same seed. */
  function begin({ labels: wanted = {}, seed = 42, index = 0 }: ComposeOptions): Begun {
    for (const [name, label] of Object.entries(wanted))
      labelId(Object.hasOwn(fields, name) ? fields : { [name]: [] }, name, label);
    const draws = random(foldIn(randomKey(seed), "compose", index));
    const labels = drawLabels(fields, wanted, draws);
    const asked = Object.entries(labels).map(([name, label]): [string, Numbers] => [
      `label.${name}`,
      { shape: [1], data: [labelId(fields, name, label)] },
    ]);
    const step = sequence(graphs.model!);
    const read = (value: Numbers) => step({ value, ...Object.fromEntries(asked) }).logits!.data;
    return { labels, draws, read };
  }

  /** Tokens between `bos` and `eos`. */
  function tokens(
    { draws, read }: Begun,
    { bos, eos }: { bos: number; eos: number },
    start: Iterable<number>,
    given: ComposeOptions,
  ): number[] {
    const token = (id: number) => read({ shape: [1, 1], data: [id] });
    const ids = [...start];
    let logits = token(bos);
    for (const id of ids) logits = token(id);
    const filters = filtersOf(given);
    while (ids.length < (given.maxTokens ?? 200)) {
      const id = sample(logits, filters, draws, ids);
      if (id === eos) break;
      ids.push(id);
      logits = token(id);
    }
    return ids;
  }
  return { shared: { ...shared, fields }, begin, tokens };
}
