// Labels, texts and file names come from elsewhere: what could steer a terminal is shown, not sent.

/** C0 and C1 controls (ESC, BEL, CSI, line breaks), line separators, and marks that reorder text. */
const steering = /[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/**
 * Text that is safe to print: control characters become visible escapes such as `\x1b`. With `lines`, line breaks and tabs
 * stay, for generated text; without, the result is one line.
 */
export function clean(text: string, { lines = false }: { lines?: boolean } = {}): string {
  return text.replace(steering, (char) => (lines && (char === "\n" || char === "\t") ? char : escaped(char)));
}

/** One line of at most `columns` characters. */
export function excerpt(text: string, columns = 60): string {
  const characters = [...clean(text)];
  return characters.length > columns ? `${characters.slice(0, columns - 1).join("")}…` : characters.join("");
}

function escaped(char: string): string {
  const short = { "\n": "\\n", "\r": "\\r", "\t": "\\t" }[char];
  const code = char.charCodeAt(0).toString(16);
  return short ?? (code.length <= 2 ? `\\x${code.padStart(2, "0")}` : `\\u${code.padStart(4, "0")}`);
}
