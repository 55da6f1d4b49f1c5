// The way back from tokens to readable text: a space between words, none before a comma or inside brackets.
import type { WordSplit } from "./split-words.ts";

const noSpaceBefore = new Set([..."!),.:;?]}%’”»'…、。，！？：；）」』】"]);
const noSpaceAfter = new Set([..."([{“‘«#$£€@¿¡（「『【"]);
const tight = new Set([..."-/–—"]); // no space on either side
const letter = /[\p{L}\p{N}]/u;
/** Scripts that write no spaces between words, and their punctuation: Thai, Lao, Burmese, Khmer, Japanese, Chinese. */
const spaceless = /[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3000-\u30ff\u3400-\u9fff\uff00-\uff65]/;

/** Gives the text to write for each token in turn; it holds the little state that spacing needs. */
export function wordJoiner(split: WordSplit): (token: string) => string {
  let before = "\n"; // the token before
  let open = false; // inside straight double quotes
  return (token) => {
    let space = before !== "\n" && token !== "\n";
    if (split !== "whitespace" && space) {
      const closing = token === '"' && open;
      const opened = before === '"' && open;
      if (closing || opened) space = false;
      else if (noSpaceBefore.has(token) || noSpaceAfter.has(before)) space = false;
      else if (tight.has(token) || tight.has(before)) space = false;
      else if (!letter.test(token) && token === before)
        space = false; // "...", "!!"
      else if (split === "segmenter" && spaceless.test(token) && spaceless.test(before)) space = false;
    }
    if (token === '"') open = !open;
    if (token === "\n") open = false;
    before = token;
    return space ? ` ${token}` : token;
  };
}
