// The language that is read: the browser's, or the one that was chosen.
import { computed, signal } from "@preact/signals";
import { en, type Words } from "./en.ts";

export type Language = "en" | "ko";
const stored = localStorage.getItem("language");
export const language = signal<Language>(
  stored === "ko" || stored === "en" ? stored : navigator.language.startsWith("ko") ? "ko" : "en",
);
const korean = signal<Words | undefined>(undefined);
export const words = computed<Words>(() => (language.value === "ko" && korean.value) || en);

/** Korean is fetched when it is read. */
export async function loadWords(to: Language = language.value): Promise<void> {
  if (to === "ko") korean.value ??= (await import("./ko.ts")).ko;
}
/** `12,345.60`, as both languages write it. `Intl` would do the same, but takes 50 ms to load its tables. */
export function fixed(value: number, digits: number): string {
  const [integer, fraction] = value.toFixed(digits).split(".");
  const grouped = integer!.replace(/\B(?=(\d{3})+$)/g, ",");
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}
export const whole = (value: number) => fixed(value, 0);
export const percent = (share: number) => `${fixed(100 * share, share > 0.995 || share < 0.005 ? 1 : 0)} %`;
export const size = (bytes: number) =>
  bytes < 2 ** 20 ? `${whole(bytes / 1024)} kB` : `${fixed(bytes / 2 ** 20, 1)} MB`;

export async function switchLanguage(): Promise<void> {
  const to = language.value === "ko" ? "en" : "ko";
  await loadWords(to);
  language.value = to;
  localStorage.setItem("language", language.value);
  document.documentElement.lang = language.value;
}
