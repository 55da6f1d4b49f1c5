// Memory for given lengths: places whose lives do not overlap share an arena.
import type { Dim } from "../../tensor/shape.ts";
import { type Place, placeSize } from "./code.ts";
import type { Draft } from "./draft.ts";
import type { Unit } from "./lowering.ts";

/** Offsets are multiples of 64 words: 256 bytes. */
const unit = 64;

/** Where each place begins, and how many words the arena takes. `fed` is written before the first unit. */
export function layout(
  units: readonly Unit[],
  places: readonly Place[],
  fed: ReadonlySet<Place>,
  size: (dim: Dim) => number,
): { offsets: Map<Place, number>; words: number } {
  const lives = new Map<Place, { first: number; last: number }>();
  const touch = (place: Place, at: number) => {
    const life = lives.get(place);
    if (!life) lives.set(place, { first: at, last: at });
    else {
      life.first = Math.min(life.first, at);
      life.last = Math.max(life.last, at);
    }
  };
  for (const place of fed) touch(place, -1);
  for (const [at, one] of units.entries()) {
    for (const draft of draftsOf(one)) for (const place of [...draft.reads, ...draft.writes]) touch(place, at);
  }
  for (const place of places) if (place.keep && lives.has(place)) touch(place, units.length);

  const offsets = new Map<Place, number>();
  const live: { offset: number; end: number; last: number }[] = [];
  let words = unit;
  const arena = places.filter((place) => place.area === "arena" && lives.has(place));
  arena.sort((a, b) => lives.get(a)!.first - lives.get(b)!.first || size(placeSize(b)) - size(placeSize(a)));
  for (const place of arena) {
    const { first, last } = lives.get(place)!;
    const length = Math.max(1, Math.ceil(size(placeSize(place)) / unit)) * unit;
    for (let i = live.length - 1; i >= 0; i--) if (live[i]!.last < first) live.splice(i, 1);
    let offset = 0;
    let at = 0;
    for (; at < live.length; at++) {
      if (live[at]!.offset - offset >= length) break;
      offset = Math.max(offset, live[at]!.end);
    }
    live.splice(at, 0, { offset, end: offset + length, last });
    offsets.set(place, offset);
    words = Math.max(words, offset + length);
  }
  return { offsets, words };
}

export function draftsOf(one: Unit): Draft[] {
  return one.kind === "kernel" ? [one.draft] : [...one.first, ...one.units].flatMap(draftsOf);
}

/** Dispatches in their order: a kernel, and the number of workgroups beyond its own, which is the step of its loop. */
export function dispatches(units: readonly Unit[], size: (dim: Dim) => number): { draft: Draft; step: number }[] {
  const list: { draft: Draft; step: number }[] = [];
  const walk = (all: readonly Unit[], step: number) => {
    for (const one of all) {
      if (one.kind === "kernel") list.push({ draft: one.draft, step });
      else {
        const steps = size(one.loop.time);
        if (steps > 0) walk(one.first, 0);
        for (let s = 0; s < steps; s++) walk(one.units, s);
      }
    }
  };
  walk(units, 0);
  return list;
}
