// The progress of a tokenization: a bar for each pass over the text.

import type { CorpusReader, Work } from "../../node/index.ts";
import type { Progress } from "../../terminal/index.ts";
import type { Output } from "../output.ts";
import { openFiles } from "../source.ts";

/** A bar for `tokenizeText`; it shows nothing for what takes less than a moment. */
export function tokenizing(show: Output) {
  let bar: Progress | undefined;
  let pass: string | undefined;
  let began = 0;
  const end = () => {
    bar?.end();
    bar = undefined;
  };
  return {
    /** @param size bytes of the text */
    update:
      (size: number): NonNullable<Work["onProgress"]> =>
      (now, done) => {
        if (now !== pass) {
          end();
          pass = now;
          began = performance.now();
        }
        const seconds = (performance.now() - began) / 1000;
        if (seconds < 0.5) return;
        bar ??= show.bar();
        bar.update({
          at: now === "learning" ? "learning the vocabulary" : "encoding",
          perSecond: (done * size) / seconds,
          unit: "bytes",
          secondsLeft: (seconds / done) * (1 - done),
          done,
        });
      },
    end,
  };
}

/** A text is read from its beginning to its end: few bytes of the file need to stay in memory. */
export const inOrder = { memory: 1 << 20 };

/** Reads a corpus for a command: what is to be known of the files is a warning, and a large text has a bar. */
export function corpusReader(show: Output): CorpusReader {
  const bar = tokenizing(show);
  return {
    env: show.host.env,
    open: (files, signal) => openFiles(show, files, "text", { ...inOrder, signal }),
    writing(folder, size) {
      show.fact("tokens", `writing them to ${folder}, because the text is too large to keep in memory`);
      return bar.update(size);
    },
    written: bar.end,
  };
}
