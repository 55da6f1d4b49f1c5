// Counts and nouns in messages.

/** 1234567 -> "1,234,567". */
export function formatWhole(n: number): string {
  return Math.round(n).toLocaleString("en-US");
}

/** `a tagger`, `an RNN`. */
export const withArticle = (title: string): string => `${/^[aeiou]/i.test(title) ? "an" : "a"} ${title}`;

/** `1 class`, `1,234 classes`. */
export function plural(n: number, one: string, many = `${one}s`): string {
  return `${formatWhole(n)} ${n === 1 ? one : many}`;
}
