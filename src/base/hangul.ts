// Korean syllables and their letters (jamo), as Unicode takes them apart (NFD) and puts them together (NFC).

/**
 * A text with each Korean syllable as its letters: a leading consonant, a vowel and, if there is one, a final consonant.
 * Other characters stay.
 */
export const lettersOf = (text: string): string => text.replace(/[가-힣]/g, (syllable) => syllable.normalize("NFD"));

/**
 * Puts the letters of `lettersOf` back into syllables as they come. What `push` and `end` give, joined, is the text; letters
 * that may still grow into a syllable are held back.
 */
export function syllableWriter(): { push(text: string): string; end(): string } {
  let held = "";
  const joined = (letters: string) =>
    letters.replace(/[\u1100-\u1112][\u1161-\u1175][\u11a8-\u11c2]?/g, (syllable) => syllable.normalize("NFC"));
  return {
    push(text) {
      const all = held + text;
      held = /[\u1100-\u1112][\u1161-\u1175]?$/.exec(all)?.[0] ?? "";
      return joined(all.slice(0, all.length - held.length));
    },
    end() {
      const rest = joined(held);
      held = "";
      return rest;
    },
  };
}
