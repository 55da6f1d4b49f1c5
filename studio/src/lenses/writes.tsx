// Surprise, letter by letter, with what the network expected instead.
import { useSignal } from "@preact/signals";
import { run } from "../app.ts";
import { fixed, percent, words } from "../words/index.ts";

export function WritesLens() {
  const w = words.value;
  const frame = run.lens.value.units;
  const at = useSignal(1);
  if (!frame?.alternatives) return <p class="hint">{w.loading}…</p>;
  const { characters, surprise, alternatives } = frame;
  const place = Math.min(at.value, characters.length - 1);
  const most = Math.max(8, ...surprise);
  const mean = surprise.slice(1).reduce((sum, bits) => sum + bits, 0) / Math.max(1, surprise.length - 1);
  return (
    <>
      <div class="letters">
        {characters.slice(1).map((character, i) => (
          <button
            key={i}
            type="button"
            class="letter"
            aria-pressed={place === i + 1}
            aria-label={`${character} ${fixed(surprise[i + 1]!, 1)}`}
            onClick={() => {
              at.value = i + 1;
            }}
            onPointerEnter={() => {
              at.value = i + 1;
            }}
          >
            <i style={{ height: `${(100 * surprise[i + 1]!) / most}%` }} />
            <span>{character === " " ? "␣" : character}</span>
          </button>
        ))}
      </div>
      {characters.length > 1 && (
        <>
          <p>
            {w.insteadOf(characters[place]!, fixed(surprise[place]!, 1))} <small>{w.meanBits(fixed(mean, 2))}</small>
          </p>
          <ul class="bars">
            {alternatives[place - 1]?.map(([token, share]) => (
              <li key={token} class={token === characters[place] ? "right" : ""}>
                <span class="mono">{token === " " ? "␣" : token}</span>
                <meter min={0} max={1} value={share} aria-label={token} />
                <span class="number">{percent(share)}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}
