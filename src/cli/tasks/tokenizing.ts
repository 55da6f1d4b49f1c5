// The progress of a tokenization: a bar for each pass over the text.
import type { Output } from "../output.ts";
import { type Progress, progress } from "../terminal/index.ts";
import type { Work } from "./tokenize-text.ts";

/** A bar for `tokenizeText`; it shows nothing for what takes less than a moment. */
export function tokenizing({ host, json }: Output) {
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
        bar ??= progress({
          write: host.out,
          isTTY: host.isTTY,
          silent: json,
          columns: host.columns,
          colors: host.colors,
        });
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
