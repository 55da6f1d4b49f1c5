// The lines of a file with the places where they begin, in large sequential reads.
import { isAscii } from "node:buffer";
import { fail } from "../base/index.ts";
import type { WindowedFile } from "./windowed-file.ts";

export interface FileLine {
  text: string;
  /** Its first byte. */
  offset: number;
}

const chunkBytes = 1 << 22;
const longestLine = 2 ** 28;

/**
 * Lines of UTF-8 without their ends (LF, CR LF or CR), as `linesOf` cuts them; without a byte order mark.
 *
 * @throws UnrolledError with code "file" for a line of over 256 MiB
 */
export function* fileLines(file: WindowedFile): Generator<FileLine> {
  const { size } = file;
  let from = 0;
  while (from < size) {
    const chunk = wholeLines(file, from);
    // Each line is a string of its own: a slice of a longer one would keep the whole of it alive.
    const encoding = isAscii(chunk) ? "latin1" : "utf8";
    const start = from === 0 && chunk[0] === 0xef && chunk[1] === 0xbb && chunk[2] === 0xbf ? 3 : 0;
    for (let at = start; at < chunk.length; ) {
      let end = at;
      while (end < chunk.length && chunk[end] !== 10 && chunk[end] !== 13) end++;
      yield { text: chunk.toString(encoding, at, end), offset: from + at };
      at = end + (chunk[end] === 13 && chunk[end + 1] === 10 ? 2 : 1);
    }
    from += chunk.length;
  }
}

/** About 4 MiB of whole lines, or the rest of the file; a copy. */
function wholeLines(file: WindowedFile, from: number): Buffer {
  for (let bytes = chunkBytes; ; bytes *= 2) {
    const to = Math.min(file.size, from + bytes);
    const chunk = Buffer.from(file.read(from, to));
    if (to === file.size) return chunk;
    const end = chunk.lastIndexOf(10) + 1;
    if (end > 0) return chunk.subarray(0, end);
    if (bytes >= longestLine)
      fail({ where: file.path, problem: `a line of over ${longestLine} bytes`, hint: "is it a text?", code: "file" });
  }
}
