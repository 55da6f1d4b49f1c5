// One picture per frame. Several in one frame would block the page on a machine whose cores are busy training.
const waiting: (() => void)[] = [];

/** With more than this waiting, pictures arrive faster than frames: all of them are drawn at once. */
const most = 4;

/** Calls `draw` before a frame in which no other picture is drawn; at once in a hidden page, which has no frames. */
export function inOwnFrame(draw: () => void): void {
  waiting.push(draw);
  if (document.hidden || waiting.length > most) for (const each of waiting.splice(0)) each();
  else if (waiting.length === 1) request();
}

/** Computing a picture and laying it out are two tasks: the draw runs after a frame, and shows in the next one. */
function request(): void {
  requestAnimationFrame(() => setTimeout(next));
}

function next(): void {
  waiting.shift()?.();
  if (waiting.length > 0) request();
}
