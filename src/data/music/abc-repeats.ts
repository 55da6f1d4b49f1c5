// Plays repeats and endings out: `|: A |1 B :|2 C |]` becomes A B A C.

/** A bar line among the events of one voice. */
export interface Bar {
  bar: true;
  /** It begins with `:`, as `:|` does. */
  repeatEnd: boolean;
  /** It ends with `:`, as `|:` does. */
  repeatStart: boolean;
  /** `|1`, `:|2`, `|1,3`: at which times what follows is played; empty means always. */
  endings: number[];
  /** `||`, `|]`: an ending ends here, and what is repeated reaches back no further. */
  double: boolean;
}

/** Reads a bar line as it is written: `|`, `|:`, `:|2`, `::`, `|]`, `[1`. */
export function parseBar(text: string): Bar {
  const line = /^[^\d]*/.exec(text)![0].replace(/\[$/, "");
  const endings = text
    .slice(/^[^\d]*/.exec(text)![0].length)
    .split(",")
    .filter(Boolean)
    .flatMap((part) => {
      const [from = 1, to = from] = part.split("-").map(Number);
      return Array.from({ length: Math.max(1, to - from + 1) }, (_, i) => from + i);
    });
  const repeatEnd = line.startsWith(":");
  return {
    bar: true,
    repeatEnd,
    repeatStart: line.length > 1 && line.endsWith(":"),
    endings,
    double: /\|\||\|\]|\[\|/.test(line),
  };
}

/** Events in the order they sound, without the bar lines. */
export function playRepeats<E extends object>(events: readonly (E | Bar)[]): E[] {
  const out: E[] = [];
  let from = 0; // where a repeat goes back to
  let explicit = false; // a |: stands there
  let time = 1;
  let ending: readonly number[] = [];
  const begin = (at: number, isExplicit: boolean) => {
    from = at;
    explicit = isExplicit;
    time = 1;
    ending = [];
  };
  for (let i = 0; i < events.length; ) {
    const event = events[i++]!;
    if (!isBar(event)) {
      out.push(event);
      continue;
    }
    if (event.repeatEnd && (time === 1 || ending.includes(time + 1) || event.endings.includes(time + 1))) {
      time++;
      ending = [];
      i = from;
      continue;
    }
    if (event.repeatEnd || event.repeatStart) begin(i, event.repeatStart);
    else if (event.double && (ending.length > 0 ? time > 1 : !explicit)) begin(i, false);
    if (event.endings.length === 0) continue;
    if (event.endings.includes(time)) ending = event.endings;
    else {
      const next = nextEnding(events, i, time);
      if (next !== undefined) {
        ending = (events[next] as Bar).endings;
        i = next + 1;
      }
    }
  }
  return out;
}

function isBar(event: object | undefined): event is Bar {
  return event !== undefined && "bar" in event;
}

/** The bar line of this section whose ending is played at this time. */
function nextEnding(events: readonly object[], after: number, time: number): number | undefined {
  for (let i = after; i < events.length; i++) {
    const event = events[i];
    if (!isBar(event)) continue;
    if (event.endings.includes(time)) return i;
    if (event.repeatStart) return undefined;
  }
  return undefined;
}
