// The lessons by name. A page loads only those of its figures.
import type { Lesson } from "../kit/lesson.ts";

export const lessons: Readonly<Record<string, () => Promise<Lesson>>> = {
  reviews: () => import("./reviews.ts").then(({ reviews }) => reviews),
  names: () => import("./names.ts").then(({ names }) => names),
  tunes: () => import("./tunes.ts").then(({ tunes }) => tunes),
  agreement: () => import("./agreement.ts").then(({ agreement }) => agreement),
  "two-sentences": () => import("./agreement.ts").then(({ twoSentences }) => twoSentences),
  counting: () => import("./counting.ts").then(({ counting }) => counting),
  teddy: () => import("./teddy.ts").then(({ teddy }) => teddy),
  floors: () => import("./floors.ts").then(({ floorsLesson }) => floorsLesson),
  reversing: () => import("./reversing.ts").then(({ reversing }) => reversing),
  readers: () => import("./readers.ts").then(({ readers }) => readers),
  world: () => import("./world.ts").then(({ world }) => world),
  people: () => import("./people.ts").then(({ peopleLesson }) => peopleLesson),
  transfer: () => import("./transfer.ts").then(({ transferLesson }) => transferLesson),
};
