// JSON.parse keeps the last of two equal keys and says nothing; formats that forbid duplicates need to know.

/**
 * The first key that an object of this JSON text has twice, at any depth, or undefined.
 * @param text valid JSON
 */
export function duplicateKey(text: string): string | undefined {
  const open: (Set<string> | undefined)[] = []; // the keys of each open object; undefined for an open list
  for (let i = 0; i < text.length; ) {
    const unit = text.charCodeAt(i);
    if (unit === 0x7b) open.push(new Set());
    else if (unit === 0x5b) open.push(undefined);
    else if (unit === 0x7d || unit === 0x5d) open.pop();
    else if (unit === 0x22) {
      const end = closingQuote(text, i);
      let after = end + 1;
      while (isSpace(text.charCodeAt(after))) after++;
      if (text.charCodeAt(after) === 0x3a) {
        const key = JSON.parse(text.slice(i, end + 1)) as string;
        const keys = open.at(-1);
        if (keys?.has(key)) return key;
        keys?.add(key);
      }
      i = end;
    }
    i++;
  }
  return undefined;
}

function closingQuote(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit === 0x5c) i++;
    else if (unit === 0x22) return i;
  }
  return text.length;
}

function isSpace(unit: number): boolean {
  return unit === 0x20 || unit === 0x0a || unit === 0x0d || unit === 0x09;
}
