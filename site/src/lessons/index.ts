// The lessons by name. A page loads only those of its figures.
import type { Lesson } from "../kit/lesson.ts";

export const lessons: Readonly<Record<string, () => Promise<Lesson>>> = {
  counting: () => import("./counting.ts").then(({ counting }) => counting),
};
