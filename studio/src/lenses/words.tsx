// The rows of the embedding matrix as points: words find their places while the network learns.
import { run } from "../app.ts";
import { WordMap } from "../word-map.tsx";
import { words } from "../words/index.ts";

export function WordsLens() {
  const frame = run.lens.value.words;
  if (!frame) return <p class="hint">{words.value.loading}…</p>;
  return <WordMap names={frame.words} points={frame.points} label={words.value.lensAbout.words} />;
}
